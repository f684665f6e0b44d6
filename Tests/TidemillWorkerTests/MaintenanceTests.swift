import Foundation
import Synchronization
import Testing
import TidemillCore
import TidemillOperations
import TidemillStore

@testable import TidemillTriggers
@testable import TidemillWorker

@Suite struct MaintenanceTests {
    /// A clock that a test sets by hand, both of its faces.
    final class SetTime: Wallclock {
        let told = Mutex(Timestamp(rfc3339: "2026-11-22T10:00:00Z")!)
        let passed = Mutex(Duration.zero)
        private let start = ContinuousClock.now

        var now: Timestamp { told.withLock { $0 } }

        /// Time goes by on both.
        func pass(days: Int64) {
            jump(days: days)
            passed.withLock { $0 += .seconds(days * 86_400) }
        }

        /// The wall clock alone is set.
        func jump(days: Int64) { told.withLock { $0 = $0.advanced(bySeconds: days * 86_400) } }

        var time: WorkerTime {
            WorkerTime(
                wallclock: self, now: { self.start.advanced(by: self.passed.withLock { $0 }) },
                sleep: { _ in throw CancellationError() })
        }
    }

    final class CountingUpkeep: StoreMaintenance {
        let calls = Mutex<[Timestamp]>([])
        func runMaintenance(now: Timestamp) throws { calls.withLock { $0.append(now) } }
    }

    final class TimedUpkeep: StoreMaintenance {
        let calls = Mutex<[Timestamp]>([])
        var goesByTheClock: Bool { true }
        func runMaintenance(now: Timestamp) throws { calls.withLock { $0.append(now) } }
    }

    struct FailingUpkeep: StoreMaintenance {
        struct Failed: Error {}
        func runMaintenance(now: Timestamp) throws { throw Failed() }
    }

    func spool(_ kit: WorkerKit, day: String) throws -> Spool {
        let spool = try kit.spool()
        let folder = "\(kit.spoolPath)/done/\(day)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for number in 0..<5 { try Data().write(to: URL(fileURLWithPath: "\(folder)/\(number).json")) }
        return spool
    }

    @Test func `done is cleaned when its time has come`() async throws {
        let kit = try WorkerKit()
        defer { kit.remove() }
        let clock = SetTime()
        let maintenance = Maintenance(
            spool: try spool(kit, day: "2026-11-22"), keepDone: .seconds(30 * 86_400), stores: [],
            clock: ClockWatch(kit.store, time: clock.time), time: clock.time, logger: WorkerKit.logger)
        await maintenance.runOnce()
        #expect(kit.names("done/2026-11-22").count == 5)
        clock.pass(days: 31)
        await maintenance.runOnce()
        #expect(kit.names("done").isEmpty)
    }

    @Test func `a clock that jumps removes nothing at once`() async throws {
        let kit = try WorkerKit()
        defer { kit.remove() }
        let clock = SetTime()
        let maintenance = Maintenance(
            spool: try spool(kit, day: "2026-11-22"), keepDone: .seconds(30 * 86_400), stores: [],
            clock: ClockWatch(kit.store, time: clock.time), time: clock.time, logger: WorkerKit.logger)
        await maintenance.runOnce()
        clock.jump(days: 400)
        clock.passed.withLock { $0 += .seconds(7200) }
        await maintenance.runOnce()
        #expect(kit.names("done/2026-11-22").count == 5)
        // Set right again, and the days go by: removed in their time.
        clock.jump(days: -400)
        clock.passed.withLock { $0 += .seconds(7200) }
        await maintenance.runOnce()
        #expect(kit.names("done/2026-11-22").count == 5)
        clock.pass(days: 31)
        await maintenance.runOnce()
        #expect(kit.names("done").isEmpty)
    }

