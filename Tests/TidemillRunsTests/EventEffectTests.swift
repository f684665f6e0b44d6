import Synchronization
import Testing
import TidemillCore
import TidemillEngine
import TidemillIngest
import TidemillOperations
import TidemillRuns
import TidemillStore

/// Events that jobs report: decoded within the transaction of their step, whose turn the job's writes have already.
struct EventEffectTests {
    /// Makes an empty batch of each call, and notes the calls.
    private final class NotingDecoder: EventDecoding {
        let calls = Mutex<[String]>([])

        func decode(
            _ events: [Payload], call: String, in context: CallContext, identityKey: [UInt8],
            fields: any MeteredFields
        ) throws -> RecordBatch {
            calls.withLock { $0.append(call) }
            guard let batch = RecordBatch() else { throw StoreError(.unavailable, "out of memory") }
            batch.meterGeneration = fields.generation
            return batch
        }

        func decode(
            json: [UInt8], call: String, in context: CallContext, identityKey: [UInt8], fields: any MeteredFields
        ) throws -> RecordBatch? { nil }
    }

    @Test func `an event that a job reports goes into the transaction of its step`() async throws {
        let kit = try RunKit(
            """
            job { name = "j", run = function()
              client.provisionCustomer { id = "acme" }
              client.reportEvent { customerId = "acme", eventName = "e", idempotencyKey = "1" }
            end }
            """)
        let decoder = NotingDecoder()
        let id = try kit.fire("j")
        try await kit.settle(Runs(kit.tools(kit.store, try Engine(store: kit.store, events: decoder))))
        #expect(try kit.run(id)?.state == .done)
        // Named by run, segment and step: a repeat is the same call.
        #expect(decoder.calls.withLock { $0 } == ["\(id)/0/2"])
        #expect(try kit.steps(id).map(\.name) == ["client.provisionCustomer", "client.reportEvent"])
    }
}
