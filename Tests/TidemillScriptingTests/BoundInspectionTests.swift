import Testing
import TidemillCore
import TidemillOperations
import TidemillScripting

/// What is found behind names: tables that are made before a call, helpers that hand them on, protected calls, values that
/// functions return, ids of the catalog.
struct BoundInspectionTests {
    private func look(_ text: String) throws -> ScriptInspection {
        let library = try ScriptLoader().load([ScriptSource]())
        return ScriptInspection(
            of: [ScriptSource(name: "a.lua", text: text)], library: library, jobs: [], folderName: "scripts")
    }

    private func inspect(_ text: String) throws -> [String] { try look(text).problems.map(\.description) }

    private static func job(_ body: String) -> String { "job { name = 'j', run = function(run)\n\(body)\nend }" }

    private static let misspelt = "unknown field 'customerIdd' (did you mean \"customerId\"?)"
    private static let rest = "currencyId = 'c', amount = 1, grantType = 'PAID'"

    @Test(arguments: [
        "local t = { customerIdd = 'a', \(rest) } client.grantCredits(t)",
        "local t = { \(rest) }\nt.customerIdd = 'a' client.grantCredits(t)",
        "local t = { \(rest) }\nif run.dryRun then t.customerIdd = 'a' end client.grantCredits(t)",
        "local t = { customerIdd = 'a', \(rest) } log.info('x', t) return client.try.grantCredits(t)",
        "pcall(client.grantCredits, { customerIdd = 'a', \(rest) })",
        "xpcall(client.grantCredits, print, { customerIdd = 'a', \(rest) })",
        "local t = { customerIdd = 'a', \(rest) } return pcall(client.try.grantCredits, t)",
        "local f = client.grantCredits f { customerIdd = 'a', \(rest) }",
        "for _ in client.each.getCreditLedger { customerIdd = 'a' } do end",
        "local function give(t) return client.grantCredits(t) end\ngive { customerIdd = 'a', \(rest) }",
        "local function give(n, t) t.amount = n client.grantCredits(t) end\ngive(1, { customerIdd = 'a', \(rest) })",
        "local function give(t) return pcall(client.grantCredits, t) end\nlocal t = { customerIdd = 'a', \(rest) } give(t)",
        "local function make() return { customerIdd = 'a', \(rest) } end client.grantCredits(make())",
        "local t = { customerIdd = 'a', \(rest) } return (function() client.grantCredits(t) end)()",
    ])
    func `a misspelt field is told however the table comes to the call`(body: String) throws {
        let found = try inspect(Self.job(body)).filter { $0.contains("unknown field") }
        let line = 2 + (body.split(separator: "\n").firstIndex { $0.contains("customerIdd") } ?? 0)
        #expect(found.count == 1 && found[0].hasPrefix("scripts/a.lua:\(line): "), "\(found)")
        #expect(found.first?.hasSuffix(Self.misspelt) == true, "\(found)")
    }

    @Test func `what is missing or wrong in such a table is told as in one that is written in the call`() throws {
        let missing = try inspect(Self.job("local t = { customerId = 'a' }\nt.amount = 1\nclient.grantCredits(t)"))
        #expect(missing.contains { $0.contains("'currencyId' is required") }, "\(missing)")
        let wrong = try inspect("local cfg = { amount = 'lots' }\n" + Self.job("client.grantCredits(cfg)"))
        #expect(wrong.contains { $0.hasPrefix("scripts/a.lua:1: ") && $0.contains("'amount' must be") }, "\(wrong)")
        let word = try inspect(
            "local KIND <const> = 'PROMOTIONL'\n" + Self.job("client.grantCredits { grantType = KIND }"))
        #expect(word.contains { $0.hasPrefix("scripts/a.lua:3: ") && $0.contains("PROMOTIONAL") }, "\(word)")
    }

