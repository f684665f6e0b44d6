import Synchronization
import Testing
import TidemillCore
import TidemillOperations
import TidemillRuns
import TidemillStore
import TidemillTestSupport

/// Runs need of a backend what its protocol says and nothing else: here is one that is no engine. It answers from memory
/// and notes what it was asked; the store holds the runs' own tables alone.
struct BackendSeamTests {
    /// Answers reads by what was written, and undoes with its transactions and savepoints.
    private final class RecordingBackend: TransactionalBackend {
        struct Call: Sendable, Equatable {
            var id: OperationID
            var input: Payload
            var key: String?
        }

        struct Memory: Sendable {
            var calls: [Call] = []
            var customers: TextMap<Payload> = [:]
            var credits: Int64 = 0
        }

        private let store: SQLiteStore
        private let memory = Mutex(Memory())
        private let reads = Mutex<[Call]>([])

        init(_ store: SQLiteStore) { self.store = store }

        var written: Memory { memory.withLock { $0 } }
        var read: [Call] { reads.withLock { $0 } }

        /// Reads come here, each by itself.
        nonisolated(nonsending) func perform(
            _ id: OperationID, _ input: Payload, in context: CallContext
        ) async throws(OperationError) -> Payload {
            reads.withLock { $0.append(Call(id: id, input: input, key: context.idempotencyKey)) }
            await Task.yield()
            guard let found = written.customers[input["id"]?.text ?? ""] else {
                throw OperationError(.customerNotFound, "getCustomer: nobody")
            }
            return found
        }

        func transact<T>(_ body: (any BackendTransaction<any SQLConnection>) throws -> T) throws -> T {
            let before = written
            do {
                return try store.write { try body(Transaction(self, $0)) }
            } catch {
                memory.withLock { $0 = before }
                throw error
            }
        }

        private final class Transaction: BackendTransaction {
            let backend: RecordingBackend
            let connection: any SQLConnection

            init(_ backend: RecordingBackend, _ connection: any SQLConnection) {
                self.backend = backend
                self.connection = connection
            }

            func perform(
                _ id: OperationID, _ input: Payload, in context: CallContext
            ) throws(OperationError) -> Payload {
                let answer: Result<Payload, OperationError> = backend.memory.withLock { memory in
                    memory.calls.append(Call(id: id, input: input, key: context.idempotencyKey))
                    switch id {
                    case .provisionCustomer:
                        memory.customers[input["id"]?.text ?? ""] = input
                        return .success(input)
                    case .grantCredits:
                        if case .integer(let amount)? = input["amount"] { memory.credits += amount }
                        return .success(["balance": .integer(memory.credits)])
                    default:
                        // It has written something before it fails.
                        memory.credits = -1
                        return .failure(OperationError(.badUserInput, "\(id.rawValue): not here"))
                    }
                }
                return try answer.get()
            }

            func savepoint<T>(_ body: () throws -> T) throws -> T {
                let before = backend.written
                do {
                    return try connection.savepoint(body)
                } catch {
                    backend.memory.withLock { $0 = before }
                    throw error
                }
            }
        }
    }

    @Test func `a job is performed by a backend that is no engine, each write once in all its attempts`() async throws {
        let kit = try RunKit(
            """
            job { name = "j", retries = { max = 1, first = "1s" }, run = function(run)
              client.provisionCustomer { id = "acme", name = "Acme" }
              local customer = client.getCustomer { id = "acme" }
              local nobody, none = client.try.getCustomer { id = "nobody" }
              local refused, why = client.try.consumeCredits {
                customerId = "acme", currencyId = "c", amount = 1, idempotencyKey = "k" }
              local granted = client.grantCredits {
                customerId = "acme", currencyId = "c", amount = 5, grantType = "PROMOTIONAL" }
              if run.attempt == 1 then error("not yet") end
              client.grantCredits { customerId = "acme", currencyId = "c", amount = 7, grantType = "PROMOTIONAL" }
              return { name = customer.name, none = none.code, why = why.code, balance = granted.balance }
            end }
            """)
        let backend = RecordingBackend(kit.store)
        let id = try kit.fire("j")
        let runs = Runs(kit.tools(kit.store, backend))
        try await kit.settle(runs)
        #expect(try kit.run(id)?.state == .waiting)
        kit.clock.advance(by: .seconds(5))
        try await kit.settle(runs)

        let run = try #require(try kit.run(id))
        #expect(run.state == .done, "\(run.message ?? "")")
        #expect(
            run.result == ["name": "Acme", "none": "CustomerNotFound", "why": "BadUserInput", "balance": 5])
        let written = backend.written
        // The second attempt went on from the journal: each write is there once, under the key of its step; what was
        // refused is undone.
        #expect(written.calls.map(\.id) == [.provisionCustomer, .grantCredits, .grantCredits])
        #expect(written.credits == 12)
        #expect(written.calls.map(\.key) == ["\(id)/0/1", "\(id)/0/5", "\(id)/0/6"])
        #expect(backend.read.allSatisfy { $0.key == nil })
        // The engine's tables know nothing of it.
        #expect(try kit.store.read { try $0.first("SELECT COUNT(*) FROM customers") { $0.integer(0) } } == 0)
        #expect(try kit.steps(id).count == 6)
    }
}
