import Testing
import TidemillCore
import TidemillOperations
import TidemillScripting

/// What scripts may call in jobs (scripts.md, "Jobs" and "Everywhere").
@Suite struct JobCallTests {
    @Test func `a call gives its table to the host and goes on with the answer`() async throws {
        let effects = ScriptedEffects { _ in ["id": "acme", "name": .null, "balance": .number("0.1"), "count": 3] }
        let end = try await Jobs(
            body: """
                local c = client.getCustomer { id = 'acme', limit = 2.0, ratio = 0.1, exact = decimal('1.25'), list = { 1, 2 }, gone = json.null }
                return { c.id, c.name == nil, c.balance == 0.1, math.type(c.count), run.id }
                """
        ).run("j", effects)
        #expect(end == .finished(["acme", true, true, "integer", "r-1"]))
        #expect(
            effects.asked == [
                #"client.getCustomer{"exact":1.25,"gone":null,"id":"acme","limit":2,"list":[1,2],"ratio":0.1}"#
            ])
        #expect(effects.effects.first?.number == 1)
        guard case .client(.getCustomer, _) = effects.effects.first?.request else {
            Issue.record("no operation")
            return
        }
    }

    @Test func `amounts that no float holds come as text, and nulls in lists stay`() async throws {
        let end = try await job(
            """
            local a = client.getCustomer {}
            return { type(a.exact), a.exact, math.type(a.whole), #a.list, a.list[2] == json.null, a.none == nil }
            """
        ) { _ in
            ["exact": .number("123456789.123456789"), "whole": .number("5.0"), "list": [1, .null, 3], "none": .null]
        }
        #expect(end == .finished(["string", "123456789.123456789", "integer", 3, true, true]))
    }

    @Test(arguments: ["run.checkpoint { a = 1 }", "time.now()", "state.get('a')", "later { job = 'j', after = '1h' }"])
    func `every call that fails is raised, whatever is said of its arguments`(call: String) async throws {
        let end = try await job("return select(2, pcall(function() \(call) end)).code") { effect throws(EffectError) in
            throw .raised(
                code: "BadUserInput", message: "no",
                faults: [InputFault(name: "a"), InputFault(name: "a", value: .integer(1))])
        }
        #expect(end == .finished("BadUserInput"))
    }

    @Test func `a failed call raises a table that reads well`() async throws {
        let refuse: ScriptedEffects.Answer = { effect throws(EffectError) in
            throw EffectError(OperationError(.customerNotFound, "getCustomer: there is no customer \"x\""))
        }
        let caught = try await job(
            """
            local ok, e = pcall(client.getCustomer, { id = 'x' })
            local value, err = client.try.getCustomer { id = 'x' }
            return { ok, e.code, e.message, tostring(e), value == nil, err.code }
            """, refuse)
        let message = "getCustomer: there is no customer \"x\""
        #expect(
            caught
                == .finished([
                    false, "CustomerNotFound", .string(message), .string("CustomerNotFound: \(message)"), true,
                    "CustomerNotFound",
                ]))

        let uncaught = try await job("\nlocal x = 1\nclient.getCustomer { id = 'x' }", refuse)
        #expect(
            uncaught
                == .failed(
                    ScriptFailure(
                        .error, "CustomerNotFound: \(message)", file: "scripts/a.lua", line: 3, code: "CustomerNotFound"
                    )))
    }

    @Test func `each walks through all pages`() async throws {
        let effects = ScriptedEffects { effect in
            switch effect.arguments["after"] {
            case "c1": ["data": [], "pagination": ["next": "c2", "prev": .null]]
            case "c2": ["data": [["id": "c"]], "pagination": ["next": .null, "prev": "c1"]]
            default: ["data": [["id": "a"], ["id": "b"]], "pagination": ["next": "c1", "prev": .null]]
            }
        }
        let end = try await Jobs(
            body: """
                local ids = {}
                local params = { limit = 2 }
                for customer in client.each.listCustomers(params) do ids[#ids + 1] = customer.id end
                return { table.concat(ids, ','), params.after == nil }
                """
        ).run("j", effects)
        #expect(end == .finished(["a,b,c", true]))
        #expect(
            effects.asked == [
                #"client.listCustomers{"limit":2}"#, #"client.listCustomers{"after":"c1","limit":2}"#,
                #"client.listCustomers{"after":"c2","limit":2}"#,
            ])

        let circle = try await job("for c in client.each.listCustomers {} do end") { _ in
            ["data": [1], "pagination": ["next": "again"]]
        }
        #expect(circle.failure?.message == "client.each.listCustomers: the answer leads back to the same page")
    }

    @Test func `each is there for every row that is paged, whatever its name and the field of its page`() async throws {
        let names = OperationTable.rows.filter(\.isPaged).map { "\"\($0.id.rawValue)\"" }
        let end = try await job(
            """
            local missing = {}
            for _, name in ipairs { \(names.joined(separator: ", ")) } do
              if not pcall(function() return client.each[name] end) then missing[#missing + 1] = name end
            end
            local seen = {}
            for entry in client.each.getCreditLedger { customerId = 'c' } do seen[#seen + 1] = entry end
            for series in client.each.getCreditUsage { customerId = 'c' } do seen[#seen + 1] = series end
            return { table.concat(missing, ','), table.concat(seen, ',') }
            """
        ) { effect in
            effect.name == "client.getCreditLedger"
                ? ["data": ["a", "b"], "pagination": [:]] : ["series": ["c"], "pagination": [:]]
        }
        #expect(end == .finished(["", "a,b,c"]))
    }

    @Test func `everything else that a job may do is an effect in words of the host`() async throws {
        let effects = ScriptedEffects { effect in
            switch effect.request {
            case .now: "2026-10-01T00:00:00Z"
            case .stateGet: 5
            case .cancelLater: true
            case .lookup: ["id": "acme"]
            default: .null
            }
        }
        let end = try await Jobs(
            body: """
                emit('report.ready', { total = 1 }, { key = 'k' })
                emit('plain')
                later { job = 'j', after = '3 days', key = 'l', event = { a = 1 } }
                later { job = 'j', at = '2026-10-02T00:00:00Z' }
                local cancelled = later.cancel('l')
                state.set('a', { 1 }, { ttl = '30d' })
                state.set('b', nil)
                local n = state.get('a')
                local shared = state.shared('rates')
                shared.set('x', 1)
                local m = shared:get('x')
                run.checkpoint { page = 2 }
                return { cancelled, n, m, time.now(), lookup.customer('acme').id, lookup.subscriptions('acme') == nil,
                         lookup.entitlement('acme', 'f').id }
                """
        ).run("j", effects)
        #expect(end == .finished([true, 5, 5, "2026-10-01T00:00:00Z", "acme", false, "acme"]))
        let at = try #require(Timestamp(rfc3339: "2026-10-02T00:00:00Z"))
        #expect(
            effects.effects.map(\.request) == [
                .emit(type: "report.ready", payload: ["total": 1], key: "k"),
                .emit(type: "plain", payload: .null, key: nil),
                .later(LaterRequest(job: "j", after: .seconds(259_200), key: "l", event: ["a": 1])),
                .later(LaterRequest(job: "j", at: at)),
                .cancelLater(key: "l"),
                .stateSet(.job, key: "a", value: [1], timeToLive: .seconds(2_592_000)),
                .stateSet(.job, key: "b", value: .null, timeToLive: nil),
                .stateGet(.job, key: "a"),
                .stateSet(.shared("rates"), key: "x", value: 1, timeToLive: nil),
                .stateGet(.shared("rates"), key: "x"),
                .checkpoint(["page": 2]),
                .now,
                .lookup(.customer("acme")),
                .lookup(.subscriptions("acme")),
                .lookup(.entitlement(customer: "acme", feature: "f")),
            ])
        #expect(effects.effects.map(\.number) == Array(1...15))
    }

    @Test func `an update asks its function until the old value still stands`() async throws {
        let effects = ScriptedEffects { effect in
            switch effect.request {
            case .stateUpdate(_, "done", _): ["old": 1, "new": 7, "isDone": true, "now": "2026-10-01T00:00:00.000Z"]
            case .stateUpdate: ["old": 1, "now": "2026-10-01T00:00:00.000Z"]
            case .stateReplace(_, _, 2, _): ["old": 5, "now": "2026-10-01T00:00:00.000Z"]
            case .stateReplace: ["old": 5, "new": 6, "isDone": true, "now": "2026-10-01T00:00:00.000Z"]
            default: .null
            }
        }
        let end = try await Jobs(
            body: """
                local seen, draws, at = {}, {}
                local function add(old)
                  seen[#seen + 1], draws[#draws + 1], at = old, math.random(1 << 50), time.now()
                  return old + 1
                end
                local n = state.update('n', add, { ttl = '1h' })
                local again = draws[1] == draws[2]
                local done = state.shared('all'):update('done', add)
                local ok, why = pcall(state.update, 'n', function() emit('x') end)
                local ok2, why2 = pcall(state.update, 'n', function() client.getCustomer { id = 'a' } end)
                return { n, done, seen, again, at, why, why2 }
                """
        ).run("j", effects)
        let only =
            "cannot be called in the function given to state.update, which only says the new value and may be asked more "
            + "than once; call it before or after"
        guard case .finished(let value) = end else {
            Issue.record("\(end)")
            return
        }
        let items = value.items ?? []
        #expect(Array(items.prefix(5)) == [6, 7, [1, 5, 1], true, "2026-10-01T00:00:00.000Z"])
        #expect(items[5].text?.hasSuffix("emit \(only)") == true, "\(items[5])")
        #expect(items[6].text?.hasSuffix("client.getCustomer \(only)") == true, "\(items[6])")
        #expect(
            Array(effects.effects.map(\.request).prefix(4)) == [
                .stateUpdate(.job, key: "n", timeToLive: .seconds(3600)),
                .stateReplace(.job, key: "n", value: 2, timeToLive: .seconds(3600)),
                .stateReplace(.job, key: "n", value: 6, timeToLive: .seconds(3600)),
                .stateUpdate(.shared("all"), key: "done", timeToLive: nil),
            ])
    }

    static let wrong: [(body: String, message: String)] = [
        (
            "state.update('n', 5)",
            "state.update takes a key, a function and options, "
                + "state.update(key, function(old) return … end); what stands for the function is a number"
        ),
        ("state.updat('n', print)", "state.updat is not defined; did you mean 'update'?"),
        ("state.shared('x').gte('n')", "state.shared.gte is not defined; did you mean 'get'?"),
        ("client.getCustomr {}", "client.getCustomr is not defined; did you mean 'getCustomer'?"),
        ("client.try.getCustomr {}", "client.try.getCustomr is not defined; did you mean 'getCustomer'?"),
        ("client.each.getCustomer {}", "client.each.getCustomer is not defined"),
        ("client.getCustomer('x')", "client.getCustomer takes one table, client.getCustomer { … }, got string"),
        (
            "client.getCustomer({}, {})",
            "client.getCustomer takes one table, client.getCustomer { … }, got several values"
        ),
        ("client.getCustomer { f = print }", "client.getCustomer: 'f' must be a plain value, got a function"),
        (
            "client.getCustomer { f = 0/0 }",
            "client.getCustomer: 'f' is not a number (NaN); check the division that made it"
        ),
        (
            "client.getCustomer { f = 2^53 }",
            "client.getCustomer: 'f' is a float of 2^53 or more, which has lost digits; use decimal"
        ),
        ("client.getCustomer { f = 'a\\xff' }", "client.getCustomer: 'f' is not valid UTF-8"),
        (
            "client.getCustomer { f = { 1, nil, 3 } }",
            "client.getCustomer: 'f' has no JSON form: it is a list with holes"
        ),
        (
            "local t = {} t.t = t client.getCustomer(t)",
            "client.getCustomer: 't' is nested too deeply (does a table contain itself?)"
        ),
        (
            "local s = ('x'):rep(600000) client.getCustomer { a = s, b = s }",
            "client.getCustomer: the arguments are larger than 1048576 bytes; send less at once"
        ),
        ("client.getCustomer = 5", "'client.getCustomer' is read-only"),
        ("lookup.customer(5)", "lookup.customer takes ids, which are strings, got a number"),
        ("later(5)", "later takes one table, later { job = …, after = \"3 days\", key = … }, got number"),
        ("run.checkpoint(1, 2)", "run.checkpoint takes one value"),
        ("math.randomseed()", "math.randomseed takes a number; without one a run could not be repeated"),
        ("coroutine.yield(1)", "attempt to yield from outside a coroutine"),
        ("state.get(5)", "BadUserInput: state.get: the key must be a string of 1 to 255 bytes, got a number"),
        (
            "state.set('k', ('x'):rep(65536))",
            "BadUserInput: state.set: a value takes at most 65536 bytes of JSON, got 65538"
        ),
        ("state.set('k', 1, { tll = '1h' })", "BadUserInput: state.set: unknown key 'tll' (did you mean \"ttl\"?)"),
        (
            "state.set('k', 1, { ttl = 'soon' })",
            "BadUserInput: state.set: 'ttl' must be a length of time such as \"30s\", \"10m\", \"24h\" or \"3 days\""
        ),
        ("emit(5)", "BadUserInput: emit: the type must be a string of 1 to 255 bytes, got a number"),
        ("later { job = 'jj', after = '1h' }", "BadUserInput: later: there is no job \"jj\" (did you mean \"j\"?)"),
        ("later { job = 'j' }", "BadUserInput: later: 'after' or 'at' is missing; say when"),
        (
            "later { job = 'j', at = 'noon' }",
            "BadUserInput: later: 'at' must be an instant such as \"2026-10-01T00:00:02Z\""
        ),
        (
            "for k in pairs { [print] = 1, [{}] = 2 } do end",
            "a table with several keys that are tables or functions has no stable order in a job; use names or positions as keys"
        ),
    ]

    @Test(arguments: wrong)
    func `a wrong call is refused in words`(_ body: String, _ message: String) async throws {
        let failure = try #require(try await job("\n" + body).failure)
        #expect(failure.message == message)
        #expect(failure.file == "scripts/a.lua" && failure.line == 2)
    }

    @Test func `a job calls only what its operations list`() async throws {
        let jobs = try Jobs(
            "job { name = 'j', operations = { 'getCustomer' }, run = function() client.getCustomer {} client.grantCredits {} end }"
        )
        let effects = ScriptedEffects()
        let end = await jobs.run("j", effects)
        #expect(
            end.failure?.description
                == "scripts/a.lua:1: operation_not_available: client.grantCredits: the job's 'operations' do not list it; add \"grantCredits\""
        )
        #expect(effects.effects.count == 1)
    }

    @Test func `calls are for jobs`() async throws {
        let error = #expect(throws: ScriptLoadError.self) { try Jobs("client.getCustomer {}") }
        #expect(
            error?.problems.map(\.description) == [
                "scripts/a.lua:1: client.getCustomer is not available here: operations are called in jobs; it cannot be called while files are loaded"
            ])
        let kept = try Jobs("local get = client.getCustomer\njob { name = 'j', run = function() return get {} end }")
        #expect(await kept.run("j", ScriptedEffects { _ in 5 }) == .finished(5))
    }

    @Test func `what a function that the library calls cannot do is said`() async throws {
        let bodies = [
            "table.sort({ 3, 1, 2 }, function(a, b) client.getCustomer {} return a < b end)",
            "('x'):gsub('x', function() client.getCustomer {} end)",
            "tostring(setmetatable({}, { __tostring = function() client.getCustomer {} return '' end }))",
            "table.sort({ 3, 1, 2 }, function(a, b) return coroutine.wrap(function() client.getCustomer {} end)() end)",
            "xpcall(error, function() client.getCustomer {} end)",
        ]
        for body in bodies {
            let effects = ScriptedEffects()
            let end = try await Jobs(body: body).run("j", effects)
            #expect(effects.effects.isEmpty)
            let message = end.failure?.message ?? ""
            #expect(
                message.hasPrefix("client.getCustomer cannot wait here, inside a function that the library calls")
                    || end == .finished(.null), "\(body): \(end)")
        }
        // Metamethods and iterators that Lua itself calls can wait.
        let end = try await job(
            """
            local t = setmetatable({}, { __index = function(_, k) return client.getCustomer { id = k }.id end,
                                         __add = function() return client.getCustomer { id = 'sum' }.id end })
            local list = {}
            for x in function(_, last) return not last and client.getCustomer { id = 'it' }.id or nil end do list[1] = x end
            return { t.a, t + 1, list[1], pcall(function() return client.getCustomer { id = 'p' }.id end) }
            """
        ) { effect in ["id": effect.arguments["id"] ?? .null] }
        #expect(end == .finished(["a", "sum", "it", true, "p"]))
    }

    @Test func `what a job returns and logs reaches the host`() async throws {
        let effects = ScriptedEffects()
        let jobs = try Jobs(body: "log.info('hello', { a = 1 }) print('x', 1) return print")
        #expect(await jobs.run("j", effects) == .finished(.null))
        #expect(
            effects.logged == [
                #"hello {"a":1}"#, "x\t1", "what the job returned has no JSON form and is left out",
            ])
        #expect(
            await jobs.run("k")
                == .failed(ScriptFailure(.error, "there is no job \"k\" in script version \(jobs.host.version)")))
    }
}

extension LaterRequest {
    fileprivate init(job: String, after: Duration, key: String? = nil, event: Payload = .null) {
        self.init(job: job, when: .after(after), key: key, event: event)
    }

    fileprivate init(job: String, at: Timestamp) {
        self.init(job: job, when: .at(at), key: nil, event: .null)
    }
}
