import Testing

@testable import TidemillTriggers

/// The decisions alone: listings and events in, verdicts out, on a clock of numbers.
@Suite struct InboxStateMachineTests {
    static let start = ContinuousClock.now

    struct Step {
        /// Seconds since the start.
        var at: Double
        var events: [InboxStateMachine.Event] = []
        var listing: [InboxFile]
        var ready: [String]
        /// Seconds since the start, nil where nothing is due.
        var next: Double?
    }

    static func file(
        _ name: String, inode: UInt64 = 1, size: Int64 = 10, modified: Int64 = 100, links: Int = 1,
        kind: InboxFile.Kind = .regular
    ) -> InboxFile {
        InboxFile(name: name, kind: kind, inode: inode, size: size, modified: modified, links: links)
    }

    static func machine(limit: Int = 100) -> InboxStateMachine {
        InboxStateMachine(rules: InboxRules(sizeMax: 1000), settle: .seconds(2), limit: limit, start: start)
    }

    static func instant(_ seconds: Double) -> ContinuousClock.Instant {
        start.advanced(by: .milliseconds(Int(seconds * 1000)))
    }

    static func look(
        _ machine: inout InboxStateMachine, at seconds: Double, _ listing: [InboxFile],
        events: [InboxStateMachine.Event] = [], lateEvents: [InboxStateMachine.Event] = []
    ) -> InboxStateMachine.Look {
        for event in events { machine.note(event) }
        machine.begin(now: instant(seconds))
        for file in listing where machine.needsStatus(name: file.name, isText: file.nameIsText) {
            machine.consider(file)
        }
        for event in lateEvents { machine.note(event) }
        return machine.end()
    }

    func run(_ steps: [Step], sourceLocation: SourceLocation = #_sourceLocation) {
        var machine = Self.machine()
        for (number, step) in steps.enumerated() {
            let look = Self.look(&machine, at: step.at, step.listing, events: step.events)
            #expect(look.ready.map(\.name) == step.ready, "step \(number)", sourceLocation: sourceLocation)
            #expect(look.next == step.next.map(Self.instant), "step \(number)", sourceLocation: sourceLocation)
        }
    }

    @Test func `a file that was there before waits until it was quiet`() {
        let file = Self.file("a.json")
        run([
            Step(at: 0, listing: [file], ready: [], next: 2),
            Step(at: 1.9, listing: [file], ready: [], next: 2),
            Step(at: 2, listing: [file], ready: ["a.json"], next: nil),
        ])
    }

    @Test func `growth and a new time begin the quiet time anew`() {
        run([
            Step(at: 0, listing: [Self.file("a.json", size: 1)], ready: [], next: 2),
            Step(at: 1, listing: [Self.file("a.json", size: 2)], ready: [], next: 3),
            Step(at: 2, listing: [Self.file("a.json", size: 2, modified: 101)], ready: [], next: 4),
            Step(at: 4, listing: [Self.file("a.json", size: 2, modified: 101)], ready: ["a.json"], next: nil),
        ])
    }

    @Test func `another file under the same name begins anew`() {
        run([
            Step(at: 0, listing: [Self.file("a.json", inode: 1)], ready: [], next: 2),
            Step(at: 2, listing: [Self.file("a.json", inode: 2)], ready: [], next: 4),
        ])
    }

    @Test func `a close after writing begins anew even when size and time stand`() {
        let file = Self.file("a.json")
        run([
            Step(at: 0, listing: [file], ready: [], next: 2),
            Step(at: 1.5, events: [.closedAfterWrite("a.json")], listing: [file], ready: [], next: 3.5),
            Step(at: 3.5, listing: [file], ready: ["a.json"], next: nil),
        ])
    }

    @Test func `what was renamed in is ready at once and stays so`() {
        let file = Self.file("a.json")
        run([
            Step(at: 0, events: [.movedIn("a.json")], listing: [file], ready: ["a.json"], next: nil),
            Step(at: 1, listing: [file], ready: ["a.json"], next: nil),
        ])
    }

    @Test func `what was renamed in and then appended to waits until it was quiet`() {
        run([
            Step(at: 0, events: [.movedIn("a.json")], listing: [Self.file("a.json")], ready: ["a.json"], next: nil),
            Step(
                at: 1, events: [.opened("a.json"), .closedAfterWrite("a.json")],
                listing: [Self.file("a.json", size: 20)], ready: [], next: 3),
            Step(at: 3, listing: [Self.file("a.json", size: 20)], ready: ["a.json"], next: nil),
        ])
    }

