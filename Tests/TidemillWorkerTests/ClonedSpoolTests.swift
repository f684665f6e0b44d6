import Foundation
import Testing
import TidemillCore
import TidemillOperations
import TidemillStore

@testable import TidemillTriggers
@testable import TidemillWorker

/// A spool whose folder was cloned with its machine or image: the same id at the same path on two hosts, with one store.
@Suite struct ClonedSpoolTests {
    private static let stranger = "zzzzzz"

    /// Enters what the worker of the clone on another host did: it opened its spool, and has a file in hand there.
    private func cloneElsewhere(of spool: Spool, _ kit: WorkerKit, owner: String = stranger) throws {
        var place = KnownSpool(spool)
        place.host = "elsewhere"
        let claim = ClaimID(
            at: RunningTime.begin.microseconds / 1000, instance: owner, inbox: ClaimID.inboxTag("inbox"), number: 1)
        let row = NewDelivery(
            id: claim.delivery, inbox: "inbox", name: "theirs.ndjson", size: 3, modifiedAt: RunningTime.begin,
            receivedAt: RunningTime.begin)
        try kit.store.write {
            try Spools.enter(place, at: RunningTime.begin, on: $0)
            try DeliveryLedger.register([row], owner: owner, spool: spool.id, on: $0)
        }
    }

    private func enter(_ spool: Spool, _ kit: WorkerKit) throws {
        try KnownSpool.enter(spool, store: kit.store, now: RunningTime.begin)
    }

    @Test func `a clone is refused while a worker on the other host has deliveries in hand`() throws {
        let kit = try WorkerKit()
        defer { kit.remove() }
        let spool = try kit.spool()
        try cloneElsewhere(of: spool, kit)
        let error = try #require(throws: SpoolError.self) { try enter(spool, kit) }
        #expect(error.code == .copy && !error.isTransient)
        #expect(error.message.contains("/spool on elsewhere"))
        #expect(error.message.contains("work/.owners/\(Self.stranger)"))
        #expect(try kit.store.read { try Spools.find(spool.id, on: $0) }?.host == "elsewhere")
        #expect(try kit.rows().map(\.owner) == [Self.stranger])
    }

    @Test func `a volume that another host takes over goes on, and so does a clone of an idle one`() throws {
        let kit = try WorkerKit()
        defer { kit.remove() }
        // The dead worker's lock came with the volume.
        let dead = try kit.spool().instance.tag
        let spool = try kit.spool()
        try cloneElsewhere(of: spool, kit, owner: dead)
        try enter(spool, kit)
        #expect(try kit.store.read { try Spools.find(spool.id, on: $0) } == KnownSpool(spool))

        let idle = try WorkerKit()
        defer { idle.remove() }
        let other = try idle.spool()
        try cloneElsewhere(of: other, idle)
        let id = try #require(try idle.rows().first?.id)
        try idle.store.write { try DeliveryLedger.acknowledge([(id, "done/2026-11-22/theirs.ndjson")], on: $0) }
        try enter(other, idle)
    }

    @Test func `a clone that opens while a worker runs gets none of its deliveries, and loses none to it`()
        async throws
    {
        let kit = try WorkerKit()
        defer { kit.remove() }
        let spool = try kit.spool()
        try enter(spool, kit)
        try cloneElsewhere(of: spool, kit)
        try kit.deliver("ours.ndjson")
        let totals = try await kit.loop(spool: spool).run(once: true)
        #expect(totals.done == 1 && totals.failed == 0)
        let theirs = try #require(try kit.rows().first { $0.name == "theirs.ndjson" })
        #expect(theirs.owner == Self.stranger && theirs.state == .claimed)
        // The other one sees it at its next look.
        #expect(try kit.store.read { try Spools.find(spool.id, on: $0) } == KnownSpool(spool))
    }
}
