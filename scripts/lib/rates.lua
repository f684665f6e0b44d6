-- What one token costs in billed tokens. Files below lib/ are loaded by `require "lib.rates"` only.

return {
  context = 1,
  generated = 3,
}
