---@meta tidemill
-- The library of scripts. Made by `tidemill stubs`: a change is written over.

---What amounts may be given as.
---@alias tidemill.Number number|string|tidemill.Decimal

---Amounts come as numbers, and as texts where a float would lose digits.
---@alias tidemill.Amount number|string

---In changes it clears a field; in a mapping it takes a dimension away.
---@class tidemill.Null

---An event, as the rule before made it. It is the rule's own copy.
---@class tidemill.Event
---@field customerId string Whose it is.
---@field resourceId? string The resource.
---@field eventName string What happened.
---@field idempotencyKey? string What it is known by.
---@field timestamp string When, in UTC.
---@field receivedAt string When it arrived, in UTC.
---@field dimensions table<string, any> All else that it says; nulls are absent.

---What a recharge policy decides about.
---@class tidemill.Wallet
---@field customerId string Whose.
---@field currencyId string The credit currency.
---@field settings table As getAutoRecharge answers.
---@field balance number Granted less consumed.
---@field held number What reservations hold.
---@field available number What can be used.
---@field spentThisMonth number Money that recharges took.
---@field lastRecharge? {at: string, amount: number, reason: string} The last one.
---@field failures integer Declines in a row.
---@field now string The instant of the decision.
---@field customer? table As getCustomer answers.
---@field consumed fun(window: string): number What was consumed in the window that ends now.

---What a grant rule decides about.
---@class tidemill.Trigger
---@field kind string schedule, webhook, event, document, later, fire.
---@field event any The payload.
---@field source? string inbox or engine.
---@field causedAt string When the cause happened.
---@field file? string The file's name.
---@field customerId? string Whose it is, where the payload says it.
---@field type? string The event's type.
---@field scheduledAt? string The slot.

---What started a run.
---@class tidemill.RunTrigger
---@field kind string schedule, webhook, event, document, later, fire.
---@field event any The payload.
---@field source? string inbox or engine.
---@field causedAt string When the cause happened.
---@field file? string The file's name.

---What a job gets.
---@class tidemill.Run
---@field name string The job.
---@field id string The run.
---@field attempt integer 1 at first: for messages, not for branches.
---@field scheduledAt string The slot, or when it was started.
---@field customerId? string Whose it is, where the payload says it.
---@field trigger tidemill.RunTrigger What started it.
---@field dryRun boolean Whether nothing of it is kept.
---@field saved any The last checkpoint's value.
---@field checkpoint fun(value: any) Ends a segment of a long job: a retry starts with this value as `run.saved`.

---Values that several jobs share.
---@class tidemill.SharedState
---@field get fun(key: string): any A value of the job; nil for none.
---@field set fun(key: string, value: any, options?: {ttl?: string}) Keeps a value of the job: up to 64 KiB of JSON.
---@field update fun(key: string, change: fun(old: any): any, options?: {ttl?: string}): any One step across runs; the new value.

---An exact decimal: 18 digits before and 9 after the point.
---@class tidemill.Decimal
---@operator add(tidemill.Number): tidemill.Decimal
---@operator sub(tidemill.Number): tidemill.Decimal
---@operator mul(tidemill.Number): tidemill.Decimal
---@operator div(tidemill.Number): tidemill.Decimal
---@operator idiv(tidemill.Number): tidemill.Decimal
---@operator mod(tidemill.Number): tidemill.Decimal
---@operator unm: tidemill.Decimal
---@field round fun(self: tidemill.Decimal, places?: integer): tidemill.Decimal Rounded half away from zero.
---@field floor fun(self: tidemill.Decimal): tidemill.Decimal The whole number below.
---@field ceil fun(self: tidemill.Decimal): tidemill.Decimal The whole number above.
---@field eq fun(self: tidemill.Decimal, other: tidemill.Number): boolean Whether both have one value, whatever their types.

