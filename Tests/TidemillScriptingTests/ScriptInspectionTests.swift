import Foundation
import Testing
import TidemillCore
import TidemillOperations
import TidemillScripting

/// What is found in the functions of scripts without running them.
struct ScriptInspectionTests {
    private func inspect(_ text: String, name: String = "a.lua", jobs: [String]? = ["dunning-retry"]) throws -> [String]
    {
        let library = try ScriptLoader(vars: ["limit": 5]).load([ScriptSource]())
        return ScriptInspection(
            of: [ScriptSource(name: name, text: text)], library: library, jobs: jobs, folderName: "scripts"
        ).problems.map(\.description)
    }

    private static func job(_ body: String) -> String { "job { name = \"j\", run = function(run)\n\(body)\nend }" }

    @Test(arguments: [
        ("client.provisonCustomer {}", "client.provisonCustomer is not defined (did you mean 'provisionCustomer'?)"),
        (
            "for c in client.each.listCustomer {} do end",
            "client.each.listCustomer is not defined (did you mean 'listCustomers'?)"
        ),
        ("client.each.getCustomer {}", "client.each.getCustomer is not defined"),
        ("client.try.getCustomr { id = 'a' }", "client.try.getCustomr is not defined (did you mean 'getCustomer'?)"),
        ("latter {}", "undefined global 'latter' (did you mean 'later'?)"),
        ("emmit('x')", "undefined global 'emmit' (did you mean 'emit'?)"),
        ("log.warning('x')", "log.warning is not defined; there are debug, error, info, warn"),
        ("time.plus(run.scheduledAt, 1)", "time.plus is not defined"),
        ("state.put('a', 1)", "state.put is not defined; there are get, set, shared, update"),
        ("state.updat('a', print)", "state.updat is not defined (did you mean 'update'?)"),
        ("json.encod {}", "json.encod is not defined (did you mean 'encode'?)"),
        ("lookup.custmer('a')", "lookup.custmer is not defined (did you mean 'customer'?)"),
        ("return vars.limt", "vars.limt is not defined (did you mean 'limit'?)"),
        ("return string.fromat('%d', 1)", "string.fromat is not defined (did you mean 'format'?)"),
        ("os.exit(1)", "'os' is not available"),
        ("local c = client\nlocal t = c.try\nt.getCustomr {}", "client.try.getCustomr is not defined"),
        ("return _ENV.clint", "undefined global 'clint' (did you mean 'client'?)"),
        ("return client['getCustomr']", "client.getCustomr is not defined"),
        ("client.pause { target = 'ingest' }", "client.pause: pause is not available in scripts"),
        (
            "later { job = 'dunning-retri', after = '1 day' }",
            "later: there is no job \"dunning-retri\" (did you mean \"dunning-retry\"?)"
        ),
        ("later { job = 'dunning-retry', after = '1 dayz' }", "later: 'after' must be"),
        ("later { job = 'dunning-retry', aftr = '1 day' }", "later: unknown key 'aftr' (did you mean \"after\"?)"),
        ("later { job = 'dunning-retry' }", "later: 'after' or 'at' is missing; say when"),
        ("emit('x', {}, { kye = 'a' })", "emit: unknown key 'kye' (did you mean \"key\"?)"),
        ("state.set('a', 1, { ttl = '30 dayz' })", "state.set: 'ttl' must be"),
        ("time.add(run.scheduledAt, '1 dayz')", "time.add: expected a duration such as"),
        ("time.startOf(time.now(), 'fortnight')", "time.startOf: expected second, minute"),
        ("time.parts(time.now(), 'Europe/Berln')", "time: there is no time zone \"Europe/Berln\""),
        ("client.getCustomer('acme')", "client.getCustomer takes one table, client.getCustomer { … }, got string"),
        ("client.getCustomer()", "client.getCustomer: 'id' is required"),
        (
            "client.grantCredits { customerId = run.customerId, currencyId = 'c', amout = 1, grantType = 'PAID' }",
            "client.grantCredits: unknown field 'amout' (did you mean \"amount\"?)"
        ),
        (
            "client.grantCredits { customerId = 'a', currencyId = 'c', amount = 1, grantType = 'PROMOTIONL' }",
            "client.grantCredits: 'grantType' must be one of"
        ),
        (
            "client.grantCredits { customerId = 'a', currencyId = 'c', amount = 'lots', grantType = 'PAID' }",
            "client.grantCredits: 'amount' must be"
        ),
        ("client.try.reportUsage { customerId = 'a', value = 1 }", "client.try.reportUsage: 'featureId' is required"),
        (
            "client.createFeature { id = 'f', displayName = 'F', featureType = 'NUMBER', meterType = 'FLUCTUATIN' }",
            "'meterType' must be one of"
        ),
    ])
    func `what is wrong in a function is told with its line`(body: String, message: String) throws {
        let found = try inspect(Self.job("local x\n" + body))
        let line = 2 + body.split(separator: "\n").count
        #expect(
            found.contains { $0.hasPrefix("scripts/a.lua:\(line): ") && $0.contains(message) }, "\(found)")
    }

    @Test func `a field is told with the line that it stands in`() throws {
        let found = try inspect(
            Self.job(
                """
                client.grantPromotionalEntitlements {
                  customerId = run.customerId,
                  promotionalEntitlements = {
                    { featureId = "f", period = "1 month" },
                    {
                      featureId = "f",
                      periode = "1 month",
                    },
                  },
                }
                """))
        #expect(found.count == 2, "\(found)")
        #expect(found.contains { $0.hasPrefix("scripts/a.lua:8: client.grantPromotionalEntitlements: unknown field") })
        #expect(found.contains { $0.hasPrefix("scripts/a.lua:6: ") && $0.contains("period' is required") }, "\(found)")
    }

    @Test(arguments: [
        (
            "return { { customerId = trigger.customerId, featureId = 'f', periode = '1 month' } }",
            ["unknown field 'periode' (did you mean \"period\"?)", "'period' is required"]
        ),
        (
            "if trigger.x then return { { customerId = 'a', currencyId = 'c', amount = true } } end",
            ["grant \"g\": grantCredits: 'amount' must be"]
        ),
        ("return { { featureId = 'f', period = '1 month' } }", ["a grant needs 'customerId'"]),
        ("return { { customerId = 'a', period = '1 month' } }", ["a grant needs 'featureId'"]),
        ("return { customerId = 'a', featureId = 'f', period = '1 month' }", ["got a table; write { { … } }"]),
    ])
    func `a grant's answer is held to what it may be`(body: String, messages: [String]) throws {
        let found = try inspect("grant { name = 'g', on = 'x', decide = function(trigger)\n\(body)\nend }")
        for message in messages {
            let words = message.replacing("grantCredits: ", with: "")
            #expect(found.contains { $0.hasPrefix("scripts/a.lua:2: ") && $0.contains(words) }, "\(found)")
        }
    }

    @Test func `answers of policies and mappings, and what a job may perform, are looked at`() throws {
        let found = try inspect(
            """
            recharge { name = "r", currency = "c", decide = function(wallet)
              if wallet.balance < 1 then return { target = 5 } end
              return { targetBalance = 50, reason = wallet.id }
            end }
            mapping { name = "m", map = function(event)
              return { dimension = { tokens = event.dimensions.n } }
            end }
            job { name = "j", operations = { "getCustomer" }, run = function(run)
              client.getCustomer { id = "a" }
              client.try.getPlan { id = "p" }
            end }
            """)
        #expect(found.count == 3, "\(found)")
        #expect(found[0].hasPrefix("scripts/a.lua:2: recharge \"r\": the answer has an unknown key 'target'"))
        #expect(found[1].contains("a.lua:6: mapping \"m\": the answer has an unknown key 'dimension' (did you mean"))
        #expect(
            found[2] == "scripts/a.lua:10: client.try.getPlan: the job's 'operations' do not list it; add \"getPlan\"")
    }

    /// Each would run, or is not known to fail.
    @Test(arguments: [
        "local client = { anything = print }\nclient.anything()",
        "local function f(client) return client.foo end\nreturn f",
        "local c = client\nc = run\nreturn c.foo",
        "local c = run.x and client or {}\nreturn c.foo",
        "local _ENV = { print = print }\nprint(foo, client.foo)",
        "local function f(_ENV) return foo.bar end\nreturn f",
        "_ENV = setmetatable({}, { __index = function() return print end })\nreturn foo",
        "local env = _ENV\nenv.helper = 1\nreturn helper",
        "_ENV['x' .. 1] = 1\nreturn x1",
        "_ENV.helper = 1\nreturn helper",
        "return client[run.name]",
        "for client in pairs {} do print(client.foo) end",
        "for i = 1, 2 do local time = i print(time.foo) end",
        "goto done\n::done::\nreturn (function(...) local log <const> = ... return log.foo end)(run)",
        "client.grantCredits(run.trigger.event)",
        "local t = { customerId = 'a', currencyId = 'c' } t.amount = 1 t.grantType = 'PAID' client.grantCredits(t)",
        "client.grantCredits { [run.name] = 1, customerId = 'a' }",
        "client.getCustomer { id = run.customerId or nil }",
        "client.grantCredits { customerId = f and 'a' or 'b', currencyId = 'c', amount = run.n * 2, grantType = 'PAI' .. 'D' }",
        "client.updateCustomer { id = 'a', name = json.null }",
        "client.importCustomers { customers = { table.unpack(run.trigger.event) } }",
        "client.importCustomers { customers = run.trigger.event }",
        "client.reportUsage { customerId = 'a', featureId = 'f', value = -0x10 }",
        "local j = 'dunning-' .. 'retry' later { job = j, after = run.trigger.event.wait }",
        "local options = {} later { job = 'dunning-retry', [run.name] = '1 day' }",
        "state.set('a', 1, { ttl = run.trigger.event.ttl })\nstate.set('a', nil, options)",
        "time.add(run.scheduledAt, run.trigger.event.wait)\ntime.add(time.now(), -3600)\ntime.startOf(time.now(), 'week', zone)",
        "time.parse('soon')",
        "local s <close> = nil return [==[ client.foo ]==], 'client.\\x66oo', 0x1p4, 1 // 2 ~= 3, ~1, #'a'",
        "repeat local client = run until client.foo",
    ])
    func `nothing is told of what may be right`(body: String) throws {
        let names = ["f", "options", "zone"].map { "local \($0)" }.joined(separator: "\n")
        #expect(try inspect("\(names)\n" + Self.job(body)) == [])
    }

    @Test func `globals of a file are its own, wherever they are set`() throws {
        #expect(try inspect("function helper() return limit end\nlimit = 3\n" + Self.job("return helper()")) == [])
        #expect(try inspect("client = { foo = print }\n" + Self.job("client.foo()")) == [])
        #expect(try inspect("test('t', function(t) t.ok(1) end)", name: "a_test.lua") == [])
        #expect(try inspect("test('t', function(t) end)").count == 1)
    }

    @Test(arguments: [
        String(repeating: "(", count: 5000) + "1" + String(repeating: ")", count: 5000),
        "return " + Array(repeating: "1", count: 100_000).joined(separator: "+"),
        "return f" + String(repeating: "()", count: 100_000), "return " + String(repeating: "{", count: 100_000),
        String(repeating: "do ", count: 100_000), "x = '\\u{7FFFFFFF}' .. '\\u{110000}' \"", "[==[", "--[[", "\u{0}",
        "goto",
    ])
    func `what is no Lua, or goes too deep, is left to Lua`(text: String) throws {
        #expect(try inspect(text) == [])
    }

    // MARK: - What is shipped

    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// Every Lua source of the project, and every snippet of its guides, by their places.
    private static func shipped() throws -> [ScriptSource] {
        var sources: [ScriptSource] = []
        for folder in ["scripts", "examples", "docs"] {
            let files = FileManager.default.enumerator(
                at: root.appending(path: folder), includingPropertiesForKeys: nil)
            for case let file as URL in files ?? .init() {
                let name = file.path.dropFirst(root.path.count + 1)
                if name.hasSuffix(".lua") {
                    sources.append(
                        ScriptSource(name: String(name), text: try String(contentsOf: file, encoding: .utf8)))
                } else if name.hasSuffix(".md") {
                    sources += try snippets(of: file, String(name))
                }
            }
        }
        return sources + (try snippets(of: root.appending(path: "README.md"), "README.md"))
    }

    private static func snippets(of file: URL, _ name: String) throws -> [ScriptSource] {
        let page = try String(contentsOf: file, encoding: .utf8)
        return page.split(separator: "```lua\n", omittingEmptySubsequences: false).dropFirst().enumerated().compactMap {
            guard let text = $0.element.split(separator: "```").first else { return nil }
            return ScriptSource(
                name: "\(name)-\($0.offset)\(text.contains("test(") ? "_test" : "").lua", text: String(text))
        }
    }

    @Test func `nothing is told of what is shipped, and all of it is read`() throws {
        let sources = try Self.shipped()
        #expect(sources.count > 50)
        let library = try ScriptLoader().load([ScriptSource]())
        let found = ScriptInspection(of: sources, library: library, jobs: nil, folderName: "").problems
            .filter { !$0.message.hasPrefix("vars.") }
        #expect(found.isEmpty, "\(found.map(\.description).joined(separator: "\n"))")
        for source in sources {
            // A name that there is not, at the end of each: it is found, so that the source was read to its end.
            let more = ScriptSource(name: source.name, text: "local _ = notThere;\n" + source.text)
            let told = ScriptInspection(of: [more], library: library, jobs: nil, folderName: "").problems
            #expect(told.contains { $0.message.contains("notThere") }, "\(source.name)")
        }
    }
}
