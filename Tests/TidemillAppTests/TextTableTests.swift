import Foundation
import Testing
import TidemillCore
import TidemillTestSupport

@testable import TidemillApp

/// Tables at terminals of several widths, and in a pipe. Expected texts are written by hand.
struct TextTableTests {
    private static func terminal(_ width: Int) -> Terminal {
        Terminal(isOutputTerminal: true, isErrorTerminal: false, width: width, environment: ["NO_COLOR": "1"])
    }

    private static let pipe = Terminal(isOutputTerminal: false, isErrorTerminal: false, environment: [:])

    private static let runs: TextTable = {
        var table = TextTable(
            .id("run"), .text("job"), .state("state"), .number("attempts", rank: 2), .text("why", rank: 1),
            .id("place", rank: 3))
        table.add(
            "019a3f0e-7c1d-7a52-9a6e-1f2b3c4d5e6f", "nightly", "failed", "1,204",
            "client.provisonCustomer is not defined; did you mean provisionCustomer?", "scripts/nightly.lua:12")
        table.add("019a3f0e-7c1d-7a52-9a6e-1f2b3c4d5e70", "seats", "done", "1", "", "scripts/seats.lua:3")
        return table
    }()

    @Test func `in a pipe nothing is cut`() {
        #expect(
            Self.runs.text(Self.pipe) == """
                run                                   job      state   attempts  why                                                                      place
                019a3f0e-7c1d-7a52-9a6e-1f2b3c4d5e6f  nightly  failed     1,204  client.provisonCustomer is not defined; did you mean provisionCustomer?  scripts/nightly.lua:12
                019a3f0e-7c1d-7a52-9a6e-1f2b3c4d5e70  seats    done           1                                                                           scripts/seats.lua:3
                """)
    }

    @Test func `texts give first, the widest before the others, ids in their middle`() {
        // 79 less ten blanks and less 7, 6 and 8 columns that are not cut: 48 for run, why and place, 16 each.
        #expect(
            Self.runs.text(Self.terminal(79)) == """
                run               job      state   attempts  why               place
                019a3f0e…c4d5e6f  nightly  failed     1,204  client.provison…  scripts/….lua:12
                019a3f0e…c4d5e70  seats    done           1                    scripts/…s.lua:3
                """)
    }

    @Test(arguments: [
        (80, "run job state attempts why place"), (64, "run job state attempts why"), (50, "run job state why"),
        (36, "run job state"),
    ])
    func `what matters least is left out first`(width: Int, titles: String) {
        let line = Self.runs.text(Self.terminal(width)).split(separator: "\n")[0]
        #expect(line.split(separator: " ").joined(separator: " ") == titles)
    }

    @Test func `facts go on under themselves, broken at words`() {
        var facts = TextTable(.text("run"), .text("019a3f0e"))
        facts.add("state", "failed")
        facts.add("reason", "there is no plan \"plan-por\"; did you mean \"plan-pro\"?")
        #expect(
            facts.text(Self.terminal(34)) == """
                run     019a3f0e
                state   failed
                reason  there is no plan
                        "plan-por"; did you mean
                        "plan-pro"?
                """)
    }

    @Test func `rows that do not fit become cards`() {
        var table = TextTable(.word("at"), .word("until"))
        table.add("2026-11-30T07:03:55.000Z", "2026-12-01T07:03:55.000Z")
        table.add("2026-11-30T07:03:56.000Z", "")
        #expect(
            table.text(Self.terminal(40)) == """
                at     2026-11-30T07:03:55.000Z
                until  2026-12-01T07:03:55.000Z

                at     2026-11-30T07:03:56.000Z
                """)
    }

    @Test func `wide and combining characters take their columns`() {
        var table = TextTable(.text("name"), .number("used"))
        table.add("東京", "1")  // two wide characters: four columns
        table.add("Zu\u{308}rich", "22")  // a combining one: six
        #expect(
            table.text(Self.terminal(40)) == """
                name    used
                東京       1
                Zu\u{308}rich    22
                """)
        #expect(DisplayWidth.cut("東京都渋谷区", to: 8) == "東京都…")
        #expect(DisplayWidth.cut("scripts/nightly.lua:12", to: 15, inMiddle: true) == "scripts….lua:12")
    }

    @Test(arguments: [
        ("2026-11-30T07:03:43.900Z", "12 s ago"), ("2026-11-30T06:59:55Z", "4 min ago"),
        ("2026-11-30T05:48:10Z", "1 h 15 min ago"), ("2026-11-29T07:03:56Z", "23 h 59 min ago"),
        // A day and more: in Berlin it is an hour later than in UTC.
        ("2026-11-29T07:03:55Z", "29 Nov 08:03"), ("2025-12-31T23:30:00Z", "1 Jan 00:30"),
        ("2025-12-31T22:30:00Z", "31 Dec 2025 23:30"), ("2026-11-30T07:04:55Z", "in 1 min"),
        ("2026-12-01T07:03:54Z", "in 23 h 59 min"), ("disabled", "disabled"),
    ])
    func `instants are told as a person reads them, and whole in a pipe`(instant: String, shown: String) throws {
        var terminal = Self.terminal(40)
        terminal.now = try #require(Timestamp(rfc3339: "2026-11-30T07:03:55Z"))
        terminal.zone = try #require(TimeZone(identifier: "Europe/Berlin"))
        var table = TextTable(.time("next"))
        table.add(instant)
        #expect(table.text(terminal) == "next\n\(shown)")
        #expect(table.text(Self.pipe) == "next\n\(instant)")
    }

    @Test(arguments: 1...200)
    func `no line is wider than the terminal, and no number, state or instant is cut`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let kinds: [(String) -> TextTable.Column] = [
            { .text($0, rank: 1) }, { .id($0, rank: 2) }, { .number($0) }, { .state($0) }, { .word($0) }, { .text($0) },
        ]
        let letters = ["a", "b", "é", "東", "👩‍👩‍👧", "e\u{301}", " ", "-"]
        let columns = (0..<Int.random(in: 1...8, using: &random)).map { number in
            kinds[Int.random(in: 0..<kinds.count, using: &random)]("c\(number)")
        }
        var table = TextTable(columns)
        var whole: [String] = []
        for _ in 0..<Int.random(in: 0...6, using: &random) {
            table.add(
                columns.map { column in
                    guard column.kind.isCut else {
                        let cell = String(Int.random(in: 0...99_999, using: &random))
                        if column.rank == 0 { whole.append(cell) }
                        return cell
                    }
                    return (0..<Int.random(in: 0...60, using: &random)).map { _ in
                        letters[Int.random(in: 0..<letters.count, using: &random)]
                    }.joined()
                })
        }
        let width = Int.random(in: 60...140, using: &random)
        let text = table.text(Self.terminal(width))
        for line in text.split(separator: "\n") { #expect(DisplayWidth.of(line) <= width, "\(width): \(line)") }
        for cell in whole { #expect(text.contains(cell)) }
    }
}