---What a test does and looks at (docs/testing.md).
---@class tidemill.Test
---@field client tidemill.Client Operations, as in a job.
---@field payments tidemill.TestPayments The payment gateway.
---@field at fun(instant: string): string Moves the clock there; first of all, says when everything begins.
---@field now fun(): string The clock.
---@field advance fun(duration: string|number): string Moves the clock on; what is due on the way is done.
---@field drop fun(records: table|string, options?: {name?: string}): table Delivers, and runs all that it starts to its end.
---@field fire fun(job: string, options?: {event?: any}): table Runs a job or grant rule now; answers its run.
---@field usage fun(query: {featureId: string, customerId?: string, resourceId?: string, from?: string, to?: string, groupBy?: string[], window?: string, timezone?: string}): number|table[] The sum; rows with groupBy or window.
---@field balance fun(customerId: string, currencyId: string): number Credits granted less consumed.
---@field emitted fun(type?: string): table[] Payloads of messages, oldest first.
---@field runs fun(name?: string): table[] Runs, oldest first.
---@field grants fun(rule?: string): table[] What grant rules granted.
---@field logged fun(text?: string): table[] Lines that scripts logged.
---@field equal fun(actual: any, expected: any, message?: string) Compares exactly: tables by content, numbers by value.
---@field ok fun(value: any, message?: string) Wants anything but nil and false.
---@field fails fun(body: fun(), part?: string): any Wants an error that contains the text, and returns it.

---The gateway of a test: it charges nobody.
---@class tidemill.TestPayments
---@field answer fun(word: "SUCCEEDED"|"DECLINED"|"PENDING"|"UNKNOWN", options?: {code?: string, retryable?: boolean}) What is answered next; calls add up.
---@field charges fun(): table[] Every charge that was asked for, in order.

---What a refused call raises, or returns below `client.try`.
---@class tidemill.Error
---@field code string Why, as a code.
---@field message string Why, in words.

---@class tidemill.CatalogDeclaration
---@field products? table[] In the fields of createProduct, and of what belongs to it.
---@field currencies? table[] In the fields of createCustomCurrency, and of what belongs to it.
---@field features? table[] In the fields of createFeature, and of what belongs to it.
---@field plans? table[] In the fields of createPlan, and of what belongs to it.
---@field addons? table[] In the fields of createAddon, and of what belongs to it.
---@field coupons? table[] In the fields of createCoupon, and of what belongs to it.
---@field promotionCodes? table[] In the fields of createPromotionCode, and of what belongs to it.

---@param declaration tidemill.CatalogDeclaration
function catalog(declaration) end

---@class tidemill.FilterDeclaration
---@field name string What it is called; no two have one name.
---@field event? string|string[] A name, a list, a pattern with `*`; every event when left out.
---@field keep fun(event: tidemill.Event): boolean, string? True, or false and a reason.

---@param declaration tidemill.FilterDeclaration
function filter(declaration) end

---@class tidemill.MappingDeclaration
---@field name string What it is called; no two have one name.
---@field event? string|string[] A name, a list, a pattern with `*`; every event when left out.
---@field map fun(event: tidemill.Event): table|table[]|nil nil, a table of changes, or a list of such tables.

---@param declaration tidemill.MappingDeclaration
function mapping(declaration) end

---@class tidemill.RechargeDeclaration
---@field name string What it is called; no two have one name.
---@field currency string The credit currency.
---@field decide fun(wallet: tidemill.Wallet): table? nil, or what to buy: amount or targetBalance, reason, expiration.

---@param declaration tidemill.RechargeDeclaration
function recharge(declaration) end

---@class tidemill.GrantDeclaration
---@field name string What it is called; no two have one name.
---@field on? string|string[] Webhooks and engine events that it decides about.
---@field schedule? string Cron, a nickname, or "every 30s".
---@field timezone? string Of the schedule; UTC when left out.
---@field source? "inbox"|"engine" Only the one or the other.
---@field existing? "keep"|"replace"|"extend" What becomes of a live grant of the same feature.
---@field decide fun(trigger: tidemill.Trigger): table[]? nil, or a list of promotional entitlements and credits.

---@param declaration tidemill.GrantDeclaration
function grant(declaration) end

---@class tidemill.JobDeclaration
---@field name string What it is called; no two have one name.
---@field schedule? string Cron, a nickname, or "every 30s".
---@field timezone? string Of the schedule; UTC when left out.
---@field on? string|string[]|{file: string} Webhooks, engine events and messages that start it, or documents without a type.
---@field source? "inbox"|"engine" Only the one or the other.
---@field overlap? "skip"|"buffer_one"|"buffer_all"|"cancel_other"|"allow_all" What a slot does while the run of an earlier slot has not ended.
---@field catchup? {window?: string, mode?: "none"|"one"|"all"} What becomes of slots that no worker looked at.
---@field jitter? string Delays each slot by up to that long.
---@field serial? "customer"|boolean One at a time: for a customer, or in all.
---@field timeout? string Of one attempt, by the clock.
---@field retries? {max?: number, first?: string, factor?: number, cap?: string} How a failed run is tried again.
---@field operations? string[] What it may perform; all when left out.
---@field enabled? boolean Whether it starts at all.
---@field run fun(run: tidemill.Run): any What it does; what it returns is kept with the run.

