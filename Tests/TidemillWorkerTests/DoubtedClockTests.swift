import Foundation
import Testing
import TidemillCore
import TidemillEngine
import TidemillOperations
import TidemillRuns
import TidemillStore
import TidemillTriggers

@testable import TidemillWorker

/// Schedules wait while the clock is in doubt.
struct DoubtedClockTests {
    private func hourly() throws -> (DispatcherKit, RunDispatcher) {
        let kit = try DispatcherKit("job { name = 'j', schedule = '0 * * * *', run = function() end }")
        let watch = ClockWatch(kit.worker.store, time: kit.time.time)
        return (kit, try kit.dispatcher { try watch.doubt(now: $0) })
    }

    private func doubt(_ kit: DispatcherKit) throws -> String? {
        try kit.worker.store.read { try RechargeStatus.find(now: kit.time.now, on: $0) }.doubt
    }

    private func slots(_ kit: DispatcherKit) throws -> [String] {
        try kit.worker.store.read { try RunTable($0).list(name: "j") }.reversed().map { "\($0.trigger.scheduledAt)" }
    }

    @Test func `a clock behind what is stored holds schedules until it is right again`() async throws {
        let (kit, dispatcher) = try hourly()
        defer { kit.remove() }
        _ = await dispatcher.runOnce()
        kit.time.advance(by: .seconds(3600))
        #expect(await dispatcher.runOnce().done == 1)
        // 11:00; the last look was now. More than five minutes back, and on past the next slots by the wrong clock.
        kit.time.jump(by: -2 * 3600)
        kit.time.advance(by: .seconds(3600))
        #expect(await dispatcher.runOnce() == RunTotals())
        let said = try #require(try doubt(kit))
        #expect(said.contains("2026-11-22T10:00:00"), "\(said)")
        #expect(kit.lines.all == ["schedules wait: \(said)"])
        // The same words as long as it lasts.
        kit.time.advance(by: .seconds(90))
        _ = await dispatcher.runOnce()
        #expect(kit.lines.all.count == 1)
        kit.time.jump(by: 2 * 3600)
        #expect(await dispatcher.runOnce().done == 1)
        #expect(try slots(kit) == ["2026-11-22T11:00:00.000Z", "2026-11-22T12:00:00.000Z"])
        #expect(try doubt(kit) == nil)
        #expect(kit.lines.all.last == "schedules go on")
    }

    @Test func `five minutes are forgiven`() async throws {
        let (kit, dispatcher) = try hourly()
        defer { kit.remove() }
        _ = await dispatcher.runOnce()
        // 9:55, where 10:00 is stored.
        kit.time.jump(by: -360)
        kit.time.advance(by: .seconds(60))
        _ = await dispatcher.runOnce()
        #expect(try doubt(kit) == nil && kit.lines.all.isEmpty)
    }

    @Test func `a clock that jumps by more than a day holds schedules until a person says that it is right`()
        async throws
    {
        let (kit, dispatcher) = try hourly()
        defer { kit.remove() }
        _ = await dispatcher.runOnce()
        kit.time.jump(by: 86_401)
        #expect(await dispatcher.runOnce() == RunTotals())
        #expect(try doubt(kit)?.contains("jumped by 86401 s") == true)
        #expect(try doubt(kit)?.contains("`tidemill resume clock`") == true)
        kit.time.advance(by: .seconds(60))
        #expect(await dispatcher.runOnce() == RunTotals())
        #expect(try slots(kit) == [])
        // Recharges are another matter.
        #expect(try kit.worker.store.write { try Pauses.resume(Pauses.recharge, on: $0) } == false)
        #expect(await dispatcher.runOnce() == RunTotals())
        _ = try kit.worker.store.write { try Pauses.resume(Pauses.clock, on: $0) }
        // What was missed is made up for by the rule: one.
        #expect(await dispatcher.runOnce().done == 1)
        #expect(try slots(kit) == ["2026-11-23T10:00:00.000Z"])
        kit.time.advance(by: .seconds(3600))
        #expect(await dispatcher.runOnce().done == 1)
    }

    @Test func `a jump that is taken back needs nobody`() async throws {
        let (kit, dispatcher) = try hourly()
        defer { kit.remove() }
        _ = await dispatcher.runOnce()
        kit.time.jump(by: 40 * 86_400)
        #expect(await dispatcher.runOnce() == RunTotals())
        kit.time.jump(by: -40 * 86_400)
        kit.time.advance(by: .seconds(3600))
        #expect(await dispatcher.runOnce().done == 1)
        #expect(try slots(kit) == ["2026-11-22T11:00:00.000Z"])
        #expect(try doubt(kit) == nil)
    }

    @Test func `a day back and said to be right, schedules begin anew`() async throws {
        let (kit, dispatcher) = try hourly()
        defer { kit.remove() }
        _ = await dispatcher.runOnce()
        kit.time.jump(by: -3 * 86_400)
        kit.time.advance(by: .seconds(60))
        #expect(await dispatcher.runOnce() == RunTotals())
        #expect(try doubt(kit) != nil)
        // Once is enough, although it stands behind the store and jumped as well.
        _ = try kit.worker.store.write { try Pauses.resume(Pauses.clock, on: $0) }
        _ = await dispatcher.runOnce()
        #expect(try doubt(kit) == nil)
        kit.time.advance(by: .seconds(3600 - 60))
        #expect(await dispatcher.runOnce().done == 1)
        #expect(try slots(kit) == ["2026-11-19T11:00:00.000Z"])
    }

    @Test func `a person pauses the clock, and schedules wait for a person`() async throws {
        let (kit, dispatcher) = try hourly()
        defer { kit.remove() }
        _ = await dispatcher.runOnce()
        try kit.worker.store.write {
            try Pauses.pause(Pauses.clock, reason: "wrong zone", by: "ann", at: kit.time.now, on: $0)
        }
        kit.time.advance(by: .seconds(3600))
        #expect(await dispatcher.runOnce() == RunTotals())
        #expect(try doubt(kit) == "the clock is paused by ann: wrong zone")
        #expect(try kit.worker.store.write { try Pauses.resume(Pauses.clock, on: $0) })
        #expect(await dispatcher.runOnce().done == 1)
        let audited = try kit.worker.store.read { try AuditLog.list(limit: 10, on: $0) }
        #expect(audited.map { "\($0.actor) \($0.action)" }.contains("clock doubtClock"))
    }

    @Test func `a worker that starts after a jump does not free the one that saw it`() async throws {
        let (kit, dispatcher) = try hourly()
        defer { kit.remove() }
        _ = await dispatcher.runOnce()
        kit.time.jump(by: 86_401)
        #expect(await dispatcher.runOnce() == RunTotals())
        let other = ClockWatch(kit.worker.store, time: kit.time.time)
        for _ in 0..<3 {
            #expect(try other.doubt(now: kit.time.now) == nil)
            kit.time.advance(by: .seconds(3600))
            #expect(await dispatcher.runOnce() == RunTotals())
        }
        #expect(try doubt(kit)?.contains("jumped by 86401 s") == true)
        let said = try kit.worker.store.read { try AuditLog.list(limit: 50, on: $0) }.filter {
            $0.action == "doubtClock"
        }
        // Once at first, and once more after the other took what it found for a leftover.
        #expect(said.count == 2)
        _ = try kit.worker.store.write { try Pauses.resume(Pauses.clock, on: $0) }
        #expect(await dispatcher.runOnce().done == 1)
    }
}
