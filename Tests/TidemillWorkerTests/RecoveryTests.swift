import Foundation
import Glibc
import Testing
import TidemillCore
import TidemillIngest
import TidemillOperations
import TidemillStore

@testable import TidemillTriggers
@testable import TidemillWorker

/// Goal: wherever a worker dies, the next one ends with every record applied once, every file kept and acknowledged.
/// Method: do the steps of a delivery one by one up to a point, drop the worker (its lock goes with it), run another.
@Suite struct RecoveryTests {
    /// The steps of one delivery, in order; a crash happens after each.
    enum Step: Int, CaseIterable, Comparable, CustomTestStringConvertible {
        case arrived, claimed, registered, applied, finished, moved, reported, acknowledged

        static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
        var testDescription: String { "after \(self)" }
    }

    /// Does the steps up to `last` as a worker would, and dies.
    func live(_ kit: WorkerKit, until last: Step) async throws {
        let spool = try kit.spool()
        try kit.deliver("a.ndjson", lines: 5)
        let inbox = Inbox("inbox", spool: spool, inotify: nil, start: .now)
        let start = ContinuousClock.now
        _ = try inbox.look(now: start)
        let later = start.advanced(by: .seconds(3))
        let ready = try inbox.look(now: later).ready
        guard last >= .claimed else { return }
        let file = try #require(try inbox.claim(ready, at: RunningTime.begin, now: later).files.first)
        let id = file.claim.delivery
        let owner = spool.instance.tag
        guard last >= .registered else { return }
        try kit.store.write {
            try DeliveryLedger.register([IngestLoop.row(file)], owner: owner, spool: spool.id, on: $0)
        }
        guard last >= .applied else { return }
        let delivery = ClaimedDelivery(
            id: id, inbox: "inbox", name: file.name, path: spool.workPath(file.claim, name: file.name), size: file.size,
            receivedAt: file.claim.claimedAt, owner: owner, accepts: [.event])
        #expect(try await kit.processor.process([delivery]).map(\.state) == [.done])
        guard last >= .finished else { return }
        let finishedAt = RunningTime.begin.advanced(bySeconds: 60)
        let isFinished = try kit.store.write {
            try DeliveryLedger.finish(id, owner: owner, as: .done, at: finishedAt, on: $0)
        }
        #expect(isFinished)
        guard last >= .moved else { return }
        let results = ResultFiles(spool)
        let finished = FinishedFile(claim: file.claim, name: file.name, outcome: .done, finishedAt: finishedAt)
        let kept = try results.move(finished)
        guard last >= .reported else { return }
        try results.writeReport(finished, keptAs: kept, durably: false) { try $0.write("{\"half\":true}") }
        guard last >= .acknowledged else { return }
        try kit.store.write { try DeliveryLedger.acknowledge([(id, "done/2026-11-22/\(kept)")], on: $0) }
    }

    @Test(arguments: Step.allCases, [false, true])
    func `a worker that dies is succeeded`(last: Step, nameIsTaken: Bool) async throws {
        let kit = try WorkerKit()
        defer { kit.remove() }
        if nameIsTaken {
            try kit.deliver("a.ndjson", lines: 1)
            try await kit.loop().run(once: true)
        }
        try await live(kit, until: last)
        try await kit.loop().run(once: true)
        let rows = try kit.rows()
        #expect(rows.count == (nameIsTaken ? 2 : 1))
        #expect(rows.map(\.applied).sorted() == (nameIsTaken ? [1, 5] : [5]))
        #expect(rows.allSatisfy { $0.state == .done && $0.isAcknowledged })
        #expect(kit.names("inbox").isEmpty && kit.names("work").isEmpty)
        #expect(kit.done.count == (nameIsTaken ? 4 : 2))
        #expect(kit.names("tmp").isEmpty)
        // The acknowledgement is whole, unless the dead worker had said in the store that its own was.
        if last < .acknowledged, let kept = rows.first(where: { $0.applied == 5 })?.keptAs?.split(separator: "/").last {
            #expect(try kit.report(kept + ".result.json")["applied"] == 5)
        }
    }

    /// A row of a program that noted no spool: as the upgrade finds it.
    private func forgetSpool(_ kit: WorkerKit) throws {
        _ = try kit.store.write { try $0.execute("UPDATE deliveries SET spool_id = NULL") }
    }

    @Test(arguments: Step.allCases.filter { $0 >= .registered })
    func `a row of an older program goes to the spool that has its file`(last: Step) async throws {
        let kit = try WorkerKit()
        defer { kit.remove() }
        try await live(kit, until: last)
        try forgetSpool(kit)
        // Another spool of the store comes first, and has nothing of it.
        let other = try Spool(
            SpoolSettings(path: kit.path + "/other", inboxes: ["inbox"]), storeID: "s", logger: WorkerKit.logger)
        #expect(try await kit.loop(spool: other).run(once: true).done == 0)
        #expect(try kit.rows().map(\.spoolID) == [nil])
        let own = try kit.spool()
        try await kit.loop(spool: own).run(once: true)
        let row = try #require(try kit.rows().first)
        #expect(row.state == .done && row.isAcknowledged && row.applied == 5)
        #expect(last == .acknowledged || row.spoolID == own.id)
        #expect(kit.done.count == 2)
    }