    @Test(arguments: [
        ("run.trigger.typ", "run.trigger has no field 'typ' (did you mean 'run.trigger.event.type'?)"),
        ("run.trigger.type", "run.trigger has no field 'type' (did you mean 'run.trigger.event.type'?)"),
        ("run.trigger.customerid", "run.trigger has no field 'customerid' (did you mean 'run.customerId'?)"),
        ("run.trigger.evnt.anything", "run.trigger has no field 'evnt' (did you mean 'event'?)"),
        ("state.shared('x').gett('k')", "a shared state has no function 'gett' (did you mean 'get'?)"),
        (
            "local s = state.shared('x') s.delete('k')",
            "a shared state has no function 'delete'; it has get, set, update"
        ),
        (
            "client.getCustomer { id = 'a' }.emial",
            "the answer of getCustomer has no field 'emial' (did you mean 'email'?)"
        ),
        (
            "local _, err = client.try.getCustomer { id = 'a' } return err.mesage",
            "an error has no field 'mesage' (did you mean 'message'?)"
        ),
        (
            "for c in client.each.listCustomers {} do log.info(c.emial) end",
            "the answer of listCustomers, in 'data', has no field 'emial'"
        ),
        ("time.now():uper()", "string.uper is not defined (did you mean 'upper'?)"),
    ])
    func `a member of what a function of the library returns is held to what there is`(
        body: String, message: String
    ) throws {
        let isStatement = body.contains(" return ") || body.hasPrefix("for ") || body.hasPrefix("local ")
        let found = try inspect(Self.job(isStatement ? body : "return \(body)"))
        #expect(found.count == 1 && found[0].hasPrefix("scripts/a.lua:2: \(message)"), "\(found)")
    }

    @Test(arguments: [
        ("state.update('k', function(old)\nclient.getCustomer { id = 'a' } return old end)", "client.getCustomer"),
        ("state.shared('x').update('k', function(old)\nemit('t', {}) return old end)", "emit"),
        ("local function f(old)\nreturn state.get('k') end\nstate.update('k', f)", "state.get"),
        ("state.update('k', function(old)\nrun.checkpoint(1) return old end)", "run.checkpoint"),
        ("local s = state.shared('x') state.update('k', function(old)\nreturn s.get('k') end)", "state.shared.get"),
    ])
    func `what the function of an update may not call is told`(body: String, name: String) throws {
        let message =
            "\(name) cannot be called in the function given to state.update, which only says the new value and may be asked more than once; call it before or after"
        #expect(try inspect(Self.job(body)) == ["scripts/a.lua:3: \(message)"])
    }

    private static let catalog: Payload = [
        "plans": [["id": "plan-pro"], ["id": "plan-starter"]], "features": [["id": "feature-calls"]],
        "currencies": [["id": "credits-ai"]],
    ]

