import Testing
import TidemillCore
import TidemillOperations
import TidemillScripting

/// Members that values do not have, and names in places where they do not belong, found without running the scripts. Where
/// a run would fail the words are those of the run.
struct MisuseInspectionTests {
    private func inspect(_ text: String) throws -> [String] {
        let library = try ScriptLoader(vars: ["name": "x"]).load([ScriptSource]())
        return ScriptInspection(
            of: [ScriptSource(name: "a.lua", text: text)], library: library, jobs: [], folderName: "scripts"
        ).problems.map(\.description)
    }

    private static func filter(_ body: String) -> String { "filter { name = 'f', keep = function(ev)\n\(body)\nend }" }
    private static func job(_ body: String) -> String { "job { name = 'j', run = function(run)\n\(body)\nend }" }
    private static func policy(_ body: String) -> String {
        "recharge { name = 'r', currency = 'c', decide = function(wallet)\n\(body)\nend }"
    }

    static let misspelt = [
        (filter("return ev.customrId ~= nil"), "an event has no field 'customrId' (did you mean 'customerId'?)"),
        (filter("return ev['eventname'] == 'x'"), "an event has no field 'eventname' (did you mean 'eventName'?)"),
        (
            "mapping { name = 'm', map = function(event)\nlocal e = event return { customerId = e.custmerId }\nend }",
            "an event has no field 'custmerId' (did you mean 'customerId'?)"
        ),
        (
            "mapping { name = 'm', map = function(event)\nreturn function() return event.dimension.n end\nend }",
            "an event has no field 'dimension' (did you mean 'dimensions'?)"
        ),
        (policy("return wallet.balence"), "a wallet has no field 'balence' (did you mean 'balance'?)"),
        (policy("return wallet.consumd('1h')"), "a wallet has no function 'consumd' (did you mean 'consumed'?)"),
        (
            "grant { name = 'g', on = 'x', decide = function(t)\nreturn t.custmerId\nend }",
            "a trigger has no field 'custmerId' (did you mean 'customerId'?)"
        ),
        (job("run.chekpoint(1)"), "a run has no function 'chekpoint' (did you mean 'checkpoint'?)"),
        (job("run.save(1)"), "a run has no function 'save'; it has checkpoint"),
        (job("return run.atempt"), "a run has no field 'atempt' (did you mean 'attempt'?)"),
        (job("return decimal('1'):roundd(2)"), "a decimal has no function 'roundd' (did you mean 'round'?)"),
        (job("local d = decimal(1) return d:round(1):equal(2)"), "a decimal has no function 'equal'"),
        (job("return ('a'):uper()"), "string.uper is not defined (did you mean 'upper'?)"),
        (job("return string.format('%d', 1):lenn()"), "string.lenn is not defined (did you mean 'len'?)"),
    ]

