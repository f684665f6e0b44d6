-- Which reseller pays for which tenant. Loaded by `require "lib.tenants"`.
return {
  ["tenant-1"] = "northwind",
  ["tenant-2"] = "northwind",
  ["tenant-3"] = "contoso",
}
