import Testing
import TidemillScripting

@Suite struct RuleAnswerTests {
    // MARK: - Filters

    @Test func `keep returns true, or false and a reason`() throws {
        func keep(_ answer: String) throws -> Outcome {
            try Rules("filter { name = 'f', keep = function(event) return \(answer) end }").apply()
        }
        #expect(try keep("true") == .unchanged)
        #expect(try keep("false") == .filtered(rule: 0, reason: ""))
        #expect(try keep("false, 'too old'") == .filtered(rule: 0, reason: "too old"))
        for (answer, got) in [
            ("nil", "nil"), ("1", "a number"), ("'no'", "a string"), ("{}", "a table"), ("json.null", "json.null"),
        ] {
            #expect(
                try keep(answer)
                    == .failed(
                        code: "answer", rule: 0,
                        message:
                            "scripts/a.lua:1: filter \"f\": keep must return true, or false and a reason, got \(got)"))
        }
        #expect(
            try keep("false, {}").message == "scripts/a.lua:1: filter \"f\": the reason must be a string, got a table")
    }

    @Test func `rules look at the events they name, in load order`() throws {
        let rules = try Rules(
            """
            filter { name = 'one', event = 'a', keep = function() return false, 'one' end }
            filter { name = 'two', event = { 'b', 'c' }, keep = function() return false, 'two' end }
            mapping { name = 'three', event = 'd', map = function() return { eventName = 'e' } end }
            filter { name = 'four', event = 'e', keep = function() return false, 'four' end }
            """)
        #expect(rules.ruleSet.rules.map(\.eventNames) == [["a"], ["b", "c"], ["d"], ["e"]])
        for (name, outcome) in [
            ("a", Outcome.filtered(rule: 0, reason: "one")), ("c", .filtered(rule: 1, reason: "two")),
            ("d", .filtered(rule: 3, reason: "four")), ("x", .unchanged), ("", .unchanged),
        ] {
            var event = Event()
            event.name = name
            #expect(try rules.apply(event) == outcome)
        }
    }

    // MARK: - Mappings

    @Test func `a rule sees every field of the event`() throws {
        var event = Event(["n": .integer(3), "f": .number("3.0"), "z": .null, "t": .text("é"), "b": .boolean(false)])
        event.resource = "site-1"
        let outcome = try mapping(
            """
            assert(event.dimensions.z == nil and math.type(event.dimensions.f) == 'integer')
            assert(event.dimensions.b == false and event.dimensions.n == 3 and event.dimensions.t == 'é')
            return { dimensions = { all = table.concat({ event.customerId, event.resourceId, event.eventName,
              event.idempotencyKey, event.timestamp, event.receivedAt, time.now() }, ' ') } }
            """, event)
        #expect(
            outcome
                == .mapped([
                    .init(dimensions: [
                        "all": .text(
                            "acme site-1 llm.inference k-1 2026-10-01T00:00:02.500Z 2026-10-02T00:00:00.000Z 2026-10-02T00:00:00.000Z"
                        )
                    ])
                ]))
        #expect(try mapping("assert(event.resourceId == nil and next(event.dimensions) == nil)") == .unchanged)
    }

    @Test func `the event is the rule's own copy`() throws {
        let rules = try Rules(
            """
            filter { name = 'spoils', keep = function(event)
              event.customerId = 'evil' event.dimensions.n = 99 event.dimensions = nil event.extra = 1
              return true
            end }
            mapping { name = 'spoils-too', map = function(event)
              event.dimensions.n = event.dimensions.n + 1
              return nil
            end }
            mapping { name = 'looks', map = function(event)
              assert(event.extra == nil)
              return { dimensions = { seen = event.customerId .. event.dimensions.n } }
            end }
            """)
        #expect(
            try rules.apply(Event(["n": .integer(1)])) == .mapped([.init(dimensions: ["seen": .text("acme1")])]))
    }

    @Test func `changes are a patch against the delivered event, seen by later rules`() throws {
        let rules = try Rules(
            """
            mapping { name = 'a', map = function(event)
              return { customerId = 'other', resourceId = 'r', dimensions = { a = 1, b = json.null, c = 'x' } }
            end }
            mapping { name = 'b', map = function(event)
              assert(event.customerId == 'other' and event.resourceId == 'r' and event.dimensions.b == nil)
              return { customerId = 'acme', resourceId = json.null,
                timestamp = '2026-01-01T00:00:00Z', dimensions = { a = event.dimensions.a + 1, b = true } }
            end }
            mapping { name = 'c', map = function(event) assert(event.resourceId == nil) end }
            """)
        let event = Event(["b": .integer(5), "untouched": .number("0.10")])
        #expect(
            try rules.apply(event)
                == .mapped([
                    .init(
                        timestamp: "2026-01-01T00:00:00Z",
                        dimensions: ["a": .integer(2), "b": .boolean(true), "c": .text("x")])
                ]))
    }

    @Test func `nil, an empty table and what changes nothing leave the event unchanged`() throws {
        for answer in ["nil", "{}", "{ dimensions = {} }", "{ eventName = event.eventName }", "{ {} }"] {
            #expect(try mapping("return \(answer)") == .unchanged, "\(answer)")
        }
    }

    @Test func `a list splits the event, and each part goes on by itself`() throws {
        let rules = try Rules(
            """
            mapping { name = 'split', map = function(event)
              return { { dimensions = { part = 1 } }, { eventName = 'second' }, { dimensions = { part = 3 } } }
            end }
            filter { name = 'no-second', event = 'second', keep = function() return false, 'second' end }
            mapping { name = 'again', event = 'llm.inference', map = function(event)
              if event.dimensions.part == 3 then return { { dimensions = { last = 1 } }, { dimensions = { last = 2 } } } end
            end }
            """)
        #expect(
            try rules.apply()
                == .mapped([
                    .init(dimensions: ["part": .integer(1)]),
                    .init(name: "second", droppedBy: 1, reason: "second"),
                    .init(dimensions: ["part": .integer(3), "last": .integer(1)]),
                    .init(dimensions: ["part": .integer(3), "last": .integer(2)]),
                ]))
    }

    @Test func `an event all of whose parts are dropped is filtered`() throws {
        let rules = try Rules(
            """
            mapping { name = 'split', map = function(event) return { { eventName = 'a' }, { eventName = 'b' } } end }
            filter { name = 'none', keep = function(event) return false, event.eventName end }
            """)
        #expect(try rules.apply() == .filtered(rule: 1, reason: "a"))
    }

    @Test func `a thousand parts are allowed, one more is not`() throws {
        let body = "local t = {} for i = 1, COUNT do t[i] = { dimensions = { i = i } } end return t"
        guard case .mapped(let parts) = try mapping(body.replacing("COUNT", with: "1000")) else {
            Issue.record("expected parts")
            return
        }
        #expect(parts.count == 1000 && parts[999].dimensions == ["i": .integer(1000)])
        #expect(
            try mapping(body.replacing("COUNT", with: "1001")).message
                == "scripts/a.lua:1: mapping \"m\": the answer splits the event into more than 1000 parts")
        let twice = try Rules(
            """
            local function split() local t = {} for i = 1, 100 do t[i] = { dimensions = { i = i } } end return t end
            mapping { name = 'a', map = split }
            mapping { name = 'b', map = split }
            """)
        #expect(
            try twice.apply().message
                == "scripts/a.lua:3: mapping \"b\": the event is split into more than 1000 parts")
    }

    @Test func `a part that a later filter drops stays in the result, with its changes, rule and reason`() throws {
        let rules = try Rules(
            """
            mapping { name = 'split', map = function(event)
              return { { dimensions = { n = 1 } }, { dimensions = { n = 2 } }, { dimensions = { n = 3 } } }
            end }
            mapping { name = 'double', map = function(event)
              return { dimensions = { double = event.dimensions.n * 2 } }
            end }
            filter { name = 'odd', keep = function(event)
              if event.dimensions.n == 2 then return false, 'even' end
              return true
            end }
            filter { name = 'small', keep = function(event) return event.dimensions.n < 3 end }
            mapping { name = 'late', map = function(event) return { dimensions = { late = true } } end }
            """)
        #expect(
            try rules.apply()
                == .mapped([
                    .init(dimensions: ["n": .integer(1), "double": .integer(2), "late": .boolean(true)]),
                    .init(dimensions: ["n": .integer(2), "double": .integer(4)], droppedBy: 2, reason: "even"),
                    .init(dimensions: ["n": .integer(3), "double": .integer(6)], droppedBy: 3),
                ]))
    }

    @Test func `the changes of one event's parts are bounded together`() throws {
        // A thousand parts share what a mapping before the split has set; each would be stored with a copy of it.
        let body = """
            mapping { name = 'wide', map = function() return { dimensions = { note = string.rep('x', LENGTH) } } end }
            mapping { name = 'split', map = function()
              local t = {} for i = 1, 1000 do t[i] = { eventName = 'p' } end return t
            end }
            """
        guard case .mapped(let parts) = try Rules(body.replacing("LENGTH", with: "1000")).apply() else {
            Issue.record("expected parts")
            return
        }
        #expect(parts.count == 1000)
        #expect(
            try Rules(body.replacing("LENGTH", with: "1100")).apply()
                == .failed(
                    code: "answer", rule: 1,
                    message:
                        "scripts/a.lua:2: mapping \"split\": the changes of the event's parts come to more than 1 MiB; set less, or split into fewer parts"
                ))
    }

    @Test func `ten thousand dimensions pass through`() throws {
        var event = Event()
        event.dimensions = (0..<10_000).map { ("k\($0)", .integer(Int64($0))) }
        let rules = try Rules(
            """
            mapping { name = 'a', map = function(event)
              local d = {} for k, v in pairs(event.dimensions) do d[k] = v + 1 end return { dimensions = d }
            end }
            mapping { name = 'b', map = function(event)
              local d = {} for k, v in pairs(event.dimensions) do d[k] = v + 1 end return { dimensions = d }
            end }
            """)
        guard case .mapped(let parts) = try rules.apply(event) else {
            Issue.record("expected one part")
            return
        }
        #expect(parts.count == 1 && parts[0].dimensions.count == 10_000)
        #expect(parts[0].dimensions["k9999"] == .integer(10_001))
    }

    static let nonsense: [(answer: String, message: String)] = [
        ("5", "map must return nil, a table of changes or a list of such tables, got a number"),
        ("json.null", "map must return nil, a table of changes or a list of such tables, got json.null"),
        ("{ 1 }", "each part of the answer must be a table of changes, got a number"),
        ("{ {}, x = 1 }", "the answer mixes a list with the key 'x'"),
        ("{ [1] = {}, [3] = {} }", "the answer is a list with holes"),
        (
            "{ [true] = 1 }",
            "the answer must be a table of changes or a list of such tables, got a table with the key true"
        ),
        ("{ dimension = {} }", "the answer has an unknown key 'dimension'; did you mean 'dimensions'?"),
        (
            "{ foo = 1 }",
            "the answer has an unknown key 'foo'; a mapping may change customerId, resourceId, eventName, timestamp and dimensions"
        ),
        (
            "{ idempotencyKey = 'x' }",
            "the answer has an unknown key 'idempotencyKey'; a mapping may change customerId, resourceId, eventName, timestamp and dimensions"
        ),
        ("{ customerId = 5 }", "'customerId' must be a string, got a number"),
        ("{ customerId = json.null }", "'customerId' must be a string, got json.null"),
        ("{ resourceId = 5 }", "'resourceId' must be a string or json.null, got a number"),
        ("{ customerId = '' }", "'customerId' must not be empty"),
        ("{ eventName = ('x'):rep(256) }", "'eventName' must have 1 to 255 bytes"),
        ("{ customerId = 'a\\0b' }", "'customerId' contains a NUL byte"),
        ("{ customerId = '\\255' }", "'customerId' is not valid UTF-8"),
        ("{ dimensions = 5 }", "'dimensions' must be a table, got a number"),
        ("{ dimensions = { 5 } }", "the keys of dimensions must be strings, got a number"),
        (
            "{ dimensions = { a = {} } }",
            "dimension \"a\" must be a string, number, boolean, decimal or json.null, got a table"
        ),
        (
            "{ dimensions = { a = print } }",
            "dimension \"a\" must be a string, number, boolean, decimal or json.null, got a function"
        ),
        ("{ dimensions = { a = '\\xff' } }", "'a' is not valid UTF-8"),
        ("{ dimensions = { [''] = 1 } }", "a key of dimensions is empty, contains NUL or is not valid UTF-8: \"\""),
        ("{ dimensions = { a = 0/0 } }", "dimension \"a\" is not a number (NaN); check the division that made it"),
        (
            "{ dimensions = { a = 1/0 } }",
            "dimension \"a\" is infinite; check the division that made it, or use decimal"
        ),
        (
            "{ dimensions = { a = -1/0 } }",
            "dimension \"a\" is infinite; check the division that made it, or use decimal"
        ),
        (
            "{ dimensions = { a = 2^53 } }",
            "dimension \"a\" is a float of 2^53 or more, which has lost digits; use decimal"
        ),
        (
            "{ dimensions = { a = -2^70 } }",
            "dimension \"a\" is a float of 2^53 or more, which has lost digits; use decimal"
        ),
    ]

    @Test(arguments: nonsense)
    func `a nonsensical answer is refused in words`(_ answer: String, _ message: String) throws {
        #expect(
            try mapping("return \(answer)")
                == .failed(code: "answer", rule: 0, message: "scripts/a.lua:1: mapping \"m\": \(message)"))
    }

    // MARK: - Numbers (expected digits computed with Python's decimal module)

    static let numbers: [(expression: String, value: Value)] = [
        ("3", .integer(3)), ("3.0", .integer(3)), ("-0.0", .integer(0)), ("0.1 + 0.2", .number("0.3")),
        ("1 / 3", .number("0.333333333333333")), ("1e-7", .number("0.0000001")),
        ("123456789012.345", .number("123456789012.345")), ("4503599627370495.5", .integer(4_503_599_627_370_500)),
        ("-2.5", .number("-2.5")), ("100.10", .number("100.1")), ("2^53 - 1", .integer(9_007_199_254_740_991)),
        ("math.maxinteger", .integer(.max)), ("math.mininteger", .integer(.min)), ("10 // 4", .integer(2)),
        ("10 / 5", .integer(2)), ("decimal('0.1') + decimal('0.2')", .number("0.3")), ("decimal(5)", .integer(5)),
        ("decimal('12345678901234567.123456789')", .number("12345678901234567.123456789")),
        ("true", .boolean(true)), ("'5'", .text("5")), ("json.null", .null),
    ]

    @Test(arguments: numbers)
    func `numbers leave Lua exactly`(_ expression: String, _ expected: Value) throws {
        #expect(try value(of: expression) == expected)
    }

    // MARK: - Errors

    static let errors: [(body: String, message: String)] = [
        ("local x; return x.y", "scripts/a.lua:1: attempt to index a nil value (local 'x')"),
        ("return event.dimensions.a + 1", "scripts/a.lua:1: attempt to perform arithmetic on a nil value (field 'a')"),
        ("return 'many' + 1", "scripts/a.lua:1: attempt to do arithmetic on a string that is no number"),
        ("error('why')", "scripts/a.lua:1: why"), ("error('why', 0)", "scripts/a.lua:1: why"),
        ("error(nil)", "scripts/a.lua:1: the script raised nil instead of a message"),
        ("error({ message = 'in a table' })", "scripts/a.lua:1: in a table"),
        (
            "error({})",
            "scripts/a.lua:1: the script raised a table without a message; raise a string, or give the table a 'message'"
        ),
        ("error(5)", "scripts/a.lua:1: 5"),
        ("error(setmetatable({}, {__tostring = function() return 'mine' end}))", "scripts/a.lua:1: mine"),
        (
            "error(setmetatable({}, {__tostring = function() error('again') end}))",
            "scripts/a.lua:1: the script raised a value whose __tostring fails"
        ),
        ("error('a\\0b\\255')", "scripts/a.lua:1: a?b?"),
        ("assert(false, 'plain')", "scripts/a.lua:1: plain"),
        ("\n\nlocal function f() error('deep') end f()", "scripts/a.lua:3: deep"),
        ("coroutine.wrap(function() error('in a coroutine') end)()", "scripts/a.lua:1: in a coroutine"),
        ("coroutine.yield(1)", "scripts/a.lua:1: attempt to yield from outside a coroutine"),
    ]

    @Test(arguments: errors)
    func `an error is a text with its place`(_ body: String, _ message: String) throws {
        #expect(try mapping(body) == .failed(code: "error", rule: 0, message: message))
    }
}