    @Test func `an older program's row whose file and worker left no trace here is left to others`() async throws {
        let kit = try WorkerKit()
        defer { kit.remove() }
        try await live(kit, until: .registered)
        try forgetSpool(kit)
        for folder in ["work", "work/.owners"] {
            for name in try FileManager.default.contentsOfDirectory(atPath: "\(kit.spoolPath)/\(folder)")
            where name != ".owners" {
                try FileManager.default.removeItem(atPath: "\(kit.spoolPath)/\(folder)/\(name)")
            }
        }
        #expect(try await kit.loop().run(once: true).failed == 0)
        #expect(try kit.rows().map(\.state) == [.claimed])
        #expect(try kit.store.read { try DeliveryLedger.open(exceptIn: "x", on: $0) }.map(\.count) == [1])
    }

    @Test func `a file carried here from another spool's work is left to that spool`() async throws {
        let kit = try WorkerKit()
        defer { kit.remove() }
        try await live(kit, until: .registered)
        let name = try #require(kit.names("work").first)
        let other = try Spool(
            SpoolSettings(path: kit.path + "/other", inboxes: ["inbox"]), storeID: "s", logger: WorkerKit.logger)
        try FileManager.default.moveItem(
            atPath: "\(kit.spoolPath)/work/\(name)", toPath: "\(kit.path)/other/work/\(name)")
        #expect(try await kit.loop(spool: other).run(once: true).done == 0)
        try FileManager.default.moveItem(
            atPath: "\(kit.path)/other/work/\(name)", toPath: "\(kit.spoolPath)/work/\(name)")
        #expect(try await kit.loop().run(once: true).done == 1)
        #expect(try kit.rows().map(\.applied) == [5])
    }

    @Test func `the arrival of an unregistered claim is the instant of the claim`() async throws {
        let kit = try WorkerKit()
        defer { kit.remove() }
        try await live(kit, until: .claimed)
        let time = RunningTime()
        time.advance(by: .seconds(86_400))
        try await kit.loop(time: time.time).run(once: true)
        #expect(try kit.rows().map(\.receivedAt) == [RunningTime.begin])
    }

    @Test func `a living worker keeps its claims`() async throws {
        let kit = try WorkerKit()
        defer { kit.remove() }
        let spool = try kit.spool()
        try kit.deliver("a.json")
        let inbox = Inbox("inbox", spool: spool, inotify: nil, start: .now)
        let start = ContinuousClock.now
        _ = try inbox.look(now: start)
        let later = start.advanced(by: .seconds(3))
        let files = try inbox.claim(try inbox.look(now: later).ready, at: RunningTime.begin, now: later).files
        #expect(files.count == 1)
        let totals = try await kit.loop().run(once: true)
        #expect(totals.done == 0)
        #expect(kit.names("work").count == 1)
        #expect(try kit.rows().isEmpty)
        withExtendedLifetime(spool) {}
    }

    @Test func `a worker that dies while another runs is succeeded at once`() async throws {
        let kit = try WorkerKit()
        defer { kit.remove() }
        let events = Events()
        let loop = try kit.loop(time: .system, observe: events.observe)
        // The one that dies claims before the other looks.
        try await live(kit, until: .registered)
        async let totals = loop.run()
        await events.acknowledged("a.ndjson")
        loop.requestStop()
        #expect(try await totals.done == 1)
    }

    @Test func `a row whose file is gone is reported as failed`() async throws {
        let kit = try WorkerKit()
        defer { kit.remove() }
        try await live(kit, until: .registered)
        let name = try #require(kit.names("work").first)
        try FileManager.default.removeItem(atPath: "\(kit.spoolPath)/work/\(name)")
        let totals = try await kit.loop().run(once: true)
        #expect(totals.failed == 1)
        let row = try #require(try kit.rows().first)
        #expect(row.state == .failed && row.code == "file_missing" && row.isAcknowledged)
        #expect(kit.names("failed").count == 1)
        // Told once.
        #expect(try await kit.loop().run(once: true).failed == 0)
    }

    @Test func `a claim of an inbox that is no longer configured is processed without operations`() async throws {
        let kit = try WorkerKit()
        defer { kit.remove() }
        try await live(kit, until: .claimed)
        try await kit.loop(spool: kit.spool(inboxes: ["other"])).run(once: true)
        #expect(kit.processor.processed.map(\.accepts) == [[.event, .usage, .webhook]])
        #expect(try kit.rows().map(\.state) == [.done])
    }

    @Test func `files of people in work are left alone`() async throws {
        let kit = try WorkerKit()
        defer { kit.remove() }
        let spool = try kit.spool()
        for name in ["notes.txt", "01JD0000000000000000000000_x.json"] {
            try Data().write(to: URL(fileURLWithPath: "\(kit.spoolPath)/work/\(name)"))
        }
        try check(symlink("/etc/passwd", "\(kit.spoolPath)/work/01JD0000000000000000000000__x.json") == 0)
        try await kit.loop(spool: spool).run(once: true)
        #expect(kit.names("work").count == 3)
        #expect(try kit.rows().isEmpty)
    }

    private func check(_ isTrue: Bool) throws {
        if !isTrue { throw CocoaError(.fileWriteUnknown) }
    }
}
