import Foundation
import Testing
import TidemillCore
import TidemillOperations

@testable import TidemillApp

/// Slips in config.toml at which the TOML parser would end the process: each is a problem with its line instead.
struct ConfigSyntaxTests {
    private static func problems(_ text: String) -> [String] {
        do throws(ConfigProblems) {
            _ = try AppConfig.parse(text, file: "config.toml", environment: [:])
            return []
        } catch {
            return error.all.map(\.description)
        }
    }

    private static let expected =
        "not TOML: after \"[\" the name of a table must follow, such as [spool] or [[spool.inbox]], got "

    @Test(arguments: [
        ("[", "the end of the file"), ("[[", "the end of the file"), ("[ ", "the end of the file"), ("[\t!", "\"!\""),
        ("[=]", "\"=\""), ("[.a]", "\".\""), ("[é]", "\"é\""), ("[!]", "\"!\""), ("[#x", "\"#\""), ("[[=]]", "\"=\""),
        ("[\n", "the end of the line"), ("[[\r\n", "the end of the line"), ("[,", "\",\""),
    ])
    func `a table header without a name is named with its line, wherever it stands`(header: String, got: String) throws
    {
        for (before, line) in [
            ("", 1), ("\u{FEFF}", 1), ("[spool]\npath = \"x\" # [\n\n", 4), ("[[spool.inbox]]\npath = 'a'\n", 3),
            (
                "[vars]\na = \"\"\"\n[\n[[ \n\"x\" \"\"\"\"\nb = '''\n[=]'''\nc = [1, [2], # ]\n3]\nd.\"[\\\"\" = { e = \"]\" }\n",
                11
            ),
        ] {
            let problem = try #require(Self.problems(before + header).first)
            #expect(problem.hasPrefix("config.toml:\(line): \(Self.expected)\(got); a name is made of"), "\(before)")
        }
    }

    @Test func `an earlier mistake is reported first`() {
        #expect(Self.problems("a = 1 2\n[").first?.hasPrefix("config.toml:1: not TOML: ") == true)
        #expect(Self.problems("a = 1 2\n[").first?.contains("the name of a table") == false)
    }

