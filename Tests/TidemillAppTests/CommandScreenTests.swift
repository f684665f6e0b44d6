import Foundation
import Testing
import TidemillOperations

@testable import TidemillApp

/// Screens of the command line at real terminals of 80, 100 and 140 columns: no line is wider, and what each shows is what
/// stands in Screens/. Instants, ids, and how far a text is cut or goes on in a line are not compared.
///
/// `TIDEMILL_RECORD_SCREENS=1` writes them anew; read the difference.
struct CommandScreenTests {
    private static let screens: [(name: String, arguments: [String])] = [
        ("status", ["status"]), ("customer", ["customer", "acme"]), ("customer-credits", ["customer", "globex"]),
        ("usage", ["usage"]),
    ]

    /// Tables with instants: how long ago something was says which columns there is room for. The titles are those that
    /// stay.
    private static let tables: [(arguments: [String], titles: [String])] = [
        (["rejected"], ["records", "code", "why"]), (["rejected", "--no-grouped"], ["id", "code", "why"]),
        (["events", "--customer", "acme"], ["timestamp", "event", "outcome", "why"]),
        (["jobs"], ["name", "state"]), (["runs"], ["id", "name", "state"]),
        (["deliveries"], ["id", "name", "state"]), (["recharges"], ["customer", "result"]),
    ]

    private static let folder = Program.projectRoot.appending(path: "Tests/TidemillAppTests/Screens")

    @Test func `screens are as wide as the terminal at most, and show what they should`() throws {
        let mill = try ScreenFixture.mill()
        // One that was given up is an event of its customer, too.
        let record = try #require(try mill.json("rejected").items.first { $0["code"] == "rule_error" }?["id"]?.text)
        _ = try mill.json("rejected", "drop", record)
        func shown(_ arguments: [String], at columns: Int) throws -> String {
            let text = try PseudoTerminal(columns: columns).run(mill.program, arguments)
            for line in text.split(separator: "\n") {
                #expect(DisplayWidth.of(line) <= columns, "\(arguments) at \(columns): |\(line)|")
            }
            return text
        }
        for columns in [80, 100, 140] {
            for (arguments, titles) in Self.tables {
                let text = try shown(arguments, at: columns)
                let line = text.prefix { $0 != "\n" }.split(separator: #/ {2,}/#).map(String.init)
                #expect(titles.allSatisfy(line.contains), "\(arguments) at \(columns): \(text)")
                #expect(arguments[0] != "events" || text.contains(" dropped "), "\(text)")
            }
            for (name, arguments) in Self.screens {
                let text = try shown(arguments, at: columns)
                let steady = Self.steady(text)
                let file = Self.folder.appending(path: "\(name)-\(columns).txt")
                if ProcessInfo.processInfo.environment["TIDEMILL_RECORD_SCREENS"] != nil {
                    try FileManager.default.createDirectory(at: Self.folder, withIntermediateDirectories: true)
                    try Data(steady.utf8).write(to: file)
                }
                let pinned = try String(contentsOf: file, encoding: .utf8)
                #expect(steady == pinned, "\(name) at \(columns)")
            }
        }
        // In a pipe nothing is cut, and instants are whole.
        for arguments in Self.screens.map(\.arguments) + Self.tables.map(\.arguments) {
            let text = try mill.program.run(arguments).text
            #expect(!text.contains("…") && !text.contains("█") && !text.contains(" ago"), "\(arguments): \(text)")
        }
    }

    /// Without what is another one in each run: instants and ids, and blanks and cuts that depend on how long they are.
    private static func steady(_ text: String) -> String {
        var text = text
        // Instants first: a cut may be in the middle of one.
        text.replace(#/(in )?\d+ (s|min|h)( \d+ min)?( ago)?(?![a-z])/#, with: "TIME")
        text.replace(#/\d{1,2} [A-Z][a-z]{2}( \d{4})? \d\d:\d\d/#, with: "TIME")
        text.replace(#/\d{4}-\d\d-\d\d(T[0-9:.]+Z)?/#, with: "TIME")
        text.replace(#/day \d+ of \d+/#, with: "day N of N")
        text.replace(#/\b[0-9A-HJKMNP-TV-Z]{26}\b/#, with: "ULID")
        text.replace(#/\b[0-9a-f]{8,}(-[0-9a-f]{4,})*\b/#, with: "ID")
        text.replace(#/[0-9,.]+ (B|KiB|MiB|GiB|TiB)\b/#, with: "SIZE")
        text.replace(#/time zones .*/#, with: "time zones")
        text.replace(#/[0-9.]+ a second/#, with: "RATE a second")
        // A line goes on where there is no more room for it.
        text.replace(#/\n {2,}/#, with: " ")
        return text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            line.split(separator: #/ {2,}/#, omittingEmptySubsequences: false).map { cell in
                guard let cut = cell.firstIndex(of: "…") else { return String(cell) }
                return String(cell[..<cut].prefix(4)) + "…"
            }.joined(separator: "  ")
        }.joined(separator: "\n")
    }
}
