import Foundation
import Glibc
import Synchronization
import Testing
import TidemillCore
import TidemillIngest
import TidemillOperations
import TidemillStore

@testable import TidemillTriggers
@testable import TidemillWorker

/// Busy stores, full disks, processing that fails: nothing claimed is lost.
@Suite struct TroubleTests {
    @Test func `a busy store is waited out`() async throws {
        let kit = try WorkerKit()
        defer { kit.remove() }
        for name in ["a.json", "b.json"] { try kit.deliver(name) }
        let faulty = FaultyStore(kit.store)
        faulty.failWrites((0..<5).map { _ in StoreError(.busy, "busy") } + [StoreError(.full, "full")])
        let totals = try await kit.loop(store: faulty).run(once: true)
        #expect(totals.done == 2)
        #expect(faulty.errorsLeft == 0)
        #expect(try kit.rows().count == 2)
    }

    @Test func `a store that stays full ends once with its error and keeps the claims`() async throws {
        let kit = try WorkerKit()
        defer { kit.remove() }
        try kit.deliver("a.json")
        let faulty = FaultyStore(kit.store)
        faulty.failWrites((0..<100).map { _ in StoreError(.full, "the disk is full") })
        func run() async throws { try await kit.loop(store: faulty).run(once: true) }
        await #expect(throws: StoreError.self) { try await run() }
        #expect(kit.names("work").count == 1)
        #expect(try await kit.loop().run(once: true).done == 1)
    }

    @Test func `deliveries that must wait are tried again in order`() async throws {
        let kit = try WorkerKit()
        defer { kit.remove() }
        for name in ["a.json", "b.json"] { try kit.deliver(name) }
        kit.processor.answer(
            "a.json", .state(.retryLater(message: "busy")), .state(.retryLater(message: "busy")))
        let totals = try await kit.loop().run(once: true)
        #expect(totals.done == 2 && totals.left == 0)
        #expect(kit.processor.groups == [["a.json", "b.json"], ["a.json"], ["a.json"]])
    }

    @Test func `a file that cannot be read is held after a minute, never failed, and tried again later`() async throws {
        let kit = try WorkerKit()
        defer { kit.remove() }
        for name in ["a.json", "b.json"] { try kit.deliver(name) }
        let bad = FakeProcessor.Answer.state(.unreachable(message: "Input/output error", isShared: false))
        for _ in 0..<8 { kit.processor.answer("a.json", bad) }
        let time = RunningTime()
        let events = Events()
        let loop = try kit.loop(time: time.time, observe: events.observe)
        async let totals = loop.run()
        // b goes on at once; a is tried seven times within a minute or two, held, and tried again each ten minutes.
        await events.acknowledged("a.json")
        loop.requestStop()
        let end = try await totals
        #expect(end.done == 2 && end.failed == 0 && end.held == 2)
        #expect(kit.processor.groups.map { $0.contains("b.json") }.firstIndex(of: true) == 0)
        #expect(kit.processor.groups.count { $0.contains("a.json") } == 9)
        // 1 + 2 + 4 + 8 + 16 + 32 s to the hold, then ten minutes twice.
        #expect(time.now.microseconds - RunningTime.begin.microseconds >= (63 + 2 * 600) * 1_000_000)
        #expect(try kit.rows().map(\.state) == [.done, .done])
    }

    @Test func `run once holds a file that cannot be read, and the next worker tries it`() async throws {
        let kit = try WorkerKit()
        defer { kit.remove() }
        try kit.deliver("a.json")
        for _ in 0..<1000 {
            kit.processor.answer("a.json", .state(.unreachable(message: "Stale file handle", isShared: false)))
        }
        let totals = try await kit.loop().run(once: true)
        #expect(totals.held == 1 && totals.failed == 0 && totals.left == 0 && totals.needsAttention)
        let row = try #require(try kit.rows().first)
        #expect(row.state == .held && row.code == "unreachable" && row.message == "Stale file handle")
        #expect(kit.names("failed").isEmpty && kit.names("work").count == 1)
        kit.processor.state.withLock { $0.answers = [:] }
        #expect(try await kit.loop().run(once: true).done == 1)
        #expect(try kit.rows().map(\.applied) == [1])
    }

    @Test func `what every file meets keeps all waiting in their order`() async throws {
        let kit = try WorkerKit()
        defer { kit.remove() }
        for name in ["a.json", "b.json"] { try kit.deliver(name) }
        for _ in 0..<3 {
            kit.processor.answer("a.json", .state(.unreachable(message: "Too many open files", isShared: true)))
            kit.processor.answer("b.json", .state(.retryLater(message: "stopped before its turn")))
        }
        let totals = try await kit.loop().run(once: true)
        #expect(totals.done == 2 && totals.held == 0)
        #expect(kit.processor.groups.allSatisfy { $0 == ["a.json", "b.json"] })
    }

