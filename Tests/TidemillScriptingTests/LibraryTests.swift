import Testing
import TidemillCore
import TidemillOperations
import TidemillScripting
import TidemillTestSupport

/// The library against values computed with Python (json, datetime with zoneinfo, decimal) and with Lua's own string
/// library.
@Suite struct LibraryTests {
    static let expressions: [(expression: String, value: Value)] = [
        // json
        (
            #"json.encode({ b = 1, a = { 1, 2.5, 'x"\n' }, c = json.null, d = {}, e = json.array() })"#,
            .text(#"{"a":[1,2.5,"x\"\n"],"b":1,"c":null,"d":{},"e":[]}"#)
        ),
        ("json.encode({ [1] = 'a', [2] = 'b' })", .text(#"["a","b"]"#)),
        ("json.encode(0.1 + 0.2)", .text("0.3")), ("json.encode(3.0)", .text("3")),
        ("json.encode(decimal('1.50'))", .text("1.5")), ("json.encode('\\127\\1é')", .text(#""\u007f\u0001é""#)),
        (
            #"json.encode(json.decode('{"z":[1,{"y":null}],"a":[],"n":1.5,"e":1e3}'))"#,
            .text(#"{"a":[],"e":1000,"n":1.5,"z":[1,{"y":null}]}"#)
        ),
        ("json.decode('12345678901234567.5')", .number("12345678901234567.5")),
        ("json.decode('199992e11')", .integer(19_999_200_000_000_000)),
        ("json.decode('1e17') == 10^17 // 1 | 0", .boolean(true)),
        ("json.diff(json.decode('[1e17]'), json.decode(json.encode(json.decode('[1e17]')))) == nil", .boolean(true)),
        ("('%u|%-4u|%04u'):format(5, 6, 7)", .text("5|6   |0007")),
        ("('%q'):format(math.mininteger)", .text("0x8000000000000000")),
        ("pcall(string.format, '%5s', ('\\0'):rep(100))", .boolean(false)),
        ("('a\\0b'):find('%z')", .integer(2)), ("('\\0\\0a'):match('%Z')", .text("a")),
        ("json.decode('0.1')", .number("0.1")), ("json.decode('3.0')", .integer(3)),
        ("json.decode('12345678901234567890')", .text("12345678901234567890")),
        ("json.decode('9223372036854775807')", .integer(.max)), ("json.decode('[1,2')  == nil", .boolean(true)),
        ("json.decode('null') == json.null", .boolean(true)),
        (
            "json.encode(json.diff({ a = 1, b = { c = 1, d = 2 }, e = { 1 } }, { a = 1, b = { c = 3 }, e = { 1, 2 }, f = 'x' }))",
            .text(#"{"b":{"c":3,"d":null},"e":[1,2],"f":"x"}"#)
        ),
        ("json.diff({ a = { 1, 2 } }, { a = { 1, 2 } }) == nil", .boolean(true)),
        // decimal
        ("decimal(1) / 3", .number("0.333333333")), ("decimal(2) / 3", .number("0.666666667")),
        ("decimal(-2) / 3", .number("-0.666666667")),
        ("decimal('123456789.123456789') * decimal('1000.000000001')", .number("123456789123.580245789")),
        ("decimal('123456789.123456789') * decimal('987654321.987654321')", .number("121932631356500531.347203169")),
        ("decimal('999999999999999999') * decimal('0.5')", .number("499999999999999999.5")),
        ("decimal('0.000000001') * decimal('0.5')", .number("0.000000001")),
        ("decimal('0.000000001') * decimal('0.4')", .integer(0)),
        ("decimal('-0.000000001') * decimal('0.5')", .number("-0.000000001")),
        ("decimal(1) / 7", .number("0.142857143")), ("decimal(1) / 999999999999999999", .integer(0)),
        ("decimal('999999999999999999.999999999') - decimal('0.000000001')", .number("999999999999999999.999999998")),
        ("1 + decimal('0.1')", .number("1.1")), ("'2' * decimal('0.1')", .number("0.2")),
        ("-decimal('0.5')", .number("-0.5")),
        // Python: Decimal('-7.5') // 2 truncates; Lua rounds down: math.floor(-7.5 / 2).
        ("decimal('7.5') // 2", .integer(3)), ("decimal('-7.5') // 2", .integer(-4)),
        ("decimal('7.5') // -2", .integer(-4)), ("decimal('-7.5') // decimal(-2)", .integer(3)),
        ("decimal('7.5') % 2", .number("1.5")), ("decimal('-7.5') % 2", .number("0.5")),
        ("decimal('7.5') % -2", .number("-0.5")), ("5 % decimal('0.3')", .number("0.2")),
        (
            "select(2, pcall(function() return decimal(1) % 0 end)):find('division by zero', 1, true) ~= nil",
            .boolean(true)
        ),
        (
            "select(2, pcall(function() return decimal(2) ^ 2 end)):find('multiply instead', 1, true) ~= nil",
            .boolean(true)
        ),
        ("decimal(0.1) + decimal(0.2) == decimal('0.3')", .boolean(true)),
        ("decimal(1) < 2 and 2 <= decimal(2)", .boolean(true)),
        ("'is ' .. decimal('1.50')", .text("is 1.5")), ("tostring(decimal('1e3'))", .text("1000")),
        ("decimal('2.5'):round()", .integer(3)), ("decimal('-2.5'):round()", .integer(-3)),
        ("decimal('1.005'):round(2)", .number("1.01")), ("decimal('-1.1'):floor()", .integer(-2)),
        ("decimal('-1.1'):ceil()", .integer(-1)), ("tonumber(decimal('2.50'))", .number("2.5")),
        ("math.type(tonumber(decimal(2)))", .text("integer")),
        // time
        ("time.parse('2026-10-01T02:00:00.5+02:00')", .text("2026-10-01T00:00:00.500Z")),
        ("time.parse('2024-10-27 02:30', 'Europe/Berlin')", .text("2024-10-27T00:30:00.000Z")),
        ("time.parse('2024-03-31 02:30', 'Europe/Berlin')", .text("2024-03-31T01:30:00.000Z")),
        ("time.parse('2024-02-29')", .text("2024-02-29T00:00:00.000Z")),
        ("time.parse('2023-02-29') == nil", .boolean(true)),
        ("time.parse('soon') == nil", .boolean(true)), ("time.parse(0)", .text("1970-01-01T00:00:00.000Z")),
        ("time.add('2024-01-31T00:00:00Z', '1 month')", .text("2024-02-29T00:00:00.000Z")),
        ("time.add('2024-03-30T11:00:00Z', '1 day', 'Europe/Berlin')", .text("2024-03-31T10:00:00.000Z")),
        ("time.add('2024-03-30T11:00:00Z', '24h', 'Europe/Berlin')", .text("2024-03-31T11:00:00.000Z")),
        ("time.add('2024-02-29T12:00:00Z', '-1 year')", .text("2023-02-28T12:00:00.000Z")),
        ("time.add('2024-02-29T12:00:00Z', '1h 30m')", .text("2024-02-29T13:30:00.000Z")),
        ("time.add('2024-02-29T12:00:00Z', 86400)", .text("2024-03-01T12:00:00.000Z")),
        ("time.add('2024-12-31T12:00:00Z', '2 weeks')", .text("2025-01-14T12:00:00.000Z")),
        ("time.diff('2026-02-28T00:00:00Z', '2024-02-29T00:00:00Z', 'days')", .integer(730)),
        ("time.diff('2026-01-01T00:00:00.500Z', '2026-01-01T00:00:00Z')", .number("0.5")),
        ("time.startOf('2024-03-31T12:00:00Z', 'day', 'Europe/Berlin')", .text("2024-03-30T23:00:00.000Z")),
        ("time.startOf('2024-07-15T00:00:00Z', 'month', 'Europe/Berlin')", .text("2024-06-30T22:00:00.000Z")),
        ("time.startOf('2024-03-31T12:00:00Z', 'week')", .text("2024-03-25T00:00:00.000Z")),
        ("time.startOf('2024-05-31T12:00:00Z', 'quarter')", .text("2024-04-01T00:00:00.000Z")),
        ("time.startOf('2024-05-31T12:34:56Z', 'hour')", .text("2024-05-31T12:00:00.000Z")),
        (
            "time.format('2026-11-22T23:30:00Z', '%a %d %b %Y %H:%M:%S %z %j', 'Europe/Berlin')",
            .text("Mon 23 Nov 2026 00:30:00 +01:00 327")
        ),
        ("time.parts('2026-11-22T23:30:00Z', 'Europe/Berlin').weekday", .integer(1)),
        ("time.parts('2026-11-22T23:30:00Z').weekday", .integer(7)),
        ("time.parts('1900-01-01T00:00:00Z').weekday", .integer(1)),
        ("time.parts('9999-12-31T00:00:00Z').weekday", .integer(5)),
        ("time.parts('0001-01-01T00:00:00Z').weekday", .integer(1)),
        ("time.parts('2026-11-22T23:30:00Z', 'Europe/Berlin').offset", .integer(3600)),
        // Lua's own, in our bounded form (values from Lua 5.4)
        ("('hello world'):find('o w')", .integer(5)), ("('key = value'):match('^(%w+)%s*=%s*(%w+)$')", .text("key")),
        ("(('abc'):gsub('%w', '%0%0'))", .text("aabbcc")), ("select(2, ('abc'):gsub('', '-'))", .integer(4)),
        ("('THE (quick) fox'):find('%((%a+)%)')", .integer(5)), ("('x^2'):match('[%^]%d')", .text("^2")),
        ("('f(a(b)c)d'):match('%b()')", .text("(a(b)c)")),
        ("(('THE (quick) fox'):gsub('%f[%a]%a+', string.lower))", .text("the (quick) fox")),
        ("(('$name is $age'):gsub('%$(%w+)', { name = 'Ann', age = 5 }))", .text("Ann is 5")),
        ("('aaa'):match('a-b') == nil", .boolean(true)), ("('a.b'):find('.', 1, true)", .integer(2)),
        ("('%5.2f|%-5s|%05d|%x|%q'):format(3.14159, 'ab', 42, 255, 'a\\n')", .text(" 3.14|ab   |00042|ff|\"a\\\n\"")),
        ("table.concat({ 3, 1, 2 }, ',')", .text("3,1,2")),
        (
            "(function() local t = { 3, 1, 2, 5, 4 } table.sort(t, function(a, b) return a > b end) return table.concat(t) end)()",
            .text("54321")
        ),
        (
            "(function() local t = { 1, 2, 3 } table.insert(t, 2, 9) table.remove(t, 1) return table.concat(t) end)()",
            .text("923")
        ),
        ("table.concat(table.move({ 1, 2, 3 }, 1, 3, 2))", .text("1123")),
        ("select('#', table.unpack({ 1, nil, 3 }, 1, 3))", .integer(3)),
        ("table.pack(1, 2).n", .integer(2)), ("('ab'):rep(3, '-')", .text("ab-ab-ab")), ("'10' + 5", .integer(15)),
        ("'0x10' * 2", .integer(32)),
        ("tonumber('z', 36)", .integer(35)), ("tonumber('  12  ')", .integer(12)), ("utf8.len('né')", .integer(2)),
        ("select(2, pcall(error, 'x'))", .text("x")),
        ("select(2, xpcall(error, function(m) return m .. '!' end, 'x'))", .text("x!")),
        ("(function() local ok, a, b = pcall(function() return 1, 2 end) return a + b end)()", .integer(3)),
        (
            "(function() local co = coroutine.wrap(function(a) local b = coroutine.yield(a + 1) return b * 2 end) return co(1) + co(5) end)()",
            .integer(12)
        ),
        (
            "(function() local co = coroutine.create(function() pcall(function() coroutine.yield(1) end) return 2 end) local _, a = coroutine.resume(co) local _, b = coroutine.resume(co) return a + b end)()",
            .integer(3)
        ),
        ("math.floor(3.7) + math.max(1, 2)", .integer(5)), ("math.tointeger('8')", .null),
    ]

    @Test func `expressions give what they give elsewhere`() throws {
        // One state for all: a failing one names itself.
        for (expression, expected) in Self.expressions where expected != .null {
            #expect(try value(of: expression) == expected, "\(expression)")
        }
    }

    @Test func `instants are read and written as everywhere`() throws {
        for vector in try Vectors.instants() {
            let expected: Value = vector.text.map { .text($0) } ?? .text("none")
            #expect(try value(of: "time.parse('\(vector.input)') or 'none'") == expected, "\(vector.input)")
            guard let text = vector.text else { continue }
            #expect(try value(of: "time.add('\(vector.input)', '0s') == '\(text)'") == .boolean(true))
        }
    }

    @Test func `decimals are read and written as everywhere`() throws {
        let rules = try Rules(
            """
            mapping { name = 'm', map = function(event)
              local ok, value = pcall(decimal, event.dimensions.n)
              return { dimensions = { text = ok and tostring(value) or 'none' } }
            end }
            """)
        for vector in try Vectors.decimals() {
            let expected = if case .text(let text) = vector.expected { text } else { "none" }
            let outcome = try rules.apply(Event(["n": .text(vector.input)]))
            #expect(outcome == .mapped([Outcome.Part(dimensions: ["text": .text(expected)])]), "\(vector.input)")
        }
    }

    @Test func `misspelt names find the one that was meant as everywhere`() throws {
        for (known, vectors) in Dictionary(grouping: try Vectors.words(), by: \.known) {
            let rules = try Rules(
                "filter { name = 'f', keep = function(event) return vars[event.dimensions.w] end }",
                vars: TextMap(known.map { ($0, 1) }) { first, _ in first })
            for vector in vectors where !known.contains(vector.word) {
                let hint = vector.nearest.map { "; did you mean '\($0)'?" } ?? "; set it in [vars] of config.toml"
                #expect(
                    try rules.apply(Event(["w": .text(vector.word)])).message
                        == "scripts/a.lua:1: vars.\(vector.word) is not defined\(hint)")
            }
        }
    }

    static let refused: [(expression: String, message: String)] = [
        ("json.encode({ 1, nil, 3 })", "json.encode: a list with holes has no JSON form"),
        ("json.encode({ 1, a = 2 })", "json.encode: a table that mixes positions and names has no JSON form"),
        ("json.encode(print)", "json.encode: a function has no JSON form"),
        ("json.encode(0/0)", "json.encode: a number is not a number (NaN); check the division that made it"),
        ("json.encode(2^60)", "json.encode: a number is a float of 2^53 or more, which has lost digits; use decimal"),
        ("json.encode('\\xff')", "json.encode: a string is not valid UTF-8"),
        (
            "json.encode((function() local t = {} t.t = t return t end)())",
            "json.encode: nested deeper than 64 levels (does a table contain itself?)"
        ),
        ("decimal('1.5x')", "decimal: expected a number of at most 18 digits before and 9 after the point, got 1.5x"),
        ("decimal('12abc')", "decimal: expected a number of at most 18 digits before and 9 after the point, got 12abc"),
        (
            "decimal('0.0000000001')",
            "decimal: expected a number of at most 18 digits before and 9 after the point, got 0.0000000001"
        ),
        ("decimal({})", "decimal: expected a number of at most 18 digits before and 9 after the point, got a table"),
        ("decimal(1) / 0", "decimal: division by zero"),
        ("decimal('999999999999999999') + 1", "a decimal has at most 18 digits before the point"),
        (
            "decimal('999999999999999999') * decimal('999999999999999999')",
            "a decimal has at most 18 digits before the point"
        ),
        ("decimal(2^60)", "decimal: the number is a float of 2^53 or more, which has lost digits; use decimal"),
        (
            "time.parts('yesterday')",
            "time: expected an RFC 3339 instant such as \"2026-10-01T00:00:02Z\", got \"yesterday\""
        ),
        ("time.parts(5)", "time: expected an RFC 3339 instant such as \"2026-10-01T00:00:02Z\", got a number"),
        (
            "time.parts('2024-01-01T00:00:00Z', 'Nowhere/City')",
            "time: there is no time zone \"Nowhere/City\"; expected a name such as \"Europe/Berlin\""
        ),
        (
            "time.add('2024-01-01T00:00:00Z', 'soon')",
            "time.add: expected a duration such as \"6h\", \"3 days\", \"-1 month\" or a number of seconds"
        ),
        ("time.add('2024-01-01T00:00:00Z', '99999999 years')", "time: the result lies outside the years 1 to 9999"),
        (
            "time.startOf('2024-01-01T00:00:00Z', 'fortnight')",
            "time.startOf: expected second, minute, hour, day, week, month, quarter or year"
        ),
        ("('x'):rep(1e9)", "string.rep: the result would be longer than 1048576 bytes"),
        ("('x'):find('[a')", "malformed pattern (missing ']')"),
        ("('x'):find('%')", "malformed pattern (ends with '%')"),
        ("('x'):gsub('x', '%2')", "invalid capture index %2"),
        ("table.unpack({}, 1, 1e8)", "too many results to unpack"),
        ("table.concat({ {} })", "table.concat: the value at 1 is table, expected a string or a number"),
        ("('x'):rep(3):rep(-1) .. nil", "attempt to concatenate a nil value"),
    ]

    @Test func `misuse is refused in words`() throws {
        for (expression, message) in Self.refused {
            #expect(try value(of: expression) == .text("scripts/a.lua:1: \(message)"), "\(expression)")
        }
    }
}
