import Dispatch
import Glibc
import Testing

@testable import TidemillTriggers

/// What open and close events say about writers, with the ways in which the kernel blurs them.
struct OpenFilesTests {
    private let start = ContinuousClock.now
    private let file = InboxFile(name: "a.ndjson", inode: 7, size: 10, modified: 1)

    private func isHeld(
        _ events: [OpenFiles.Event], after seconds: Int = 0, _ location: SourceLocation = #_sourceLocation
    ) -> Bool {
        var open = OpenFiles()
        for event in events { open.note(event, of: file.name, in: 1) }
        _ = open.holds(file, in: 1, now: start)
        return open.holds(file, in: 1, now: start.advanced(by: .seconds(seconds)))
    }

    private func holds(_ open: inout OpenFiles, _ file: InboxFile, after seconds: Int = 0) -> Bool {
        open.holds(file, in: 1, now: start.advanced(by: .seconds(seconds)))
    }

    @Test func `a maker has it until he closes it, whoever reads meanwhile`() {
        #expect(isHeld([.created, .opened], after: 600))
        #expect(isHeld([.created, .opened, .opened, .closedAfterRead], after: 600))
        #expect(!isHeld([.created, .opened, .closedAfterWrite]))
        // Not for ever, and so for a link that somebody reads.
        #expect(!isHeld([.created, .opened], after: 3601))
    }

    @Test func `a reader holds nothing for longer than a minute`() {
        #expect(!isHeld([.opened, .closedAfterRead]))
        #expect(isHeld([.opened], after: 59))
        #expect(!isHeld([.opened], after: 60))
        #expect(!isHeld([.created, .opened, .closedAfterWrite, .opened, .closedAfterRead]))
    }

    @Test func `looks at a file that a reader holds open do not begin its minute anew`() {
        // A reader that never closes, and this worker's own look every ten seconds: opened, and closed unwritten.
        var open = OpenFiles()
        open.note(.opened, of: file.name, in: 1)
        for second in stride(from: 0, to: 60, by: 10) {
            #expect(holds(&open, file, after: second))
            open.note(.opened, of: file.name, in: 1)
            open.note(.closedAfterRead, of: file.name, in: 1)
        }
        #expect(!holds(&open, file, after: 60))
    }

    @Test func `looks at a file that its maker forgot to close do not begin its hour anew`() {
        var open = OpenFiles()
        open.note(.created, of: file.name, in: 1)
        open.note(.opened, of: file.name, in: 1)
        for second in stride(from: 0, to: 3600, by: 50) {
            #expect(holds(&open, file, after: second))
            open.note(.opened, of: file.name, in: 1)
            open.note(.closedAfterRead, of: file.name, in: 1)
        }
        #expect(!holds(&open, file, after: 3600))
    }

    @Test func `a writer is not forgotten when the worker puts the file back that it had open itself`() throws {
        let kit = try SpoolKit()
        defer { kit.remove() }
        let inotify = try #require(Inotify(queue: DispatchQueue(label: "test"), wake: kit.wake))
        let inbox = try Directory("\(kit.path)/inbox")
        let watch = try #require(inotify.watch(inbox, opens: true))
        let writer = Glibc.open(kit.file("a.ndjson"), O_WRONLY | O_CREAT, 0o640)
        try check(writer >= 0)
        defer { close(writer) }
        let file = try #require(try inbox.file("a.ndjson"))
        #expect(inotify.isHeldOpen(file, in: watch, now: start))

        // As a claim does that finds the file changed once it is moved: opened, moved, moved back, closed.
        let look = Glibc.open(kit.file("a.ndjson"), O_RDONLY)
        try check(look >= 0)
        let entry = try #require(inotify.openEntry("a.ndjson", in: watch))
        try check(rename(kit.file("a.ndjson"), kit.file("x", in: "work")) == 0)
        try check(rename(kit.file("x", in: "work"), kit.file("a.ndjson")) == 0)
        inotify.restore(entry, "a.ndjson", in: watch)
        close(look)
        #expect(inotify.isHeldOpen(file, in: watch, now: start.advanced(by: .seconds(1))))
        #expect(!inotify.isHeldOpen(file, in: watch, now: start.advanced(by: .seconds(61))))
    }

    @Test func `openings that came as one event do not hide the maker`() {
        // Maker and reader opened it: one event; the reader closed.
        #expect(isHeld([.created, .opened, .closedAfterRead], after: 59))
        #expect(!isHeld([.created, .opened, .closedAfterRead, .closedAfterWrite]))
        // A link has never been opened.
        #expect(!isHeld([.created]))
    }

    @Test func `of two writers both must close`() {
        #expect(isHeld([.created, .opened, .opened, .closedAfterWrite]))
        #expect(!isHeld([.created, .opened, .opened, .closedAfterWrite, .closedAfterWrite]))
    }

    @Test func `a change of the file begins the time anew`() {
        var open = OpenFiles()
        open.note(.opened, of: file.name, in: 1)
        #expect(holds(&open, file))
        var grown = file
        grown.size = 20
        #expect(holds(&open, grown, after: 59))
        #expect(holds(&open, grown, after: 118))
        #expect(!holds(&open, grown, after: 120))
    }

    @Test func `what is known moves with the file`() {
        var open = OpenFiles()
        open.note(.created, of: "x", in: 2)
        open.note(.opened, of: "x", in: 2)
        open.note(.movedOut(cookie: 5), of: "x", in: 2)
        open.note(.movedIn(cookie: 5), of: file.name, in: 1)
        #expect(holds(&open, file))
        open.note(.closedAfterWrite, of: file.name, in: 1)
        #expect(!holds(&open, file))
        // Another file under the name starts with nothing.
        open.note(.opened, of: file.name, in: 1)
        open.note(.movedIn(cookie: 6), of: file.name, in: 1)
        #expect(!holds(&open, file))
    }

    @Test func `lost events forget all, and the memory is bounded`() {
        var open = OpenFiles()
        for number in 0..<(OpenFiles.filesMax + 10) { open.note(.opened, of: "\(number)", in: 1) }
        #expect(open.entry("0", in: 1) != nil)
        #expect(open.entry("\(OpenFiles.filesMax + 5)", in: 1) == nil)
        open.note(.removed, of: "0", in: 1)
        open.note(.opened, of: "new", in: 1)
        #expect(open.entry("new", in: 1) != nil)
        open.forgetAll()
        #expect(open.entry("new", in: 1) == nil)
    }
}
