import Testing
import TidemillOperations

/// Text that is no JSON is told with line and column, by hand counted; numbers are read whatever their length.
struct JSONPositionTests {
    private func problem(_ text: [UInt8]) -> String? {
        do throws(Payload.JSONError) {
            _ = try Payload(json: text)
            return nil
        } catch {
            return error.description
        }
    }

    @Test(arguments: [
        ("", "line 1, column 1: there is nothing; expected a value"),
        ("{\"id\":}", "line 1, column 7: expected a value, got \"}\""),
        ("{\n  \"a\": 1\n  \"b\": 2\n}", "line 3, column 3: expected , or } after the value, got \"\\\"\""),
        ("{\"a\": 1,}", "line 1, column 9: expected a name in double quotes, got \"}\""),
        ("{a: 1}", "line 1, column 2: expected a name in double quotes or }, got \"a\""),
        (
            "{'a': 1}",
            "line 1, column 2: expected a name in double quotes or }, got \"'\"; texts stand in double quotes"
        ),
        ("[1, 2,]", "line 1, column 7: expected a value, got \"]\""),
        ("[1 2]", "line 1, column 4: expected , or ] after the value, got \"2\""),
        ("{\"a\" 1}", "line 1, column 6: expected : after the name, got \"1\""),
        ("nul", "line 1, column 1: expected a value, got \"nul\""),
        ("[True]", "line 1, column 2: expected a value or ], got \"True\""),
        ("{\"é\": nil}", "line 1, column 7: expected a value, got \"nil\""),
        (
            "{\"a\": 01}",
            "line 1, column 7: no number: digits, with a point and digits or an exponent after them, and no zero in front"
        ),
        (
            "[1.]",
            "line 1, column 2: no number: digits, with a point and digits or an exponent after them, and no zero in front"
        ),
        ("{\"a\": \"b", "line 1, column 7: the text that begins here is never closed"),
        ("{\"a\": \"b\nc\"}", "line 1, column 9: a line ends inside of a text; write \\n, or close the text"),
        ("[\"\\q\"]", "line 1, column 3: no escape begins with \\ and this character; write \\\\ for a backslash"),
        ("[\"\\ud83d\"]", "line 1, column 3: half of a character: \\ud800 to \\udfff stand in pairs only"),
        ("{\"a\": 1} {}", "line 1, column 10: expected nothing after the value, got \"{\""),
        ("[[1]", "line 1, column 5: expected , or ] after the value, got the end"),
        (String(repeating: "[", count: 70), "line 1, column 65: nested more than 64 levels deep"),
        (
            "{\"a\": 12345678901234567890,\n \"b\": 1e400}",
            "line 2, column 7: a number that is too large for JSON here (1e308 at most); send it as a text"
        ),
        (
            "[" + String(repeating: "9", count: 400) + "]",
            "line 1, column 2: a number that is too large for JSON here (1e308 at most); send it as a text"
        ),
    ])
    func `what is no JSON is told with its place`(text: String, message: String) {
        #expect(problem(Array(text.utf8)) == message)
    }

    @Test func `bytes that are no text are told with their place`() {
        #expect(
            problem([UInt8(ascii: "["), UInt8(ascii: "\""), 0xC3, 0x28])
                == "line 1, column 3: bytes that are no UTF-8 text")
    }

    @Test(arguments: [
        "99999999999999999999", "-18446744073709551616", "1000000000000000000000000000000000000000",
        "18446744073709551615",
    ])
    func `integers beyond 64 bits keep their digits`(digits: String) throws {
        let value = try Payload(
            json: "{\"a\": [1, \(digits), \"\\\" 99999999999999999999\", 0.10], \"99999999999999999999\": 2}")
        #expect(value["a"] == [1, .number(digits), "\" 99999999999999999999", .number("0.10")])
        #expect(value["99999999999999999999"] == 2)
        #expect(try Payload(json: value.json) == value)
    }

    @Test func `a limit beyond 64 bits is out of bounds, and JSON all the same`() throws {
        let problems = OperationTable.row(.listRuns).problems(try Payload(json: "{\"limit\": 99999999999999999999}"))
        #expect(
            problems.count == 1 && problems[0].sentence.hasPrefix("'limit' must be "), "\(problems.map(\.sentence))")
    }
}