    @Test func `brackets in texts, lists and comments are no headers`() {
        #expect(
            Self.problems(
                """
                # [
                [vars]
                a = \"\"\"
                [
                [= \\\"\"\" [
                \"\"\"\"\"
                b = '''
                [!]
                ''''
                c = [
                  [1, 2], # [#
                  [{ d = "[" }, '[',
                  ],
                ]
                "e [" = "\\"\\n["
                f = [2026, 1.5e3, -1, +2, 0x1F, true]
                g = 2026-01-01 07:32:00
                """
            ) == [
                "config.toml:17: vars.g must be a text, number, boolean, list or table, got a date or time; write dates as text, leave out nan and inf"
            ])
    }

    @Test(arguments: [
        ("x = [}", "config.toml:1: not TOML: a value must follow here, got \"}\""),
        ("x = [\n1,\n}]", "config.toml:3: not TOML: a value must follow here, got \"}\""),
        ("x = { a = [1, } }", "config.toml:1: not TOML: a value must follow here, got \"}\""),
        ("x = [1, \u{2028}]", "config.toml:1: not TOML: a value must follow here, got \"\\u{2028}\""),
        (
            "\nx = 1979-05-27T:",
            "config.toml:2: not TOML: after the date a time such as 07:32:00 must follow, got \":\""
        ),
        (
            "x = [1979-05-27true00:",
            "config.toml:1: not TOML: after the date a time such as 07:32:00 must follow, got \"r\""
        ),
        ("x = 1979-05-27 9}", "config.toml:1: not TOML: after the date a time such as 07:32:00 must follow, got \"9\""),
    ])
    func `a value that does not begin is named with its line`(text: String, message: String) {
        #expect(Self.problems(text).first?.hasPrefix(message) == true, "\(Self.problems(text))")
    }

    @Test func `what stands too deep is refused before anything follows it`() {
        let names = String(repeating: "a.", count: 20_000) + "a"
        let nested = String(repeating: "{ a.a.a = ", count: 100) + "1" + String(repeating: " }", count: 100)
        for text in ["\(names) = 1", "[\(names)]", "[[\(names)]]", "x = { \(names) = 1 }", "[vars]\nx = \(nested)"] {
            let line = text.hasPrefix("[vars]") ? 2 : 1
            #expect(
                Self.problems(text) == [
                    "config.toml:\(line): more than 128 names, tables and lists stand one inside of the other here; no setting needs more than three"
                ])
        }
        let list = String(repeating: "[", count: 100) + String(repeating: "]", count: 100)
        #expect(
            Self.problems("[vars]\nx = \(list)\ny = [\(Array(repeating: "1.5", count: 500).joined(separator: ","))]")
                == [])
    }

    /// Goal: no text ends the process. Method: shipped and odd configurations, changed at random by pieces of TOML; an
    /// assertion of the parser would end the test with its process.
    @Test func `no mutation of a configuration ends the process`() throws {
        let shipped = try String(contentsOf: Program.projectRoot.appending(path: "config.toml"), encoding: .utf8)
        let odd =
            "[[spool.inbox]]\npath = 'a' # c\n[vars]\ns = \"\"\"\n[\n\"q\" \"\"\"\"\nu = { a = 1, \"b.c\" = [1, 2, { d = 3 }] }\nw.x = \"\\\"[\\u00e9\"\n[vars.\"a]b\".'c']\nv = 1979-05-27T07:32:00Z\n"
        let pieces = [
            "[", "[[", "]", "]]", "[ ", "[=]", "é", "\"", "'", "\"\"\"", "'''", "\\", "\\u", ".", "=", "{", "}", ",",
            "#", "\n",
            "\r\n", "\r", "\t", " ", "\u{A0}", "\u{2028}", "\u{85}", "\u{FEFF}", "a.", "x=[", "x={", "-", "_", "+",
            "0x", "1e",
            "inf", "nan", "true", "t", "T", "Z", "1979-05-27", "07:32:00", ":", "0.5", "\u{7F}", "\u{1}", "1",
        ].map { Array($0.utf8) }
        let seeds = [Array(shipped.utf8), Array(odd.utf8), Array("x = ".utf8), Array("x = [".utf8)]
        var random = SeededRandom(seed: 7)
        var refused = 0
        for _ in 0..<4000 {
            var text = seeds[Int.random(in: 0..<seeds.count, using: &random)]
            for _ in 0..<Int.random(in: 1...5, using: &random) {
                let place =
                    text.isEmpty
                    ? 0 : Int.random(in: text.count < 20 ? text.count...text.count : 0...text.count, using: &random)
                switch Int.random(in: 0..<8, using: &random) {
                case 0: text.removeSubrange(place..<min(text.count, place + 7))
                case 1: text.removeSubrange(place...)
                default: text.insert(contentsOf: pieces[Int.random(in: 0..<pieces.count, using: &random)], at: place)
                }
            }
            if !Self.problems(String(decoding: text, as: UTF8.self)).isEmpty { refused += 1 }
        }
        #expect(refused > 1000)
    }

    @Test func `every command ends with 2 and the line`() throws {
        let mill = try Mill()
        try mill.folder.write("config.toml", "environment = \"test\"\n[spool]\n[\n")
        for command in [
            ["check"], ["run", "--once"], ["status"], ["usage"], ["verify"], ["jobs"], ["ingest", "x.ndjson"],
        ] {
            let ended = try mill.program.run(command)
            #expect(ended.status == 2, "\(command)")
            #expect(
                (ended.err + ended.text).contains("config.toml:3: \(Self.expected)the end of the line"), "\(command)")
        }
    }
}
