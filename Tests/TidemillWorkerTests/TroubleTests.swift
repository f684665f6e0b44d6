import Foundation
import Glibc
import Synchronization
import Testing
import TidemillCore
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
    @Test(.timeLimit(.minutes(1))) func `files beyond what may be claimed do not keep the loop busy`() async throws {
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