    @Test(arguments: [
        "local function keep(ev)\nreturn ev.customrId ~= nil\nend\nfilter { name = 'f', keep = keep }",
        "local keep = function(ev)\nreturn ev.customrId ~= nil\nend\nfilter { name = 'f', keep = keep }",
        "function keep(ev)\nreturn ev.customrId ~= nil\nend\nfilter { name = 'f', keep = keep }",
        "local function k(ev)\nreturn ev.customrId ~= nil\nend\nfilter { name = 'f', keep = k }\nfilter { name = 'g', keep = k }",
        "local function m(ev)\nreturn { dimensions = { a = ev.customrId } }\nend\nmapping { name = 'm', map = m }",
        // By several names, and by a field of a table.
        "local k = function(ev)\nreturn ev.customrId ~= nil\nend\nlocal other = k\nfilter { name = 'f', keep = k }",
        "local k = function(ev)\nreturn ev.customrId ~= nil\nend\nlocal other = k\nfilter { name = 'f', keep = other }",
        "local M = {}\nfunction M.keep(ev) return ev.customrId ~= nil end\nfilter { name = 'f', keep = M.keep }",
        "local M = {\nkeep = function(ev) return ev.customrId ~= nil end }\nlocal keep = M.keep\nfilter { name = 'f', keep = keep }",
        // Where it is called with the event.
        "local function k(n, ev)\nreturn ev.customrId ~= n\nend\nfilter { name = 'f', keep = function(ev) return k(1, ev) end }",
        "function k(ev)\nreturn ev.customrId\nend\nlocal function by(ev) return k(ev) end\nfilter { name = 'f', keep = by }\nmapping { name = 'm', map = function(e) local x = e return { customerId = k(x) } end }",
    ])
    func `a function that is given by its name is looked into as one that is written there`(text: String) throws {
        #expect(
            try inspect(text) == ["scripts/a.lua:2: an event has no field 'customrId' (did you mean 'customerId'?)"])
    }

    @Test func `what decides only and is given by its name calls no operations, and its answer is looked at`() throws {
        let calling =
            "local function d(t)\nclient.getCustomer { id = 'a' }\nend\ngrant { name = 'g', on = 'x', decide = d }"
        #expect(
            try inspect(calling) == [
                "scripts/a.lua:2: client.getCustomer is not available here: operations are called in jobs; policies and grant rules decide only"
            ])
        let helping =
            "local function h(t)\nreturn client.getCustomer { id = t.customerId }\nend\ngrant { name = 'g', on = 'x', decide = function(t) h(t) end }"
        #expect(try inspect(helping) == inspect(calling))
        let answering =
            "local function d(t)\nreturn { { featureId = 'f' } }\nend\ngrant { name = 'g', on = 'x', decide = d }"
        #expect(try inspect(answering).first?.contains("a grant needs 'customerId'") == true)
    }

    @Test(arguments: [
        // It is called by the script itself, with what has other fields.
        "local function k(ev)\nreturn ev.customrId\nend\nfilter { name = 'f', keep = k }\nk({ customrId = 1 })",
        // Two kinds of declaration give it two things.
        "local function k(x)\nreturn x.customrId\nend\nfilter { name = 'f', keep = k }\ngrant { name = 'g', on = 'x', decide = k }",
        // Another function is put there.
        "local k = function(ev)\nreturn ev.customrId\nend\nk = other\nfilter { name = 'f', keep = k }",
        "if vars.name then\nfunction k(ev) return ev.customrId end\nend\nfilter { name = 'f', keep = k }",
        // Somebody else has the table, or puts another function there.
        "local M = {}\nfunction M.keep(ev) return ev.customrId end\nfilter { name = 'f', keep = M.keep }\nreturn M",
        "local M = {}\nfunction M.keep(ev) return ev.customrId end\nM.keep = print\nfilter { name = 'f', keep = M.keep }",
        "local M = {}\nfunction M.keep(ev) return ev.customrId end\nM['ke' .. 'ep'] = print\nfilter { name = 'f', keep = M.keep }",
        // Its callers give it different things, or nobody knows what.
        "local function k(x) return x.customrId end\nfilter { name = 'f', keep = function(ev) return k(ev) or k({}) end }",
        "local function k(x) return x.customrId end\nfilter { name = 'f', keep = function(ev) return k(ev) end }\npcall(k, {})",
        "local function k(x) return x.customrId end\nfilter { name = 'f', keep = function(ev) ev = {} return k(ev) end }",
        "local function k(x) x = {} return x.customrId end\nfilter { name = 'f', keep = function(ev) return k(ev) end }",
        "local function k(x) return x.customrId end\nfilter { name = 'f', keep = function(ev) ev.customrId = 1 return k(ev) end }",
    ])
    func `of a function that may get something else nothing is said`(text: String) throws {
        #expect(try inspect(text).filter { $0.contains("customrId") } == [])
    }

    @Test(arguments: misspelt)
    func `a member that there is not is told`(text: String, message: String) throws {
        let found = try inspect(text)
        #expect(found.count == 1 && found[0].hasPrefix("scripts/a.lua:2: \(message)"), "\(found)")
    }

    @Test(arguments: [
        (
            filter("client.getCustomer { id = ev.customerId } return true"),
            "client.getCustomer is not available here: operations are called in jobs; filters and mappings decide only"
        ),
        (
            "mapping { name = 'm', map = function(ev)\nlocal c = client c.try.getCustomer { id = 'a' }\nend }",
            "client.try.getCustomer is not available here: operations are called in jobs; filters and mappings decide only"
        ),
        (
            policy("state.set('a', 1)"),
            "state.set is not available here: it belongs to jobs; policies and grant rules decide only"
        ),
        (
            "grant { name = 'g', on = 'x', decide = function(t)\nemit('x', {})\nend }",
            "emit is not available here: it belongs to jobs; policies and grant rules decide only"
        ),
        (
            filter("return math.random() < 0.5"),
            "math.random is not available in filters and mappings: the same event must always give the same answer"
        ),
        (
            job("client:getCustomer { id = 'a' }"),
            "client:getCustomer gives getCustomer the table client as its first value; write client.getCustomer with a point"
        ),
        (
            job("client.try:getCustomer { id = 'a' }"),
            "client.try:getCustomer gives getCustomer the table client.try as its first value; write client.try.getCustomer with a point"
        ),
        (job("client:getCustomr { id = 'a' }"), "client.getCustomr is not defined (did you mean 'getCustomer'?)"),
        (
            job("return time:now()"),
            "time:now gives now the table time as its first value; write time.now with a point"
        ),
    ])
    func `a name in a place where it does not belong is told`(text: String, message: String) throws {
        let found = try inspect(text)
        #expect(found == ["scripts/a.lua:2: \(message)"])
    }

    /// Each would run, or is not known to fail.
    @Test(arguments: [
        filter("ev.customrId = 1 return ev.customrId == 1"), filter("ev = { customrId = 1 } return ev.customrId == 1"),
        filter("return ev.whatever == nil"), filter("local function f(ev) return ev.customrId end return f({})"),
        filter("return lookup.customer(ev.customerId) ~= nil and time.now() > ev.timestamp"),
        filter("return ev.dimensions.customrId == 1"), filter("return ev.customerId:uper()"),
        "local decimal = print\n" + job("return decimal(1):roundd()"), "decimal = print\n" + job("decimal(1):roundd()"),
        job("return decimal(1):round(2):floor():eq(1)"), job("return ('%d'):format(1), vars.name:upper()"),
        job("run.trigger.event.chekpoint = 1 return run.trigger.chekpoint"), job("return run.n, run.x"),
        job("local s = state.shared('x') s.set('a', 1) return s.get('a')"), job("run.checkpoint { page = 2 }"),
        policy("return { amount = wallet.consumed('1h'), reason = wallet.lastRecharge.reason }"),
        "local function later_on() client.getCustomer { id = 'a' } end\n" + job("later_on()"),
    ])
    func `nothing is told of what may be right`(text: String) throws {
        #expect(try inspect(text) == [])
    }
}