    @Test func `the store's upkeep runs each time, and one failure does not stop another`() async throws {
        let kit = try WorkerKit()
        defer { kit.remove() }
        let upkeep = CountingUpkeep()
        let clock = SetTime()
        let maintenance = Maintenance(
            spool: try kit.spool(), keepDone: .seconds(1), stores: [FailingUpkeep(), upkeep],
            clock: ClockWatch(kit.store, time: clock.time), time: clock.time, logger: WorkerKit.logger)
        await maintenance.runOnce()
        clock.pass(days: 1)
        await maintenance.runOnce()
        #expect(
            upkeep.calls.withLock { $0.map(\.description) } == ["2026-11-22T10:00:00.000Z", "2026-11-23T10:00:00.000Z"])
    }

    @Test func `upkeep goes on by the old date when the clock jumps ahead`() async throws {
        let kit = try WorkerKit()
        defer { kit.remove() }
        let upkeep = CountingUpkeep()
        let clock = SetTime()
        let maintenance = Maintenance(
            spool: try kit.spool(), keepDone: .seconds(1), stores: [upkeep],
            clock: ClockWatch(kit.store, time: clock.time), time: clock.time, logger: WorkerKit.logger)
        clock.jump(days: 400)
        await maintenance.runOnce()
        clock.pass(days: 1)
        await maintenance.runOnce()
        clock.jump(days: -400)
        await maintenance.runOnce()
        #expect(
            upkeep.calls.withLock { $0.map(\.description) }
                == ["2026-11-22T10:00:00.000Z", "2026-11-23T10:00:00.000Z", "2026-11-23T10:00:00.000Z"])
    }

    @Test func `a clock that is wrong from the start is measured by the newest delivery`() async throws {
        let kit = try WorkerKit()
        defer { kit.remove() }
        let clock = SetTime()
        let arrived = clock.now
        try kit.store.write {
            try DeliveryLedger.register(
                [
                    NewDelivery(
                        id: DeliveryID("1"), inbox: "inbox", name: "a.json", size: 1, modifiedAt: arrived,
                        receivedAt: arrived)
                ], owner: "A", spool: "s", on: $0)
        }
        clock.jump(days: 400)
        let upkeep = CountingUpkeep()
        // What is due, such as a draft whose grace is over, does not wait for a delivery.
        let timed = TimedUpkeep()
        let maintenance = Maintenance(
            spool: try spool(kit, day: "2026-11-22"), keepDone: .seconds(30 * 86_400), stores: [upkeep, timed],
            clock: ClockWatch(kit.store, time: clock.time), time: clock.time, logger: WorkerKit.logger)
        await maintenance.runOnce()
        #expect(timed.calls.withLock { $0 } == [clock.now])
        clock.pass(days: 2)
        await maintenance.runOnce()
        #expect(
            upkeep.calls.withLock { $0.map(\.description) } == ["2026-11-23T10:00:00.000Z", "2026-11-25T10:00:00.000Z"])
        #expect(kit.names("done/2026-11-22").count == 5)
    }

    @Test func `a jump that a person says is right removes what is old by it`() async throws {
        let kit = try WorkerKit()
        defer { kit.remove() }
        let clock = SetTime()
        let upkeep = CountingUpkeep()
        let maintenance = Maintenance(
            spool: try spool(kit, day: "2026-11-22"), keepDone: .seconds(30 * 86_400), stores: [upkeep],
            clock: ClockWatch(kit.store, time: clock.time), time: clock.time, logger: WorkerKit.logger)
        clock.jump(days: 400)
        await maintenance.runOnce()
        #expect(kit.names("done/2026-11-22").count == 5)
        #expect(try kit.store.write { try Pauses.resume(Pauses.clock, on: $0) })
        clock.passed.withLock { $0 += .seconds(7200) }
        await maintenance.runOnce()
        #expect(kit.names("done").isEmpty)
        #expect(
            upkeep.calls.withLock { $0.map(\.description) } == ["2026-11-22T10:00:00.000Z", "2027-12-27T10:00:00.000Z"])
    }
}
