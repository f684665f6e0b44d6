import Foundation
import Testing
import TidemillCore
import TidemillEngine
import TidemillOperations
import TidemillRuns
import TidemillStore
import TidemillTriggers

@testable import TidemillWorker

/// The dispatcher over a real store: slots of many schedules, several workers, and what a shutdown leaves.
struct RunDispatcherTests {
    // MARK: - Slots

    @Test(.timeLimit(.minutes(15))) func `ten thousand schedules that are due at once all run, each once`() async throws
    {
        let kit = try DispatcherKit(
            "for n = 1, 10000 do job { name = 'j' .. n, schedule = '0 11 * * *', run = function() return n end } end")
        defer { kit.remove() }
        let dispatcher = try kit.dispatcher()
        #expect(await dispatcher.runOnce() == RunTotals())
        // 10:00 it is; all of them are due at 11:00, to the second.
        kit.time.advance(by: .seconds(3600))
        #expect(await dispatcher.runOnce().done == 10_000)
        #expect(try kit.counts() == [.done: 10_000])
        let slots = try kit.worker.store.read { connection in
            try connection.rows("SELECT COUNT(DISTINCT name), MIN(scheduled_at), MAX(scheduled_at) FROM runs") {
                [$0.integer(0), $0.integer(1), $0.integer(2)]
            }
        }
        let hour = kit.time.now.microseconds
        #expect(slots == [[10_000, hour, hour]])
        #expect(await dispatcher.runOnce() == RunTotals())
    }

    @Test func `two workers on one store run each slot once`() async throws {
        let kit = try DispatcherKit(
            """
            for n = 1, 40 do job { name = 'j' .. n, schedule = '* * * * *', overlap = 'allow_all', run = function()
              state.shared('all').set('j' .. n, (state.shared('all').get('j' .. n) or 0) + 1)
            end } end
            """)
        defer { kit.remove() }
        let other = try SQLiteStore(path: kit.worker.path + "/store/t.db", environment: "test")
        let workers = [
            try kit.dispatcher("a", othersLive: true), try kit.dispatcher("b", on: other, othersLive: true),
        ]
        _ = await workers[0].runOnce()
        for _ in 0..<5 {
            kit.time.advance(by: .seconds(60))
            await withDiscardingTaskGroup { group in
                for worker in workers { group.addTask { _ = await worker.runOnce() } }
            }
        }
        _ = await workers[0].runOnce()
        try other.close()
        #expect(try kit.counts() == [.done: 200])
        let counted = try kit.worker.store.read { connection in
            try connection.rows("SELECT DISTINCT value FROM job_state") { $0.text(0) }
        }
        #expect(counted == ["5"])
    }

    @Test func `it is noted that schedules are looked at, however often one of them is due`() async throws {
        let kit = try DispatcherKit("job { name = 'j', schedule = 'every 30s', run = function() end }")
        defer { kit.remove() }
        let dispatcher = try kit.dispatcher()
        for _ in 0..<30 {
            _ = await dispatcher.runOnce()
            let looked = try kit.worker.store.read { try TriggerProgress.find(on: $0) }.lastAt
            #expect(kit.time.now.microseconds - looked.microseconds <= 60_000_000)
            kit.time.advance(by: .seconds(30))
        }
    }

    @Test func `a run whose place a later slot took is stopped`() async throws {
        let kit = try DispatcherKit(
            """
            job { name = 'j', schedule = '* * * * *', overlap = 'cancel_other', timeout = '1h', run = function(run)
              log.info('begun')
              while not lookup.customer('acme') do
                for n = 1, 1000000 do end
              end
              state.set('n', (state.get('n') or 0) + 1)
              return state.get('n')
            end }
            """)
        defer { kit.remove() }
        let dispatcher = try kit.dispatcher()
        _ = await dispatcher.runOnce()
        async let ended: Void = dispatcher.run()
        for slot in 1...2 {
            kit.time.advance(by: .seconds(60))
            kit.wake.signal()
            await kit.lines.wait(for: "begun", count: slot)
        }
        kit.time.advance(by: RunDispatcher.recoveryInterval)
        kit.wake.signal()
        await kit.lines.wait(for: "job j was stopped")
        dispatcher.requestStop()
        kit.mayGoOn.happen()
        await ended
        let runs = try kit.worker.store.read { try RunTable($0).list(name: "j") }
        #expect(runs.map(\.state) == [.done, .cancelled])
        #expect(runs.first?.result == 1)
    }

    // MARK: - Scripts that change

    private static func jobs(_ body: String) -> String {
        """
        job { name = 'slow', run = function(run)
          while not lookup.customer('acme') do
            for n = 1, 1000000 do end
          end
          \(body)
        end }
        job { name = 'look', run = function() log.info('looked') end }
        """
    }

    @Test(.timeLimit(.minutes(10))) func `a run that fails by its old script after the new one took over starts again`()
        async throws
    {
        let kit = try DispatcherKit(Self.jobs("client.provisonCustomer {}"))
        defer { kit.remove() }
        let id = try kit.fire("slow")
        let dispatcher = try kit.dispatcher()
        async let ended: Void = dispatcher.run()
        await kit.hasAsked.wait()
        try kit.reload(Self.jobs("log.info('mended')"))
        // The look that takes the second of these knows the new script.
        for count in 1...2 {
            _ = try kit.fire("look")
            kit.wake.signal()
            await kit.lines.wait(for: "looked", count: count)
        }
        kit.mayGoOn.happen()
        await kit.lines.wait(for: "mended")
        dispatcher.requestStop()
        await ended
        #expect(kit.lines.all.contains("1 run of slow starts again: the script has changed"))
        #expect(try kit.outcomes(id) == [.failed, .done])
        #expect(try kit.run(id)?.state == .done)
    }

