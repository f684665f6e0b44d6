import Foundation
import Glibc
import Testing

@testable import TidemillTriggers

/// Every way in which a file arrives, on a real folder with the kernel's real events.
@Suite struct ArrivalTests {
    @Test func `a file that is renamed in is ready at once`() throws {
        let kit = try SpoolKit()
        defer { kit.remove() }
        _ = try kit.look()
        try kit.deliver("a.json")
        #expect(try kit.ready() == ["a.json"])
    }

    @Test func `a file written in place is ready after the settle time`() throws {
        let kit = try SpoolKit()
        defer { kit.remove() }
        _ = try kit.look()
        try kit.write("a.json")
        #expect(try kit.ready() == [])
        kit.elapsed = .seconds(1.9)
        #expect(try kit.ready() == [])
        kit.elapsed = .seconds(2)
        #expect(try kit.ready() == ["a.json"])
    }

    @Test func `an append starts the settle time again`() throws {
        let kit = try SpoolKit()
        defer { kit.remove() }
        _ = try kit.look()
        try kit.write("a.ndjson", "{}\n")
        _ = try kit.look()
        kit.elapsed = .seconds(1.5)
        try kit.append("a.ndjson", "{}\n")
        #expect(try kit.ready() == [])
        kit.elapsed = .seconds(3)
        #expect(try kit.ready() == [])
        kit.elapsed = .seconds(3.5)
        #expect(try kit.ready() == ["a.ndjson"])
    }

    @Test func `three writes before the first look are one file`() throws {
        let kit = try SpoolKit()
        defer { kit.remove() }
        _ = try kit.look()
        for text in ["{", "{\"a\":1", "{\"a\":1}"] { try kit.write("a.json", text) }
        #expect(try kit.ready() == [])
        kit.elapsed = .seconds(2)
        #expect(try kit.claimReady().map(\.size) == [7])
    }

    @Test func `a slow writer that still has its quiet file open is waited for`() throws {
        let kit = try SpoolKit()
        defer { kit.remove() }
        _ = try kit.look()
        let writer = open(kit.file("a.json"), O_WRONLY | O_CREAT, 0o640)
        _ = Glibc.write(writer, "{", 1)
        _ = try kit.look()
        kit.elapsed = .seconds(60)
        #expect(try kit.claimReady().isEmpty)
        #expect(try kit.names("inbox") == ["a.json"])
        _ = Glibc.write(writer, "}", 1)
        close(writer)
        #expect(try kit.claimReady().isEmpty)
        kit.elapsed = .seconds(62)
        #expect(try kit.claimReady().map(\.size) == [2])
    }

    @Test func `a file renamed in by a writer that has it open is taken once it is closed`() throws {
        let kit = try SpoolKit()
        defer { kit.remove() }
        _ = try kit.look()
        let writer = open(kit.file("a.json", in: "tmp"), O_WRONLY | O_CREAT, 0o640)
        _ = Glibc.write(writer, "{}", 2)
        try check(rename(kit.file("a.json", in: "tmp"), kit.file("a.json")) == 0)
        #expect(try kit.claimReady().isEmpty)
        close(writer)
        kit.elapsed = .seconds(3)
        _ = try kit.look()
        kit.elapsed = .seconds(5)
        #expect(try kit.claimReady().map(\.name) == ["a.json"])
    }

    @Test func `a hard link is ready once the first name is gone`() throws {
        let kit = try SpoolKit()
        defer { kit.remove() }
        _ = try kit.look()
        try kit.write("a.json", in: "tmp")
        try check(link(kit.file("a.json", in: "tmp"), kit.file("a.json")) == 0)
        let first = try kit.look()
        #expect(first.ready.isEmpty && first.refused.isEmpty)
        try check(unlink(kit.file("a.json", in: "tmp")) == 0)
        kit.elapsed = .milliseconds(20)
        #expect(try kit.claimReady().map(\.name) == ["a.json"])
    }

    @Test func `a maildir producer that is done before the look is ready at once`() throws {
        let kit = try SpoolKit()
        defer { kit.remove() }
        _ = try kit.look()
        try kit.write("a.json", in: "tmp")
        try check(link(kit.file("a.json", in: "tmp"), kit.file("a.json")) == 0)
        try check(unlink(kit.file("a.json", in: "tmp")) == 0)
        #expect(try kit.ready() == ["a.json"])
    }

    @Test func `a hard link that keeps its other name is refused and never opened`() throws {
        let kit = try SpoolKit()
        defer { kit.remove() }
        try kit.write("secret", in: "tmp")
        try check(link(kit.file("secret", in: "tmp"), kit.file("a.json")) == 0)
        _ = try kit.look()
        kit.elapsed = .seconds(2)
        let look = try kit.look()
        #expect(look.refused.map(\.name) == ["a.json"])
        #expect(try kit.names("inbox") == ["a.json"])
    }

    @Test func `an unnamed file that is linked in is taken once it is closed`() throws {
        let kit = try SpoolKit()
        defer { kit.remove() }
        _ = try kit.look()
        let unnamed = open(kit.path + "/inbox", O_RDWR | 0o20_200_000, 0o640)  // O_TMPFILE
        try check(unnamed >= 0)
        _ = Glibc.write(unnamed, "{}", 2)
        try check(
            linkat(AT_FDCWD, "/proc/self/fd/\(unnamed)", AT_FDCWD, kit.file("a.json"), AT_SYMLINK_FOLLOW) == 0)
        #expect(try kit.claimReady().isEmpty)  // its writer has it open
        close(unnamed)
        kit.elapsed = .milliseconds(20)
        #expect(try kit.claimReady().map(\.name) == ["a.json"])
    }