    @Test func `a name that was created with content and never opened was linked`() {
        run([
            Step(at: 0, events: [.created("a.json")], listing: [Self.file("a.json")], ready: ["a.json"], next: nil)
        ])
    }

    @Test func `a name that was created and opened is written in place`() {
        run([
            Step(
                at: 0, events: [.created("a.json"), .opened("a.json")], listing: [Self.file("a.json")], ready: [],
                next: 2)
        ])
    }

    @Test func `an opening that is reported after the listing still counts`() {
        var machine = Self.machine()
        let look = Self.look(
            &machine, at: 0, [Self.file("a.json")], events: [.created("a.json")], lateEvents: [.opened("a.json")])
        #expect(look.ready.isEmpty)
        #expect(look.waiting == 1)
    }

    @Test func `an empty name that was created may be about to be written`() {
        run([
            Step(at: 0, events: [.created("a.json")], listing: [Self.file("a.json", size: 0)], ready: [], next: 2)
        ])
    }

    @Test func `an arrival reported after the listing is looked for at once`() {
        var machine = Self.machine()
        let first = Self.look(&machine, at: 0, [], lateEvents: [.movedIn("a.json")])
        #expect(first.next == Self.instant(0))
        let second = Self.look(&machine, at: 0, [Self.file("a.json")])
        #expect(second.ready.map(\.name) == ["a.json"])
    }

    @Test func `an arrival that another worker took is forgotten`() {
        var machine = Self.machine()
        #expect(Self.look(&machine, at: 0, [], events: [.movedIn("a.json")]).next == Self.instant(0))
        #expect(Self.look(&machine, at: 0, []).next == nil)
        // The name comes again, written in place: the old report says nothing about it.
        #expect(Self.look(&machine, at: 1, [Self.file("a.json")]).ready.isEmpty)
    }

    @Test func `lost events leave what the listing shows`() {
        var machine = Self.machine()
        machine.note(.movedIn("a.json"))
        machine.forgetEvents()
        #expect(Self.look(&machine, at: 0, [Self.file("a.json")]).ready.isEmpty)
        #expect(Self.look(&machine, at: 2, [Self.file("a.json")]).ready.count == 1)
    }

    @Test func `a second link is waited for and refused once`() {
        var machine = Self.machine()
        let linked = Self.file("a.json", links: 2)
        let first = Self.look(&machine, at: 0, [linked], events: [.created("a.json")])
        #expect(first.refused.isEmpty)
        #expect(first.waiting == 1)
        #expect(first.next == Self.instant(0.02))
        let late = Self.look(&machine, at: 2, [linked])
        #expect(late.refused.map(\.name) == ["a.json"])
        #expect(Self.look(&machine, at: 3, [linked]).refused.isEmpty)
        #expect(Self.look(&machine, at: 3, [linked]).refusedTotal == 1)
    }

    @Test func `a linked file is ready once its other name is gone`() {
        var machine = Self.machine()
        _ = Self.look(&machine, at: 0, [Self.file("a.json", links: 2)], events: [.created("a.json")])
        #expect(Self.look(&machine, at: 0.02, [Self.file("a.json", links: 1)]).ready.count == 1)
    }

    @Test func `a whole file with a writer is tried again in growing steps`() {
        var machine = Self.machine()
        let file = Self.file("a.json")
        _ = Self.look(&machine, at: 0, [file], events: [.movedIn("a.json")])
        #expect(machine.isStillWritten(file, now: Self.instant(0)) == Self.instant(0.02))
        let waiting = Self.look(&machine, at: 0.01, [file])
        #expect(waiting.ready.isEmpty)
        #expect(waiting.next == Self.instant(0.02))
        #expect(Self.look(&machine, at: 0.02, [file]).ready.count == 1)
        #expect(machine.isStillWritten(file, now: Self.instant(0.02)) == Self.instant(0.06))
    }

    @Test func `a quiet file with a writer is quiet anew from then`() {
        var machine = Self.machine()
        let file = Self.file("a.json")
        _ = Self.look(&machine, at: 0, [file])
        #expect(Self.look(&machine, at: 2, [file]).ready.count == 1)
        #expect(machine.isStillWritten(file, now: Self.instant(2)) == Self.instant(4))
        #expect(Self.look(&machine, at: 3, [file]).ready.isEmpty)
        #expect(Self.look(&machine, at: 4, [file]).ready.count == 1)
    }