---@param declaration tidemill.JobDeclaration
function job(declaration) end

---Values of [vars] in config.toml.
---@type table<string, any>
vars = {}

---Has a job run later, durably; another with the same key takes its place.
---@class tidemill.Later
---@overload fun(what: {job: string, after?: string|number, at?: string, key?: string, event?: any})
later = {}

state = {}

lookup = {}

log = {}

json = {}

time = {}

---Null in JSON: true in a condition, as everything but nil and false.
---@type tidemill.Null
json.null = nil

---Ends one that waits; whether there was one.
---@param key string 1 to 255 bytes.
---@return boolean
function later.cancel(key) end

---Writes one file to spool/out and starts the jobs that are on that type.
---@param type string 
---@param payload? any 
---@param options? {key?: string} With a key it is emitted once, ever.
function emit(type, payload, options) end

---A value of the job; nil for none.
---@param key string 1 to 255 bytes.
---@return any
function state.get(key) end

---Keeps a value of the job: up to 64 KiB of JSON.
---@param key string 1 to 255 bytes.
---@param value any nil removes it.
---@param options? {ttl?: string} How long it is kept: "30d".
function state.set(key, value, options) end

---One step across runs; the new value.
---@param key string 1 to 255 bytes.
---@param change fun(old: any): any Says the new value; may be asked again.
---@param options? {ttl?: string} How long it is kept: "30d".
---@return any
function state.update(key, change, options) end

---Values that several jobs share.
---@param name string 
---@return tidemill.SharedState
function state.shared(name) end

---As getCustomer; nil for what is unknown.
---@param id string 
---@return table?
function lookup.customer(id) end

---As listSubscriptions, the newest 100.
---@param customerId string 
---@return table[]?
function lookup.subscriptions(customerId) end

---As checkEntitlement.
---@param customerId string 
---@param featureId string 
---@return table?
function lookup.entitlement(customerId, featureId) end

---A line in the log, at this level.
---@param message string 
---@param fields? table 
function log.debug(message, fields) end

---A line in the log, at this level.
---@param message string 
---@param fields? table 
function log.info(message, fields) end

---A line in the log, at this level.
---@param message string 
---@param fields? table 
function log.warn(message, fields) end

---A line in the log, at this level.
---@param message string 
---@param fields? table 
function log.error(message, fields) end

---JSON, with sorted keys.
---@param value any 
---@return string
function json.encode(value) end

---The value of a JSON text.
---@param text string 
---@return any
function json.decode(text) end

---A table that is a list even when it is empty.
---@param list? table 
---@return table
function json.array(list) end

---What differs, by path.
---@param old any 
---@param new any 
---@return table
function json.diff(old, new) end

---Now; in a rule the event's arrival, in a run the same in each attempt.
---@return string
function time.now() end

---An instant from text; nil and why, where it is none.
---@param text string 
---@param zone? string An IANA name; UTC when left out.
---@return string?
function time.parse(text, zone) end

---Text of an instant.
---@param instant string RFC 3339.
---@param pattern? string As of strftime.
---@param zone? string An IANA name; UTC when left out.
---@return string
function time.format(instant, pattern, zone) end

---An instant later or earlier.
---@param instant string RFC 3339.
---@param duration string|number "6h", "3 days", "-1 month", or seconds.
---@param zone? string An IANA name; UTC when left out.
---@return string
function time.add(instant, duration, zone) end

---What lies between.
---@param instant string RFC 3339.
---@param other string 
---@param unit? string seconds to weeks.
---@return number
function time.diff(instant, other, unit) end

---The begin of the unit that it is in.
---@param instant string RFC 3339.
---@param unit string second to year.
---@param zone? string An IANA name; UTC when left out.
---@return string
function time.startOf(instant, unit, zone) end

---Year, month, day, hour, minute, second, weekday (Monday is 1), yearday, offset.
---@param instant string RFC 3339.
---@param zone? string An IANA name; UTC when left out.
---@return table<string, integer>
function time.parts(instant, zone) end

---An exact decimal.
---@param value tidemill.Number 
---@return tidemill.Decimal
function decimal(value) end

---Declares a test, in a file *_test.lua.
---@param name string 
---@param body fun(t: tidemill.Test) 
function test(name, body) end