    @Test func `a fault that looks like everybody's and stays one file's holds that one, and the others go on`()
        async throws
    {
        let kit = try WorkerKit()
        defer { kit.remove() }
        for name in ["a.json", "b.json"] { try kit.deliver(name) }
        for _ in 0..<1000 {
            kit.processor.answer("a.json", .state(.unreachable(message: "Too many open files", isShared: true)))
        }
        // As long as both are tried together, b's turn does not come.
        for _ in 0..<7 { kit.processor.answer("b.json", .state(.retryLater(message: "stopped before its turn"))) }
        let totals = try await kit.loop().run(once: true)
        #expect(totals.done == 1 && totals.held == 1 && totals.failed == 0 && totals.left == 0)
        #expect(
            kit.processor.groups.prefix(9)
                == ArraySlice(
                    [[String]](repeating: ["a.json", "b.json"], count: 7) + [["a.json"], ["b.json"]]))
        #expect(try kit.rows().map(\.state) == [.held, .done])
    }

    @Test func `a delivery that breaks its group is tried alone and the others go on`() async throws {
        let kit = try WorkerKit()
        defer { kit.remove() }
        for name in ["a.json", "b.json", "c.json"] { try kit.deliver(name) }
        kit.processor.answer("b.json", .throwing, .throwing, .throwing)
        let totals = try await kit.loop().run(once: true)
        #expect(totals.done == 3)
        #expect(kit.processor.groups[0] == ["a.json", "b.json", "c.json"])
        #expect(kit.processor.groups[1...3] == [["a.json"], ["b.json"], ["c.json"]])
        #expect(try kit.rows().allSatisfy { $0.applied == 1 })
    }

    @Test func `a delivery that never can be processed stays in work and is told`() async throws {
        let kit = try WorkerKit()
        defer { kit.remove() }
        for name in ["a.json", "b.json"] { try kit.deliver(name) }
        for _ in 0..<1000 { kit.processor.answer("b.json", .throwing) }
        let totals = try await kit.loop().run(once: true)
        #expect(totals.done == 1 && totals.left == 1 && totals.needsAttention)
        #expect(kit.names("work").count == 1)
        #expect(try kit.rows().map(\.state) == [.done, .claimed])
    }

    @Test func `a delivery that another worker took over is left alone`() async throws {
        let kit = try WorkerKit()
        defer { kit.remove() }
        for name in ["a.json", "b.json"] { try kit.deliver(name) }
        kit.processor.answer("a.json", .state(.lost))
        let totals = try await kit.loop().run(once: true)
        #expect(totals.done == 1)
        #expect(kit.names("work").count == 1)
        #expect(try kit.rows().first { $0.name == "a.json" }?.state == .claimed)
    }

    @Test func `results that cannot be written are written later`() async throws {
        let kit = try WorkerKit()
        defer { kit.remove() }
        try kit.deliver("a.json")
        // A file where the day's folder should be.
        let obstacle = kit.spoolPath + "/done/2026-11-22"
        try FileManager.default.createDirectory(atPath: kit.spoolPath + "/done", withIntermediateDirectories: true)
        try Data().write(to: URL(fileURLWithPath: obstacle))
        #expect(try await kit.loop().run(once: true).done == 1)
        #expect(try kit.rows().map(\.isAcknowledged) == [false])
        try FileManager.default.removeItem(atPath: obstacle)
        try await kit.loop().run(once: true)
        #expect(try kit.rows().map(\.isAcknowledged) == [true])
        #expect(kit.done == ["a.json", "a.json.result.json"])
    }

    @Test func `an inbox that cannot be read does not stop the others`() async throws {
        let kit = try WorkerKit()
        defer { kit.remove() }
        let spool = try kit.spool(inboxes: ["one", "two"])
        try FileManager.default.removeItem(atPath: kit.spoolPath + "/one")
        try Data().write(to: URL(fileURLWithPath: kit.spoolPath + "/one"))
        try kit.deliver("a.json", inbox: "two")
        let totals = try await kit.loop(spool: spool).run(once: true)
        #expect(totals.done == 1)
    }

    /// Time moves only while the loop sleeps: one that does not wait would never end.
    @Test(.timeLimit(.minutes(10))) func `files beyond what may be claimed do not keep the loop busy`() async throws {
        let kit = try WorkerKit()
        defer { kit.remove() }
        let count = 2 * IngestLoop.batchFiles + 1
        for number in 0..<count { try kit.deliver("\(number).json") }
        let isFirst = Mutex(true)
        kit.processor.beforeEachGroup { _ in
            let fails = isFirst.withLock { first in
                defer { first = false }
                return first
            }
            if fails { throw StoreError(.busy, "busy") }
        }
        #expect(try await kit.loop().run(once: true).done == count)
    }

    @Test func `an own claim that was lost sight of is found again`() async throws {
        let kit = try WorkerKit()
        defer { kit.remove() }
        let spool = try kit.spool()
        let claim = spool.instance.nextClaim(at: RunningTime.begin, inbox: ClaimID.inboxTag("inbox"))
        let path = "\(kit.spoolPath)/work/\(claim.workName("a.json"))"
        try Data("{}\n{}\n".utf8).write(to: URL(fileURLWithPath: path))
        #expect(try await kit.loop(spool: spool).run(once: true).done == 1)
        #expect(try kit.rows().map(\.applied) == [2])
        #expect(kit.names("work").isEmpty)
    }
}
