import Testing
import TidemillCore
import TidemillOperations

@testable import TidemillGraphQL

/// Documents of the GraphQL specification (October 2021, sections 2 and 5), and what is none.
@Suite struct ParserTests {
    static let valid = [
        "{ field }",
        "mutation { likeStory(storyID: 12345) { story { likeCount } } }",
        "{ me { id firstName lastName birthday { month day } friends { name } } }",
        "{ user(id: 4) { id name profilePic(width: 100, height: 50) } }",
        "{ user(id: 4) { id smallPic: profilePic(size: 64) bigPic: profilePic(size: 1024) } }",
        """
        query withNestedFragments { user(id: 4) { friends(first: 10) { ...friendFields } } }
        fragment friendFields on User { id name ...standardProfilePic }
        fragment standardProfilePic on User { profilePic(size: 50) }
        """,
        "query inlineFragmentTyping { profiles(handles: [\"zuck\", \"coca-cola\"]) { handle ... on User { friends { count } } ... on Page { likers { count } } } }",
        "query inlineFragmentNoType($expandedInfo: Boolean) { user(handle: \"zuck\") { id ... @include(if: $expandedInfo) { firstName } } }",
        "query getZuckProfile($devicePicSize: Int = 64, $ids: [ID!]! = []) { user(id: 4) { profilePic(size: $devicePicSize) } }",
        "{ nearestThing(location: { lon: 12.43, lat: -53.211 }) }",
        "mutation { sendEmail(message: \"\"\"\n    Hello,\n      World!\n    \"\"\") }",
        "{ field(arg: null, list: [], none: {}, deep: [[1, 2], [ON, true, false]]) }",
        "# a comment\n,,,{\u{FEFF}a,b,c}#",
        "query on { on: type fragment: query(mutation: subscription) { ...on on { on } } } fragment fragment on on { on }",
        "query ($a: Int, $a: [[Int!]!]!) @one @two(x: \"y\") { a }",
    ]

    @Test(arguments: valid) func `what the specification shows is read`(_ text: String) throws {
        #expect(try !Parser.document(text).operations.isEmpty)
    }

    /// Line and column, and the message.
    static let invalid: [(text: String, line: Int, column: Int, message: String)] = [
        ("", 1, 1, "Syntax Error: Unexpected <EOF>."),
        ("{", 1, 2, "Syntax Error: Expected Name, found <EOF>."),
        ("{}", 1, 2, "Syntax Error: Expected Name, found \"}\"."),
        ("{ ...MissingOn }\nfragment MissingOn Type", 2, 20, "Syntax Error: Expected \"on\", found Name \"Type\"."),
        ("{ field: {} }", 1, 10, "Syntax Error: Expected Name, found \"{\"."),
        ("notAnOperation Foo { field }", 1, 1, "Syntax Error: Unexpected Name \"notAnOperation\"."),
        ("...", 1, 1, "Syntax Error: Unexpected \"...\"."),
        ("{ ..a }", 1, 3, "Syntax Error: Unexpected character: \".\"."),
        ("query ($x: Complex = { a: { b: [ $var ] } }) { field }", 1, 34, "Syntax Error: Unexpected \"$\"."),
        ("fragment on on on { on }", 1, 10, "Syntax Error: Unexpected Name \"on\"."),
        ("{ ...on }", 1, 9, "Syntax Error: Expected Name, found \"}\"."),
        ("{ a(b: ) }", 1, 8, "Syntax Error: Unexpected \")\"."),
        ("{ a() }", 1, 5, "Syntax Error: Expected Name, found \")\"."),
        ("{ a(b: 00) }", 1, 9, "Syntax Error: Invalid number, unexpected digit after 0: \"0\"."),
        ("{ a(b: 1.) }", 1, 10, "Syntax Error: Invalid number, expected digit but got: \")\"."),
        ("{ a(b: 1.5e) }", 1, 12, "Syntax Error: Invalid number, expected digit but got: \")\"."),
        ("{ a(b: -x) }", 1, 9, "Syntax Error: Invalid number, expected digit but got: \"x\"."),
        ("{ a(b: 1a) }", 1, 9, "Syntax Error: Invalid number, expected digit but got: \"a\"."),
        ("{ a(b: \"no end) }", 1, 18, "Syntax Error: Unterminated string."),
        ("{ a(b: \"line\nend\") }", 1, 13, "Syntax Error: Unterminated string."),
        ("{ a(b: \"\\q\") }", 1, 9, "Syntax Error: Invalid character escape sequence."),
        ("{ a(b: \"\\uD800\") }", 1, 9, "Syntax Error: Invalid character escape sequence."),
        ("{ a(b: \"\"\"no end) }", 1, 20, "Syntax Error: Unterminated string."),
        ("{\n  ü\n}", 2, 3, "Syntax Error: Unexpected character: \"ü\"."),
        ("{ a } type Query { a: Int }", 1, 7, "Syntax Error: Unexpected Name \"type\"."),
        ("{\r\n a\r b ?}", 3, 4, "Syntax Error: Unexpected character: \"?\"."),
        ("query ($x Int) { a }", 1, 11, "Syntax Error: Expected \":\", found Name \"Int\"."),
        ("{ a @ }", 1, 7, "Syntax Error: Expected Name, found \"}\"."),
        ("# ä\n{ a(b: \"ää\" ! ) }", 2, 13, "Syntax Error: Expected Name, found \"!\"."),
    ]

    @Test(arguments: invalid) func `what is no document is told with its place`(
        _ text: String, _ line: Int, _ column: Int, _ message: String
    ) throws {
        let problem = try #require(throws: Problem.self) { try Parser.document(text) }
        #expect(problem.message == message)
        #expect(problem.code == "GRAPHQL_PARSE_FAILED")
        #expect(problem.locations == [Location(line: line, column: column)])
    }

    private func value(_ literal: String) throws -> Payload? {
        let document = try Parser.document("{ a(b: \(literal)) }")
        guard case .field(let field)? = document.operations.first?.selections.first else { return nil }
        return field.arguments.first?.value.payload([:])
    }

    @Test func `numbers keep their digits`() throws {
        #expect(try value("0.1") == .number("0.1"))
        #expect(try value("12345678901234567890.123456789") == .number("12345678901234567890.123456789"))
        #expect(try value("12345678901234567890") == .number("12345678901234567890"))
        #expect(try value("-9223372036854775808") == .integer(.min))
        #expect(try value("1E+3") == .number("1E+3"))
    }

    @Test func `texts are what they say`() throws {
        #expect(try value(#""a\"b\\\/\b\f\n\r\t\u00e9\u{1F600}\uD83D\uDE00""#) == .string("a\"b\\/\u{8}\u{c}\n\r\té😀😀"))
        #expect(
            try value("\"\"\"\n      Hello,\n        World!\n\n      Yours,\n        GraphQL.\n    \"\"\"")
                == .string("Hello,\n  World!\n\nYours,\n  GraphQL."))
        #expect(try value(#""""a \""" b""""#) == .string("a \"\"\" b"))
        #expect(try value("\"\"") == .string(""))
    }

    @Test func `an object and a list are read with what is in them`() throws {
        #expect(try value("{ a: [1, { b: ON }], c: null }") == ["a": [1, ["b": "ON"]], "c": .null])
    }
}
