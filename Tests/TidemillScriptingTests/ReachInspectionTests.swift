import Testing
import TidemillCore
import TidemillOperations
import TidemillScripting

/// What is found where a source goes on elsewhere: helpers that functions of the library come to, answers that helpers return,
/// lists and their items, protected calls, fields of tables of constants, tests.
struct ReachInspectionTests {
    private func look(_ text: String, name: String = "a.lua") throws -> ScriptInspection {
        let library = try ScriptLoader().load([ScriptSource]())
        return ScriptInspection(
            of: [ScriptSource(name: name, text: text)], library: library, jobs: [], folderName: "scripts")
    }

    private func inspect(_ text: String, name: String = "a.lua") throws -> [String] {
        try look(text, name: name).problems.map(\.description)
    }

    private static func job(_ body: String) -> String { "job { name = 'j', run = function(run)\n\(body)\nend }" }

    private static let inUpdate =
        "cannot be called in the function given to state.update, which only says the new value and may be asked more than once; call it before or after"
    private static let waiting =
        "cannot wait here, inside a function that the library calls: a comparison of table.sort, a function given to string.gsub, __tostring, a handler of xpcall; call it before and use its answer"

    @Test(arguments: [
        ("state.update('k', function(old) return take(old) end)", "client.getCustomer", inUpdate),
        ("state.update('k', function(old) return through(old) end)", "client.getCustomer", inUpdate),
        ("state.shared('x').update('k', function(old) pcall(take, old) end)", "client.getCustomer", inUpdate),
        ("state.update('k', function(old) return seen() end)", "state.shared.get", inUpdate),
        ("table.sort({}, function(a, b) return take(a) < take(b) end)", "client.getCustomer", waiting),
    ])
    func `a helper that calls what may not be called there is told in the line of its call`(
        body: String, name: String, message: String
    ) throws {
        let text = """
            local function take(id) return client.getCustomer { id = id }.name end
            local function through(id) return take(id) end
            local function seen() return state.shared('x').get('k') end
            local M = { take = take }
            \(Self.job(body))
            """
        let line = name == "client.getCustomer" ? 1 : 3
        let called = body.contains("through") ? "through" : body.contains("seen") ? "seen" : "take"
        #expect(
            try inspect(text) == ["scripts/a.lua:6: \(name) \(message); '\(called)' calls it in line \(line)"])
    }

    @Test func `a helper that a filter calls without the event is told where it is called`() throws {
        let text = """
            local function name() return client.getCustomer { id = 'a' }.name end
            filter { name = 'f', keep = function(event)
              return name() == 'x' end }
            """
        #expect(
            try inspect(text) == [
                "scripts/a.lua:3: client.getCustomer is not available here: operations are called in jobs; filters and mappings decide only; 'name' calls it in line 1"
            ])
    }

    @Test(arguments: [
        ("table.sort({}, function(a, b)\nreturn client.getCustomer { id = a }.name < b end)", "client.getCustomer"),
        ("string.gsub('x', '.', function(c)\nreturn state.get(c) end)", "state.get"),
        ("xpcall(print, function(e)\nemit('t', {}) end)", "emit"),
        ("local order = function(a, b)\nlater.cancel('k') return a < b end table.sort({}, order)", "later.cancel"),
    ])
    func `what cannot wait inside of a function of the library is told`(body: String, name: String) throws {
        #expect(try inspect(Self.job(body)) == ["scripts/a.lua:3: \(name) \(Self.waiting)"])
    }

    @Test(arguments: [
        (
            "state.shared('x').set('k', 1, { tttl = '1d' })",
            "state.shared.set: unknown key 'tttl' (did you mean \"ttl\"?)"
        ),
        ("state.shared('x'):set('k', 1, { ttl = 'soon' })", "state.shared.set: 'ttl' must be "),
        (
            "local s = state.shared('x') s.update('k', print, { lifetime = '1d' })",
            "state.shared.update: unknown key 'lifetime'"
        ),
        ("lookup.entitlement('acme')", "lookup.entitlement takes a customer's id and a feature's, got a string"),
        ("lookup.customer()", "lookup.customer takes a customer's id, got nothing"),
        ("lookup.customer('')", "lookup.customer: an id has 1 to 255 bytes"),
    ])
    func `options and ids of other functions are held to what these take`(body: String, message: String) throws {
        let found = try inspect(Self.job(body))
        #expect(found.count == 1 && found[0].hasPrefix("scripts/a.lua:2: \(message)"), "\(found)")
    }

    private static let customer = "the answer of getCustomer has no field 'emial' (did you mean 'email'?)"
    private static let item = "the answer of listCustomers, in 'data', has no field 'emial' (did you mean 'email'?)"

    @Test(arguments: [
        ("local function get(id) return client.getCustomer { id = id } end\nreturn get('a').emial", customer),
        (
            "local function get(id) local c = client.getCustomer { id = id } return c end\nlocal c = get('a') return c.emial",
            customer
        ),
        ("local c = lookup.customer('a')\nreturn c and c.emial", customer),
        ("\nfor _, c in ipairs(client.listCustomers {}.data) do log.info(c.emial) end", item),
        ("local page = client.listCustomers {} local list = page.data\nreturn list[1].emial", item),
        ("local list = client.listCustomers {}.data\nfor i = 1, #list do log.info(list[i].emial) end", item),
        (
            "local ok, c = pcall(client.getCustomer, { id = 'a' })\nreturn c.emial",
            "what a protected call of getCustomer returns has no field 'emial' (did you mean 'email'?)"
        ),
        (
            "local ok, c = pcall(client.getCustomer, { id = 'a' })\nreturn c.mesage",
            "what a protected call of getCustomer returns has no field 'mesage' (did you mean 'message'?)"
        ),
        (
            "local ok, c, err = pcall(client.try.getCustomer, { id = 'a' })\nreturn err.mesage, c.email",
            "an error has no field 'mesage' (did you mean 'message'?)"
        ),
    ])
    func `a field of an answer is known wherever the answer comes from`(body: String, message: String) throws {
        #expect(try inspect(Self.job(body)) == ["scripts/a.lua:3: \(message)"])
    }

    @Test func `constants in a table are known where their fields are used`() throws {
        let text = """
            local NAMES = { plan = "plan-por", kind = "PROMOTIONL", days = 3 }
            \(Self.job("""
                client.provisionSubscription { customerId = "a", planId = NAMES.plan }
                client.grantCredits { customerId = "a", currencyId = "c", amount = 1, grantType = NAMES.kind }
                lookup.entitlement("a", "feature-call")
                """))
            """
        let look = try look(text)
        #expect(look.problems.count == 1 && look.problems[0].description.contains("PROMOTIONAL"), "\(look.problems)")
        let known = CatalogIDs(of: ["plans": [["id": "plan-pro"]], "features": [["id": "feature-calls"]]])
        #expect(
            look.warnings(known: known).map(\.description) == [
                "scripts/a.lua:3: client.provisionSubscription: 'planId' is \"plan-por\", which the catalog does not have (did you mean \"plan-pro\"?)",
                "scripts/a.lua:5: lookup.entitlement: the feature is \"feature-call\", which the catalog does not have (did you mean \"feature-calls\"?)",
            ])
    }

    @Test(arguments: [
        ("t.equals(1, 1)", "a test has no function 'equals' (did you mean 'equal'?)"),
        ("t.payments.anser('DECLINED')", "the payments of a test has no function 'anser' (did you mean 'answer'?)"),
        ("t.client.getCustomr { id = 'a' }", "client.getCustomr is not defined (did you mean 'getCustomer'?)"),
        ("t.client.getCustomer { idd = 'a' }", "client.getCustomer: unknown field 'idd' (did you mean \"id\"?)"),
    ])
    func `a test is read as what it tests`(body: String, message: String) throws {
        let found = try inspect("test('x', function(t)\n\(body)\nend)", name: "a_test.lua")
        #expect(found.contains { $0.hasPrefix("scripts/a_test.lua:2: \(message)") }, "\(found)")
    }

    /// Each would run, or is not known to fail.
    @Test(arguments: [
        "local function get(id) if id then return client.getCustomer { id = id } end return { emial = 1 } end return get('a').emial",
        "local function get(id) local c = client.getCustomer { id = id } c.emial = c.email return c end return get('a').emial",
        "local function get(id) return client.getCustomer { id = id } end get = print return get('a').emial",
        "for _, c in ipairs(client.listCustomers {}.data) do c.emial = c.email log.info(c.emial) end",
        "local list = client.listCustomers {}.data list.total = #list return list.total, list.n",
        "local ok, c = pcall(client.getCustomer, { id = 'a' }) return ok and c.email or c.code",
        "local t = { kind = 'PROMOTIONL' } t.kind = run.name client.grantCredits { customerId = 'a', currencyId = 'c', amount = 1, grantType = t.kind }",
        "local t = { kind = 'PROMOTIONL' } for k in pairs({}) do t[k] = 1 end client.grantCredits { customerId = 'a', currencyId = 'c', amount = 1, grantType = t.kind }",
        "local function take(old) return client.getCustomer { id = 'a' } end local c = take() state.update('k', function(old) return c.id end)",
        "state.update('k', function(old) return (old or 0) + 1 end) table.sort({}, function(a, b) return a.at < b.at end)",
        "local names = {} for _, c in ipairs(client.listCustomers {}.data) do names[#names + 1] = c.name end table.sort(names)",
        "string.gsub('x', '.', { x = client.getCustomer { id = 'a' }.name })",
    ])
    func `nothing is told of what may be right`(body: String) throws {
        #expect(try inspect(Self.job(body)) == [])
    }

    @Test func `what a test wants to fail is not told`() throws {
        let body = "t.fails(function() t.client.getCustomer { idd = 'a' } end, 'unknown field')"
        #expect(try inspect("test('x', function(t)\n\(body)\nend)", name: "a_test.lua") == [])
    }
}
