import Synchronization
import Testing
import TidemillCore
import TidemillEngine
import TidemillOperations
import TidemillRuns
import TidemillStore

/// Events that jobs report. A batch of a delivery takes its turn first and the store's writer second; an effect that took
/// them the other way round would wait for it for ever, as it would for the effect.
struct EventEffectTests {
    /// Takes every event, and notes whether a batch could have been under way meanwhile.
    private final class OrderedReporter: EventReporting {
        private let state = Mutex((turns: 0, reports: 0, outOfTurn: 0))

        var outcome: (reports: Int, outOfTurn: Int) { state.withLock { ($0.reports, $0.outOfTurn) } }

        func report(
            _ events: [Payload], call: String, in context: CallContext, on connection: (any SQLConnection)?
        ) throws -> DeliveryCounts {
            state.withLock { state in
                state.reports += 1
                if connection != nil, state.turns == 0 { state.outOfTurn += 1 }
            }
            return DeliveryCounts(applied: Int64(events.count))
        }

        func exclusively(_ body: () throws -> Void) rethrows {
            state.withLock { $0.turns += 1 }
            defer { state.withLock { $0.turns -= 1 } }
            try body()
        }
    }

    @Test func `an event that a job reports takes its turn before the store`() async throws {
        let kit = try RunKit(
            """
            job { name = "j", run = function()
              client.provisionCustomer { id = "acme" }
              client.reportEvent { customerId = "acme", eventName = "e", idempotencyKey = "1" }
            end }
            """)
        let reporter = OrderedReporter()
        let id = try kit.fire("j")
        try await kit.settle(Runs(kit.tools(on: kit.store, events: reporter)))
        #expect(try kit.run(id)?.state == .done)
        #expect(reporter.outcome.reports == 1)
        #expect(reporter.outcome.outOfTurn == 0)
    }
}
