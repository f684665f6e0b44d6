import Foundation
import Testing
import TidemillOperations

@Suite struct PayloadWritingTests {
    @Test(
        arguments: [
            (.null, "null"), (true, "true"), (false, "false"), (0, "0"), (-42, "-42"),
            (.integer(.min), "-9223372036854775808"), (.number("1e3"), "1e3"), (.number("0.10"), "0.10"),
            ("", "\"\""), ("plain", "\"plain\""), ("a \"quoted\" \\ path/", #""a \"quoted\" \\ path/""#),
            ("\n\r\t\u{0}\u{8}\u{1F}\u{7F}", #""\n\r\t\u0000\u0008\u001f\u007f""#),
            ("ü ∑ 😀 \u{80}\u{2028}", "\"ü ∑ 😀 \u{80}\u{2028}\""),
            ("ü\nü", #""ü\nü""#),
            ([], "[]"), ([:], "{}"), ([1, [], "x", [:]], #"[1,[],"x",{}]"#),
            (
                ["b": 1, "a": [true, .null], "": "e", "B": ["z": 1, "y": 2]],
                #"{"":"e","B":{"y":2,"z":1},"a":[true,null],"b":1}"#
            ),
            (["a\"b": 1], #"{"a\"b":1}"#),
        ] as [(Payload, String)])
    func `a value is one line with sorted keys`(_ value: Payload, _ expected: String) {
        #expect(value.json == expected)
    }

    @Test func `people get a line for each member`() {
        let value: Payload = ["b": [1, ["x": "y"]], "a": [], "c": [:]]
        let expected = """
            {
              "a": [],
              "b": [
                1,
                {
                  "x": "y"
                }
              ],
              "c": {}
            }
            """
        #expect(value.prettyJSON == expected)
    }

    @Test func `of two branches, a value and nil, nil is none and not null`() {
        func value(_ payload: Payload, if isThere: Bool) -> Payload? { isThere ? payload : nil }
        #expect(value("x", if: true) == "x")
        #expect(value("x", if: false).map(\.isNull) == nil)
    }

    @Test func `every character comes back from another parser`() throws {
        let scalars = (0...0x2FF).compactMap { Unicode.Scalar($0) } + ["\u{FFFF}", "\u{10FFFF}", "\u{E000}"]
        let texts = scalars.map { String(Character($0)) } + [String(String.UnicodeScalarView(scalars))]
        let json = Payload.array(texts.map { .string($0) }).json
        let parsed = try #require(JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String])
        // Compared by their bytes: equal texts may be written differently.
        #expect(parsed.map { Array($0.utf8) } == texts.map { Array($0.utf8) })
        #expect(try Payload(json: json).items?.map(\.text) == texts)
    }

    @Test func `a text is quoted where it stands`() {
        var line = "name: "
        Payload.quote("a\u{1}b", to: &line)
        Payload.quote("", to: &line)
        #expect(line == #"name: "a\u0001b""""#)
    }
}