    @Test func `an id that is near to one of the catalog's is warned of, with the nearest`() throws {
        let text = """
            local PLAN = "plan-por"
            \(Self.job("""
                client.provisionSubscription { customerId = "a", planId = PLAN }
                client.getPlan { id = "plan_pro" }
                client.checkEntitlement { customerId = "a", featureId = "feature-call" }
                client.grantPromotionalEntitlements { customerId = "a", promotionalEntitlements = {
                  { featureId = "feature-cals", period = "1 month" } } }
                client.grantCredits { customerId = "a", currencyId = "credit-ai", amount = 1, grantType = "PAID" }
                client.createPlan { id = "plan-pri", productId = "p", displayName = "P" }
                client.getPlan { id = "plan-pri" }
                client.getPlan { id = "enterprise" }
                client.getPlan { id = "plan-pro-eu" }
                client.getPlan { id = "plan-" .. run.name }
                client.reportEvent { events = { { customerId = "a", eventName = "x", idempotencyKey = "k",
                  dimensions = { planId = "plan-por" } } } }
                """))
            """
        let look = try look(text)
        #expect(look.problems == [])
        #expect(
            look.warnings(known: CatalogIDs(of: Self.catalog)).map(\.description) == [
                "scripts/a.lua:3: client.provisionSubscription: 'planId' is \"plan-por\", which the catalog does not have (did you mean \"plan-pro\"?)",
                "scripts/a.lua:4: client.getPlan: 'id' is \"plan_pro\", which the catalog does not have (did you mean \"plan-pro\"?)",
                "scripts/a.lua:5: client.checkEntitlement: 'featureId' is \"feature-call\", which the catalog does not have (did you mean \"feature-calls\"?)",
                "scripts/a.lua:7: client.grantPromotionalEntitlements: 'featureId' is \"feature-cals\", which the catalog does not have (did you mean \"feature-calls\"?)",
                "scripts/a.lua:8: client.grantCredits: 'currencyId' is \"credit-ai\", which the catalog does not have (did you mean \"credits-ai\"?)",
            ])
        #expect(look.warnings(known: CatalogIDs()) == [], "of a catalog that nobody knows nothing is said")
    }

    /// Each would run, or is not known to fail.
    @Test(arguments: [
        // Somebody else may change the table, or it is made for two calls.
        "local t = { id = 'a', x = 1 } fix(t) client.getCustomer(t)",
        "local t = setmetatable({ x = 1 }, m) client.getCustomer(t)",
        "local t = { id = 'a' } if run.dryRun then t.name = 'n' client.updateCustomer(t) else t.x = 1 other(t) end",
        "local t = { id = 'a' } if run.dryRun then t.name = 'n' client.updateCustomer(t) else client.getCustomer(t) end",
        "local t = { id = 'a', tmp = 1 } t.tmp = nil client.getCustomer(t)",
        "local t = { id = 'a', tmp = 1 } if run.x then t.tmp = nil end client.getCustomer(t)",
        "local t = { id = 'a' } client.getCustomer(t) t.note = 1",
        "local t = { tmp = 1 } t = { id = 'a' } client.getCustomer(t)",
        "local t = {} for k, v in pairs(run.trigger.event) do t[k] = v end client.grantCredits(t)",
        "local t = { customers = {} } table.insert(t.customers, { id = 'a' }) client.importCustomers(t)",
        "local t = {} local function fill() t.id = 'a' end fill() client.getCustomer(t)",
        "local t = {} for i = 1, 2 do if i > 1 then client.getCustomer(t) end t.id = 'a' end",
        "local a = {} local b = a b.id = 'x' client.getCustomer(a)",
        // A helper does something with what it gets.
        "local function get(t) t.id = t.id or 'a' t.extra = nil return client.getCustomer(t) end get { extra = 1 }",
        "local function get(t) if t.dry then return end client.getCustomer(t) end get { id = 'a', dry = true }",
        "local function get(t) local u = t u.x = nil client.getCustomer(t) end get { id = 'a', x = 1 }",
        "local function get(t) if t.plan then client.getPlan { id = t.plan } else client.getCustomer(t) end end get { plan = 'p' }",
        "local function get(t) client.getCustomer(t) end get = print get { x = 1 }",
        "pcall(function() client.getCustomer { id = 'a' } end) pcall(print, { x = 1 }) pcall(client.getCustomer, run.trigger.event)",
        "local ok, err = pcall(client.getCustomer, { id = 'a' }) return err.anything",
        // What is anybody's.
        "return run.trigger.event.typ, run.trigger.event.trigger.typ",
        "local c = client.getCustomer { id = 'a' } return c.metadata.nmae, c.email, c.whatever",
        "local c = client.getCustomer { id = 'a' } c.emial = c.email return c.emial",
        "local c = lookup.customer('a') or {} return c.emial",
        // The new value is said with what was asked before.
        "local c = client.getCustomer { id = 'a' } state.update('k', function(old) return { c.id, time.now(), old } end)",
        "local s = state.shared('x') s:set('k', 1) return s:get('k'), s.update('k', function(old) return old end)",
    ])
    func `nothing is told of what may be right`(body: String) throws {
        #expect(try inspect("local fix, m, other\n" + Self.job(body)) == [])
    }

    @Test func `tables that hold each other, and many of them, are read to an end`() throws {
        #expect(try inspect(Self.job("local a = {} a.metadata = a client.updateCustomer(a)")).count < 3)
        let wide = (1...60).map {
            "local t\($0) = { \(Array(repeating: "t\($0 - 1)", count: 40).joined(separator: ", ")) }"
        }
        let text = "local t0 = {}\n" + wide.joined(separator: "\n") + "\n" + Self.job("client.grantCredits(t60)")
        _ = try inspect(text)
    }
}