    @Test func `files that lie there before the start are taken after the settle time`() throws {
        let kit = try SpoolKit()
        defer { kit.remove() }
        for number in 0..<5 { try kit.write("\(number).json") }
        #expect(try kit.ready() == [])
        kit.elapsed = .seconds(2)
        #expect(try Set(kit.ready()) == Set((0..<5).map { "\($0).json" }))
    }

    @Test func `a file renamed over a waiting one is the one that counts`() throws {
        let kit = try SpoolKit()
        defer { kit.remove() }
        _ = try kit.look()
        try kit.write("a.json", "old")
        _ = try kit.look()
        try kit.deliver("a.json", "newer")
        #expect(try kit.claimReady().map(\.size) == [5])
    }

    @Test func `a truncated file has another size and waits`() throws {
        let kit = try SpoolKit()
        defer { kit.remove() }
        try kit.write("a.json", "{}          ")
        _ = try kit.look()
        kit.elapsed = .seconds(1)
        try check(truncate(kit.file("a.json"), 2) == 0)
        _ = try kit.look()
        kit.elapsed = .seconds(2)
        #expect(try kit.ready() == [])
        kit.elapsed = .seconds(3)
        #expect(try kit.ready() == ["a.json"])
    }

    @Test func `without kernel events files are found by looking`() throws {
        let kit = try SpoolKit(events: false)
        defer { kit.remove() }
        let first = try kit.look()
        #expect(first.next == kit.now.advanced(by: .seconds(1)))
        try kit.deliver("a.json")
        #expect(try kit.ready() == [])
        kit.elapsed = .seconds(2)
        #expect(try kit.claimReady().map(\.name) == ["a.json"])
    }

    @Test func `a burst beyond the kernel's queue is found by the listing`() throws {
        let kit = try SpoolKit()
        defer { kit.remove() }
        _ = try kit.look()
        let limit =
            Int(
                String(
                    decoding: try Data(contentsOf: URL(fileURLWithPath: "/proc/sys/fs/inotify/max_queued_events")),
                    as: UTF8.self
                )
                .filter(\.isNumber)) ?? 16_384
        // Each delivery is one event; one more than fit.
        for number in 0...limit { try kit.deliver("\(number).json", "") }
        let first = try kit.look()
        #expect(first.ready.count + first.waiting == limit + 1 || first.hasMore)
        kit.elapsed = .seconds(2)
        var claimed = Set<String>()
        while case let files = try kit.claimReady(), !files.isEmpty { claimed.formUnion(files.map(\.name)) }
        #expect(claimed.count == limit + 1)
        #expect(try kit.names("inbox").isEmpty)
    }

    @Test func `a folder that takes the inbox's place is watched in its stead`() throws {
        let kit = try SpoolKit()
        defer { kit.remove() }
        _ = try kit.look()
        try check(rename(kit.path + "/inbox", kit.path + "/inbox.old") == 0)
        try check(mkdir(kit.path + "/inbox", 0o750) == 0)
        _ = try kit.look()
        try kit.deliver("a.json")
        #expect(try kit.ready() == ["a.json"])
        // What arrives in the old one is nobody's.
        try kit.write("b.json", in: "inbox.old")
        kit.elapsed = .seconds(5)
        #expect(try kit.ready() == ["a.json"])
    }

    @Test func `an inbox that is removed is waited for`() throws {
        let kit = try SpoolKit()
        defer { kit.remove() }
        _ = try kit.look()
        try check(rmdir(kit.path + "/inbox") == 0)
        let look = try kit.look()
        #expect(look.ready.isEmpty && look.next != nil)
        try check(mkdir(kit.path + "/inbox", 0o750) == 0)
        _ = try kit.look()
        try kit.deliver("a.json")
        #expect(try kit.claimReady().map(\.name) == ["a.json"])
    }

    @Test func `links, pipes, sockets and folders are refused and left`() throws {
        let kit = try SpoolKit()
        defer { kit.remove() }
        try kit.write("target", in: "tmp")
        try check(symlink(kit.file("target", in: "tmp"), kit.file("link.json")) == 0)
        try check(symlink("/nowhere", kit.file("dangling.json")) == 0)
        try check(mkfifo(kit.file("pipe.json"), 0o640) == 0)
        try check(mkdir(kit.file("folder.json"), 0o750) == 0)
        _ = try kit.look()
        kit.elapsed = .seconds(5)
        let look = try kit.look()
        #expect(look.ready.isEmpty)
        #expect(look.refusedTotal == 4)
        #expect(try kit.names("inbox").count == 4)
    }

    @Test func `a name that is not UTF-8 is refused with its bytes replaced`() throws {
        let kit = try SpoolKit()
        defer { kit.remove() }
        let name: [UInt8] = Array(kit.file("bad-").utf8) + [0xFF, 0xFE] + Array(".json".utf8) + [0]
        let descriptor = name.withUnsafeBufferPointer {
            $0.withMemoryRebound(to: CChar.self) { open($0.baseAddress!, O_WRONLY | O_CREAT, 0o640) }
        }
        try check(descriptor >= 0)
        close(descriptor)
        let look = try kit.look()
        #expect(look.refused.map(\.reason) == ["the name is not UTF-8; rename it"])
    }
}
