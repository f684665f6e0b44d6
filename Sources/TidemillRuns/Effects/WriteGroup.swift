import DequeModule
import Foundation
import Synchronization
import TidemillCore
public import TidemillOperations
public import TidemillStore

/// What runs call: whatever performs operations in transactions of the store that has their journal.
public typealias RunBackend = any TransactionalBackend<any SQLConnection>

/// The transaction that a run's effects share with its journal.
public typealias RunTransaction = any BackendTransaction<any SQLConnection>

/// Brings the small writes of many runs into few transactions: each in a savepoint of its own, all durable together. A
/// thousand runs that each write once then wait for a few syncs of the disk, not for a thousand.
public final class WriteGroup: Sendable {
    /// Writes of one transaction, and how long it goes on taking more, so that nobody else waits long for the store.
    static let writesMax = 256
    static let timeMax = Duration.milliseconds(10)

    private let backend: RunBackend
    private let thread: DedicatedThread
    private let queue = Mutex(Deque<any Write>())

    /// - Parameter thread: the name of the thread that writes.
    public init(_ backend: RunBackend, thread name: String = "tidemill-effects") {
        self.backend = backend
        thread = DedicatedThread(name: name)
    }

    /// Performs `body` in a transaction, maybe together with others; returns when it is durable. An error that `body`
    /// throws undoes what it wrote, and nothing else; an unusable store undoes all of the transaction.
    public func write<T: Sendable>(
        _ body: @escaping @Sendable (RunTransaction) throws -> T
    ) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            let isFirst = queue.withLock { queue in
                queue.append(WriteOf(body: body, continuation: continuation))
                return queue.count == 1
            }
            // The thread takes all that has come by then; whoever finds others waiting is taken with them.
            if isFirst { thread.enqueue { [self] in work() } }
        }
    }

    private func work() {
        while true {
            var writes = queue.withLock { Array($0.prefix(Self.writesMax)) }
            if writes.isEmpty { return }
            do {
                let count = try backend.transact { try perform(writes, in: $0) }
                writes.removeLast(writes.count - count)
                for write in writes { write.finish() }
            } catch {
                for write in writes { write.fail(error) }
            }
            let isEmpty = queue.withLock { queue in
                queue.removeFirst(writes.count)
                return queue.isEmpty
            }
            if isEmpty { return }
        }
    }
}

extension WriteGroup {
    /// How many of them went into the transaction.
    private func perform(_ writes: [any Write], in transaction: RunTransaction) throws -> Int {
        let begin = ContinuousClock.now
        var count = 0
        for write in writes {
            try write.perform(in: transaction)
            count += 1
            if ContinuousClock.now - begin > Self.timeMax { break }
        }
        return count
    }
}

private protocol Write: Sendable {
    /// Throws only what the whole transaction must be given up for. May be called again: the last call counts.
    func perform(in transaction: RunTransaction) throws
    func finish()
    func fail(_ error: any Error)
}

/// Sendable by this proof: `outcome` is used on the group's thread only.
private final class WriteOf<T: Sendable>: Write, @unchecked Sendable {
    private let body: @Sendable (RunTransaction) throws -> T
    private let continuation: CheckedContinuation<T, any Error>
    private var outcome: Result<T, any Error>?

    init(
        body: @escaping @Sendable (RunTransaction) throws -> T, continuation: CheckedContinuation<T, any Error>
    ) {
        self.body = body
        self.continuation = continuation
    }

    func perform(in transaction: RunTransaction) throws {
        do {
            outcome = .success(try transaction.savepoint { try body(transaction) })
        } catch let error as StoreError where error.isTransient {
            throw error
        } catch let error as OperationError where error.code == .storeUnavailable {
            throw error.cause ?? error
        } catch {
            outcome = .failure(error)
        }
    }

    func finish() {
        continuation.resume(with: outcome ?? .failure(StoreError(.misuse, "the write was not performed")))
    }

    func fail(_ error: any Error) { continuation.resume(throwing: error) }
}