    @Test(.timeLimit(.minutes(10))) func `a store in trouble is waited for, also where more is known to be due`()
        async throws
    {
        let kit = try DispatcherKit("job { name = 'j', on = 'go', run = function() client.provisonCustomer {} end }")
        defer { kit.remove() }
        _ = try kit.fire("j")
        #expect(try await kit.dispatcher().runOnce().failed == 1)
        try kit.webhook(["type": "go"])
        let faulty = FaultyStore(kit.worker.store)
        // Asked once the trigger has been taken: nothing can be written from then on, and what has failed is to start
        // again.
        let dispatcher = try kit.dispatcher(on: faulty) { [kit] _ in
            if !kit.hasAsked.hasHappened {
                kit.hasAsked.happen()
                faulty.fail(by: StoreError(.busy, "the store is busy"))
                try kit.reload("job { name = 'j', on = 'go', run = function() log.info('mended') end }")
            }
            return nil
        }
        async let ended: Void = dispatcher.run()
        await kit.time.isWaitedFor.wait()
        faulty.fail(by: nil)
        kit.time.advance(by: RunDispatcher.poll)
        await kit.lines.wait(for: "mended", count: 2)
        dispatcher.requestStop()
        await ended
        #expect(try kit.counts() == [.done: 2])
        let ours = kit.lines.all.filter { $0.hasPrefix("runs: ") }
        #expect(ours == ["runs: the store is busy; trying again", "runs: the store works again"])
    }

    // MARK: - Shutdown

    /// Grants, then waits until it may go on.
    private static let slow = """
        job { name = 'slow', run = function(run)
          client.grantCredits { customerId = 'acme', currencyId = 'credits', amount = 5, grantType = 'PROMOTIONAL' }
          while not lookup.customer('acme') do
            for n = 1, 1000000 do end
          end
          client.grantCredits { customerId = 'acme', currencyId = 'credits', amount = 2, grantType = 'PROMOTIONAL' }
          return run.attempt
        end }
        """

    private func slow() throws -> (DispatcherKit, RunID) {
        let kit = try DispatcherKit(Self.slow)
        try kit.call(.createCustomCurrency, ["id": "credits", "displayName": "C"])
        try kit.call(.provisionCustomer, ["id": "acme"])
        return (kit, try kit.fire("slow"))
    }

    private func balance(_ kit: DispatcherKit) throws -> Payload? {
        try kit.call(.getCreditBalance, ["customerId": "acme", "currencyId": "credits"])["balance"]
    }

    @Test func `a run that does not end in its grace time is handed back, and the next worker finishes it`()
        async throws
    {
        let (kit, id) = try slow()
        defer { kit.remove() }
        let first = try kit.dispatcher("a", grace: .zero)
        async let stopped: Void = first.run()
        await kit.hasAsked.wait()
        first.requestStop()
        await stopped
        #expect(try kit.outcomes(id) == [.handedBack])
        var run = try #require(try kit.run(id))
        #expect(run.state == .waiting && run.failures == 0 && run.owner == nil)
        #expect(try balance(kit) == 5)
        kit.mayGoOn.happen()
        #expect(try await kit.dispatcher("b").runOnce().done == 1)
        #expect(try kit.outcomes(id) == [.handedBack, .done])
        run = try #require(try kit.run(id))
        // It is no attempt that failed.
        #expect(run.result == 1)
        #expect(try balance(kit) == 7)
    }

    @Test func `a run that ends in the grace time is waited for, and nothing new is started`() async throws {
        let (kit, id) = try slow()
        defer { kit.remove() }
        let dispatcher = try kit.dispatcher()
        async let stopped: Void = dispatcher.run()
        await kit.hasAsked.wait()
        dispatcher.requestStop()
        let late = try kit.fire("slow")
        kit.mayGoOn.happen()
        await stopped
        #expect(try kit.outcomes(id) == [.done])
        #expect(try kit.run(late)?.state == .waiting)
        #expect(try balance(kit) == 7)
    }

    @Test func `a worker that is ended without a shutdown hands back as well`() async throws {
        let (kit, id) = try slow()
        defer { kit.remove() }
        let dispatcher = try kit.dispatcher()
        let task = Task { await dispatcher.run() }
        await kit.hasAsked.wait()
        task.cancel()
        await task.value
        #expect(try kit.outcomes(id) == [.handedBack])
        #expect(try kit.run(id)?.state == .waiting)
    }

    @Test func `what a worker held that is gone is taken back and finished`() async throws {
        let (kit, id) = try slow()
        defer { kit.remove() }
        // It took the run and ended.
        #expect(try kit.runs().claim(now: kit.time.now, limit: 1, owner: "gone").count == 1)
        kit.mayGoOn.happen()
        #expect(try await kit.dispatcher("b").runOnce().done == 1)
        #expect(try kit.outcomes(id) == [.crashed, .done])
        #expect(kit.lines.all.contains("took back 1 run of a worker that has ended"))
        #expect(try balance(kit) == 7)
    }
}
