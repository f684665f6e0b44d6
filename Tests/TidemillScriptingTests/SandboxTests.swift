import Testing
import TidemillCore
import TidemillOperations
import TidemillScripting

@Suite struct SandboxTests {
    @Test(arguments: [
        "filter { name = 'a', keep = function(event)\n_ENV = {} return true end }",
        "filter { name = 'a', keep = function(event)\nlocal x x, _ENV = 1, {} return true end }",
        "\n_ENV = setmetatable({}, { __index = _ENV })",
        "local function f()\nreturn function() for i = 1, 2 do if i == 2 then _ENV = nil end end end\nend",
    ])
    func `no function takes the globals of its file away`(_ text: String) {
        let error = #expect(throws: ScriptLoadError.self) { try Rules(text) }
        #expect(
            error?.problems.map(\.description) == [
                "scripts/a.lua:2: _ENV cannot be assigned: the globals of a file are its own and stay so; use a local table"
            ])
    }

    @Test func `a file reads its globals by any name, and a local _ENV is a local`() throws {
        let rules = try Rules(
            """
            rate = 3
            local globals = _ENV
            filter { name = 'a', keep = function(event) local _ENV = { yes = true } return yes end }
            filter { name = 'b', keep = function(event) return tostring(globals.rate) == '3' and _ENV['rate'] == 3 end }
            """)
        for _ in 0..<3 { #expect(try rules.apply() == .unchanged) }
    }

    static let refused: [(body: String, message: String)] = [
        ("return undefinedThing", "undefined global 'undefinedThing'"),
        ("return pirnt('x')", "undefined global 'pirnt'; did you mean 'print'?"),
        (
            "return os.time()",
            "'os' is not available: scripts do not reach the machine; use time.now() and the functions of time"
        ),
        ("return io", "'io' is not available: scripts do not reach files"),
        ("return debug", "'debug' is not available: it is not part of the safe library"),
        ("return package", "'package' is not available: use require \"lib.NAME\""),
        ("return load('return 1')", "'load' is not available: put the code into a file below lib/ and use require"),
        ("return dofile", "'dofile' is not available: use require \"lib.NAME\""),
        ("return rawset", "'rawset' is not available: use plain assignment"),
        (
            "lookup.customer('x')",
            "BadUserInput: lookup.customer is not available here: there is no snapshot to look into"
        ),
        (
            "client.reportUsage{}",
            "client.reportUsage is not available here: operations are called in jobs; filters and mappings decide only"
        ),
        ("return string.dump", "string.dump is not defined"),
        ("return ('x').dump", "string.dump is not defined"),
        ("return json.encod", "json.encod is not defined; did you mean 'encode'?"),
        ("return vars.region", "vars.region is not defined; set it in [vars] of config.toml"),
        ("string.upper = nil", "'string.upper' is read-only"),
        ("json.null = 1", "'json.null' is read-only"),
        ("vars.x = 1", "'vars.x' is read-only"),
        ("x = 5", "assignment to the global 'x': globals are read-only once the file is loaded; use a local"),
        ("known = 6", "assignment to the global 'known': globals are read-only once the file is loaded; use a local"),
        ("setmetatable({}, { __gc = print })", "a metatable must not have '__gc'"),
        ("setmetatable({}, { __mode = 'k' })", "a metatable must not have '__mode'"),
        ("setmetatable(_ENV, {})", "cannot change a protected metatable"),
        ("setmetatable(string, {})", "cannot change a protected metatable"),
        ("setmetatable(json.decode('[]'), {})", "cannot change a protected metatable"),
        ("getmetatable('').__index = nil", "attempt to index a boolean value"),
        ("getmetatable(decimal(1)).__add = nil", "attempt to index a boolean value"),
        (
            "math.random()",
            "math.random is not available in filters and mappings: the same event must always give the same answer"
        ),
        ("collectgarbage()", "collectgarbage does \"count\" only"),
        ("collectgarbage('stop')", "collectgarbage does \"count\" only"),
        ("require('os')", "require takes a name below lib/ such as \"lib.rates\", got \"os\""),
        ("require('lib.x')", "require loads files while scripts are loaded, not in a rule; move it to the top"),
        ("filter { name = 'late' }", "filter is declared while the file is loaded, not later"),
    ]

    @Test(arguments: refused)
    func `what scripts must not reach is refused in words`(_ body: String, _ message: String) throws {
        let rules = try Rules("known = 5\nmapping { name = 'm', map = function(event)\n\(body)\nend }")
        #expect(try rules.apply() == .failed(code: "error", rule: 0, message: "scripts/a.lua:3: \(message)"))
    }

    @Test func `no text of a value tells an address`() throws {
        #expect(
            try value(
                of: """
                    table.concat({ tostring({}), tostring(print), tostring(coroutine.create(print)), tostring(json.null),
                      ('%s'):format({}), tostring(setmetatable({}, { __name = 'N' })) }, ' ')
                    """) == .text("table function thread null table table"))
        #expect(
            try mapping("return ('%p'):format({})").message == "scripts/a.lua:1: string.format: unknown conversion '%p'"
        )
    }

    @Test func `files have their own globals and share the library only`() throws {
        let rules = try Rules(sources: [
            ScriptSource(
                name: "a.lua", text: "shared = 'a'\nfilter { name = 'a', keep = function() return shared == 'a' end }"),
            ScriptSource(
                name: "b.lua", text: "shared = 'b'\nfilter { name = 'b', keep = function() return shared == 'b' end }"),
            ScriptSource(name: "c.lua", text: "filter { name = 'c', keep = function() return shared end }"),
        ])
        #expect(try rules.apply().message == "scripts/c.lua:1: undefined global 'shared'")
    }

    @Test func `compiled Lua is refused`() throws {
        let error = #expect(throws: ScriptLoadError.self) { try Rules("\u{1B}Lua") }
        #expect(error?.problems.map(\.description) == ["scripts/a.lua:1: this is compiled Lua; scripts are text"])
    }

    @Test func `print and log are escaped and say where`() throws {
        let lines = LogLines()
        let rules = try Rules(
            """
            filter { name = 'f', keep = function(event)
              log.warn('red \\27[31m\\n' .. '\\xff\\u{9b}', { b = 1, a = 'x' })
              print('a', nil, 5)
              return true
            end }
            """, log: { lines.append($0) })
        #expect(try rules.apply() == .unchanged)
        let seen = lines.all
        #expect(seen.map(\.message) == ["red \\x1b[31m\n\\xff\\u009b", "a\tnil\t5"])
        #expect(seen.map(\.fields) == [#"{"a":"x","b":1}"#, ""])
        #expect(seen.map(\.level) == [.warning, .info])
        #expect(seen.map { "\($0.file):\($0.line)" } == ["scripts/a.lua:2", "scripts/a.lua:3"])
    }

    @Test func `a flood of log lines is cut`() throws {
        let lines = LogLines()
        let rules = try Rules(
            "filter { name = 'f', keep = function(event) for i = 1, 1000 do log.info(('x'):rep(100000)) end return true end }",
            limits: ScriptLimits(ruleTime: .seconds(5)), log: { lines.append($0) })
        #expect(try rules.apply() == .unchanged)
        // 200 a second and one line that says so; the loop may cross into further seconds.
        #expect(lines.all.count <= 201 * 10)
        #expect(
            lines.all.contains {
                $0.message == "scripts log more than 200 lines a second; the rest of this second is left out"
            })
        #expect(lines.all.allSatisfy { $0.message.utf8.count <= 8200 })
    }

    @Test func `vars are read as they are configured`() throws {
        let rules = try Rules(
            "mapping { name = 'm', map = function() return { dimensions = { x = vars.region .. vars.nested.list[2] .. vars.rate } } end }",
            vars: ["region": "eu", "nested": ["list": [1, 2]], "rate": .number("0.5")])
        #expect(try rules.apply() == .mapped([.init(dimensions: ["x": .text("eu20.5")])]))
        let misspelt = try Rules(
            "filter { name = 'f', keep = function() return vars.regoin end }", vars: ["region": "eu"])
        #expect(try misspelt.apply().message == "scripts/a.lua:1: vars.regoin is not defined; did you mean 'region'?")
    }
}