    @Test func `files start by modification time and then by the bytes of their names`() {
        var machine = Self.machine()
        let listing = [
            Self.file("b.json", inode: 1, modified: 5), Self.file("Z.json", inode: 2, modified: 5),
            Self.file("é.json", inode: 3, modified: 5), Self.file("late.json", inode: 4, modified: 9),
            Self.file("early.json", inode: 5, modified: 1),
        ]
        let look = Self.look(&machine, at: 0, listing, events: listing.map { .movedIn($0.name) })
        #expect(look.ready.map(\.name) == ["early.json", "Z.json", "b.json", "é.json", "late.json"])
    }

    @Test func `of many files the first in order are offered and the rest is announced`() {
        var machine = Self.machine(limit: 10)
        let names = (0..<1000).map { "f\($0).json" }.shuffled()
        let listing = names.map {
            Self.file($0, inode: UInt64($0.dropFirst().dropLast(5))!, modified: Int64($0.dropFirst().dropLast(5))!)
        }
        let look = Self.look(&machine, at: 0, listing, events: names.map { .movedIn($0) })
        #expect(look.ready.map(\.name) == (0..<10).map { "f\($0).json" })
        #expect(look.hasMore)
    }

    @Test func `a refusal is said again when the entry was away`() {
        var machine = Self.machine()
        let link = Self.file("a.json", kind: .link)
        #expect(Self.look(&machine, at: 0, [link]).refused.count == 1)
        #expect(Self.look(&machine, at: 1, [link]).refused.isEmpty)
        _ = Self.look(&machine, at: 2, [])
        #expect(Self.look(&machine, at: 3, [link]).refused.count == 1)
    }

    @Test func `quiet times are right after more than 50 days`() {
        var machine = Self.machine()
        let days: Double = 60 * 86_400
        #expect(Self.look(&machine, at: days, [Self.file("a.json")]).ready.isEmpty)
        #expect(Self.look(&machine, at: days + 2, [Self.file("a.json")]).ready.count == 1)
    }

    @Test(
        arguments: [
            (".hidden.json", true), ("a.json.tmp", true), ("a.json.part", true), ("a.json~", true),
            ("a.json.crdownload", true), ("a.txt", false), ("a.JSON", false), (".json", true), ("-rf.json", false),
            ("a.tar.gz", false), ("a.txt.zst", false), ("a.csv.xz", false), (".gz", true), ("a.gz.part", true),
            ("a\nb.json", false), ("a\u{202E}nosj.json", false), ("a\\b.json", false), ("é\u{7F}.json", false),
        ])
    func `hidden and unfinished names are passed over, odd names refused`(name: String, isIgnored: Bool) {
        var machine = Self.machine()
        let look = Self.look(&machine, at: 0, [Self.file(name)])
        #expect(look.ready.isEmpty && look.waiting == 0)
        #expect(look.ignored == (isIgnored ? 1 : 0))
        #expect(look.refused.map(\.name) == (isIgnored ? [] : [name]))
    }

    @Test(arguments: [
        "a.json", "Usage March.ndjson", "März-2026.jsonl", "_x.json", "7.json", "a.json.ndjson", "a.csv",
        "a.ndjson.gz", "a.csv.zst", "a.json.gz", "a.gz", "2026-11-30.1.zst",
    ])
    func `plain names are taken`(name: String) {
        var machine = Self.machine()
        #expect(Self.look(&machine, at: 0, [Self.file(name)]).waiting == 1)
    }

    @Test func `each refusal says what it is and what to do`() {
        let rules = InboxRules(sizeMax: 1000)
        func reason(_ file: InboxFile) -> String {
            switch rules.judge(file) {
            case .refused(let reason), .linkedElsewhere(let reason): reason
            case .acceptable, .ignored: ""
            }
        }
        #expect(
            reason(Self.file("a.json", kind: .pipe))
                == "it is a named pipe, not a regular file; put the file itself here")
        #expect(
            reason(Self.file("a.json", size: 1001))
                == "it has 1001 bytes, spool.max_file allows 1000; split it or raise the limit")
        #expect(
            reason(Self.file("a.json", links: 3))
                == "it has 3 names (hard links); remove the others, or put a copy here")
        #expect(
            reason(Self.file("a.txt"))
                == "the name must end in .json, .ndjson, .jsonl or .csv, or in one of these with .gz or .zst behind it; rename it or take it away"
        )
        #expect(
            reason(Self.file(String(repeating: "x", count: 196) + ".json"))
                == "the name has 201 bytes, 200 at most; give it a shorter one")
    }

    @Test func `a refusal shows the control characters of a name escaped`() {
        let refusal = Refusal(name: "a\nb\u{1B}[2J.json", reason: "odd")
        #expect(refusal.description == "a\\nb\\u{1B}[2J.json: odd")
    }
}
