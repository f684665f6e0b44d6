import Testing
import TidemillCore
import TidemillOperations
import TidemillScripting

/// Scripts that loop, allocate, recurse and poison. Each must end within the limit plus 100 ms of the thread's work,
/// as the failure that it is, and leave the state fit for the next event.
@Suite(.serialized) struct HostileRuleTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var body: String
        /// The failures that are right; empty: any ending is, as long as it ends.
        var codes: [String]
        var limit: Duration
        var testDescription: String { String(body.prefix(60)) }
    }

    private static func cases(_ codes: [String], limit: Duration = .milliseconds(50), _ bodies: String...) -> [Case] {
        bodies.map { Case(body: $0, codes: codes, limit: limit) }
    }

    static let timeouts = cases(
        ["timeout"],
        // In Lua's own instructions, and what tries to swallow the stop.
        "while true do end",
        "goto again; ::again:: goto again",
        "local co = coroutine.wrap(function() while true do end end) co()",
        "while true do pcall(function() while true do end end) end",
        "while true do coroutine.resume(coroutine.create(function() while true do end end)) end",
        "xpcall(function() while true do end end, function() while true do end end)",
        "local function h() xpcall(h, h) end while true do h() end",
        "local x <close> = setmetatable({}, {__close = function() while true do end end}) error('x')",
        """
        local function f(n)
          local x <close> = setmetatable({}, {__close = function() while true do end end})
          return f(n + 1) + 1
        end f(1)
        """,
        "local t = setmetatable({}, {__index = function(t, k) while true do end end}) return t.x",
        // Inside functions of the library, where no instruction is counted.
        "local s = ('a'):rep(1000000) s:find(('a*'):rep(30) .. 'b')",
        "local s = ('a'):rep(1000000) while true do s:find('.-b') end",
        "local s = ('a'):rep(1000000) s:gsub('(.-)b', '')",
        "local s = ('('):rep(1000000) while true do s:find('%b()') end",
        "local s = ('a'):rep(500000) while true do s:find(('a'):rep(1000) .. 'b', 1, true) end",
        "local s = ('a'):rep(1000000) for w in s:gmatch('(a-)(a-)(a-)b') do end",
        "table.move({}, 1, 1 << 60, 2)",
        "table.insert(setmetatable({}, {__len = function() return 1 << 40 end, __newindex = rawequal}), 1, 1)",
        "table.sort(setmetatable({}, {__len = function() return 1 << 30 end, __index = function() return 1 end, __newindex = rawequal}))",
        "while true do table.unpack({}, 1, 99999) end",
        "local s = ('9'):rep(1000000) while true do tonumber(s) end",
        "local s = ('9'):rep(1000000) while true do pcall(function() return s | 1 end) end",
        "local s = (' '):rep(1000000) while true do pcall(math.floor, s) end",
        "local a, b = ('x'):rep(1000000), ('x'):rep(1000000) while true do local c = a == b end",
        "local a, b = ('x'):rep(1000000), ('x'):rep(999999) .. 'y' while true do local c = a < b end",
        "local s = ('x'):rep(500000) while true do local y = s .. 'y' end",
        "local t = {} for i = 1, 10000 do t[i] = i end while true do json.encode(t) end",
        "while true do utf8.len(('é'):rep(100000)) end",
        "while true do string.format('%99.99f', 1e300) end",
        "while true do time.add('2024-01-01T00:00:00Z', '1 month') end",
        "while true do log.info('x') end")

    /// Which of the two limits is met first is a matter of how fast the machine is.
    static let timeoutsOrMemory = cases(
        ["timeout", "memory"],
        "table.concat(setmetatable({}, {__len = function() return 1 << 60 end, __index = function() return 'x' end}))",
        "while true do json.decode('[' .. ('[],'):rep(300000) .. '1]') end",
        // Keys that all fall together: growing such a table is quadratic.
        "local t = {} for i = 1, 1000000 do t[i * 16383 * 32767] = i end",
        "local t = {} for i = 1, 1000000 do t[i * 8191 * 16383 * 32767] = i end")

    /// With time enough for a slow machine to fill the memory first.
    static let memory = cases(
        ["memory"], limit: .seconds(20),
        "local s = 'x' while true do s = s .. s end",
        "local t = {} for i = 1, 1000000000 do t['k' .. i] = i end",
        "return ('x'):rep(100000):gsub('.', ('y'):rep(1000))",
        "local t = {} for i = 1, 1000000 do t[i * 65535 * 131071] = i end",
        "while true do pcall(function() local s = 'x' while true do s = s .. s end end) end",
        "coroutine.wrap(function() local s = 'x' while true do s = s .. s end end)()")

    static let either = cases(
        [],
        "local t = {} for i = 1, 1000000000 do t[i] = {} end",
        "local t = {} for i = 1, 1000000000 do t[i] = tostring(i) .. ('x'):rep(100) end",
        "local t = {} for i = 1, 1000000 do t[i] = coroutine.create(function() end) end",
        "local t = {} while true do t = { t } end",
        "local function f() return f() + 1 end f()",
        "local function f() return pcall(f) end f()",
        "local function f() local co = coroutine.wrap(function() f() end) co() end f()",
        "local function f() return tostring(setmetatable({}, {__tostring = function() return f() end})) end f()",
        "local function f() return (('x'):gsub('x', function() return f() end)) end f()",
        "local t = {} local x = t for i = 1, 100000 do x.t = {} x = x.t end return json.encode(t)",
        "return json.decode(('['):rep(500000))",
        "error(setmetatable({}, {__tostring = function() while true do end end}))",
        "error(('x'):rep(1000000))",
        "(''):rep(1e18)")

    static let all = timeouts + timeoutsOrMemory + memory + either

    @Test(arguments: all)
    func `a hostile rule is stopped and the next event is served`(_ hostile: Case) throws {
        let rules = try Rules(
            """
            mapping { name = 'm', map = function(event)
              if event.eventName == 'fine' then return { dimensions = { x = 1 } } end
              \(hostile.body)
            end }
            """, limits: ScriptLimits(ruleTime: hostile.limit))
        let start = ContinuousClock.now
        let processor = try rules.thread.wait { [ruleSet = rules.ruleSet] in
            let before = ThreadTime.now
            let outcome = ruleSet.apply(Event())
            return (outcome, ThreadTime.now - before)
        }
        // The wall clock is bounded roughly, because other tests share the machine; the thread's own time exactly.
        #expect(processor.1 < hostile.limit + .milliseconds(100))
        #expect(ContinuousClock.now - start < .seconds(60))
        if !hostile.codes.isEmpty {
            #expect(hostile.codes.contains(processor.0.code ?? "none"), "\(processor.0)")
        }
        if let code = processor.0.code, code != "answer" { #expect(processor.0.message.hasPrefix("scripts/a.lua:")) }
        #expect(processor.0.message.utf8.count <= 8192)

        var fine = Event()
        fine.name = "fine"
        #expect(try rules.apply(fine) == .mapped([.init(dimensions: ["x": .integer(1)])]))
    }

    @Test func `messages name rule, limit and place`() throws {
        #expect(
            try mapping("\nwhile true do end").message
                == "scripts/a.lua:2: mapping \"m\": used more than 50 ms of processor time")
        #expect(
            try mapping("local s = 'x' while true do s = s .. s end").message
                == "scripts/a.lua:1: mapping \"m\": not enough memory: one string may take 1 MiB")
    }

    @Test func `a state without room for more reports memory and recovers`() throws {
        let rules = try Rules(
            """
            filter { name = 'f', keep = function(event)
              if event.eventName ~= 'hoard' then return true end
              local t = {} for i = 1, 1e9 do t[i] = { i } end
            end }
            """, limits: ScriptLimits(memory: 2 << 20))
        var hoard = Event()
        hoard.name = "hoard"
        for _ in 0..<20 {
            let outcome = try rules.apply(hoard)
            #expect(
                outcome.message
                    == "scripts/a.lua:1: filter \"f\": not enough memory: the scripts of a state may hold 2 MiB")
            #expect(try rules.apply() == .unchanged)
        }
    }

    static let hungry: [(text: String, place: String)] = [
        ("local t = {}\n\nfor i = 1, 1e9 do\n  t[i] = {}\nend", "scripts/a.lua:4"),
        ("\nlocal s = 'x'\nwhile true do\n  s = s .. s\nend", "scripts/a.lua:4"),
        ("\npcall(function()\n  local t = {} for i = 1, 1e9 do t[i] = {} end\nend)", "scripts/a.lua:3"),
        ("\n\nrequire 'lib.big'", "scripts/lib/big.lua:2"),
        ("require 'lib.small'\nlocal t = {} for i = 1, 1e9 do t[i] = {} end", "scripts/a.lua:2"),
        // Compiling takes memory too.
        (
            String(repeating: "local _ = {}\n", count: 3) + "return {\n"
                + String(repeating: "'x', print,\n", count: 70_000) + "}", "scripts/a.lua:"
        ),
    ]

    @Test(arguments: hungry)
    func `a lack of memory while loading names file and line`(_ text: String, _ place: String) throws {
        let error = #expect(throws: ScriptLoadError.self) {
            try Rules(
                sources: [
                    ScriptSource(name: "a.lua", text: text),
                    ScriptSource(name: "lib/small.lua", text: "\n\n\nreturn 1"),
                ]
                    + (text.contains("lib.big")
                        ? [ScriptSource(name: "lib/big.lua", text: "\nlocal t = {} for i = 1, 1e9 do t[i] = {} end")]
                        : []),
                limits: ScriptLimits(memory: 3 << 20))
        }
        let problems = error?.problems.map(\.description) ?? []
        #expect(
            problems.count == 1 && problems[0].hasPrefix(place) && problems[0].contains("not enough memory: "),
            "\(problems)")
        #expect(error?.problems.first?.line ?? 0 > 0)
    }

    @Test func `running out of time in a file names the line it had come to`() throws {
        let error = #expect(throws: ScriptLoadError.self) {
            try Rules(
                "\nlocal function f()\n  while true do\n    local t = { {}, {} }\n  end\nend\nf()",
                limits: ScriptLimits(loadTime: .milliseconds(50)))
        }
        let problem = try #require(error?.problems.first)
        #expect(problem.file == "scripts/a.lua" && (3...5).contains(problem.line), "\(problem)")
    }

    @Test func `loading has limits too`() throws {
        let limits = ScriptLimits(loadTime: .milliseconds(50))
        let error = #expect(throws: ScriptLoadError.self) { try Rules("\nwhile true do end", limits: limits) }
        #expect(error?.problems.map(\.description) == ["scripts/a.lua:2: used more than 50 ms of processor time"])
        let memory = #expect(throws: ScriptLoadError.self) {
            try Rules("local t = {} for i = 1, 1e9 do t[i] = {} end", limits: ScriptLimits(memory: 1 << 20))
        }
        #expect(
            memory?.problems.map(\.description) == [
                "scripts/a.lua:1: not enough memory: the scripts of a state may hold 1 MiB"
            ])
        #expect(throws: ScriptLoadError.self) { try Rules("", limits: ScriptLimits(memory: 10)) }
    }
}
