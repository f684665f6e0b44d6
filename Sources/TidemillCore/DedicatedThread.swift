import DequeModule
import Foundation
import Synchronization

/// A thread of its own with a stack of known size: for blocking work, and for everything that calls into Lua, whose
/// deepest legal recursion takes 448 KiB of C stack, more than a pool's thread is sure to have. Work is done in the order
/// it comes.
public final class DedicatedThread: Sendable {
    public static let stackSize = 2 << 20

    private struct Queue {
        var jobs: Deque<@Sendable () -> Void> = []
        var isClosed = false
    }

    /// Shared by the object and its thread, so that the thread does not keep the object alive.
    private final class Mailbox: Sendable {
        let queue = Mutex(Queue())
        let arrived = DispatchSemaphore(value: 0)

        func work() {
            while true {
                arrived.wait()
                let (job, isClosed) = queue.withLock { queue in
                    (queue.jobs.popFirst(), queue.isClosed)
                }
                if let job {
                    job()
                } else if isClosed {
                    return
                }
            }
        }
    }

    private let mailbox = Mailbox()

    public init(name: String = "tidemill") {
        let thread = Thread { [mailbox] in mailbox.work() }
        thread.stackSize = Self.stackSize
        thread.name = name
        thread.start()
    }

    deinit {
        mailbox.queue.withLock { $0.isClosed = true }
        mailbox.arrived.signal()
    }

    /// Runs `body` on the thread and returns without waiting.
    public func enqueue(_ body: @escaping @Sendable () -> Void) {
        mailbox.queue.withLock { $0.jobs.append(body) }
        mailbox.arrived.signal()
    }

    /// Runs `body` on the thread and gives back what it returns or throws, without blocking a pool thread.
    public func run<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            enqueue { continuation.resume(with: Result { try body() }) }
        }
    }

    /// As `run`, blocking the caller; not from the thread itself.
    public func wait<T: Sendable>(for body: @escaping @Sendable () throws -> T) throws -> T {
        let box = ResultBox<T>()
        let done = DispatchSemaphore(value: 0)
        enqueue {
            box.result.withLock { $0 = Result { try body() } }
            done.signal()
        }
        done.wait()
        guard let outcome = box.result.withLock({ $0 }) else {
            preconditionFailure("the thread signalled without a result")
        }
        return try outcome.get()
    }

    private final class ResultBox<T: Sendable>: Sendable {
        let result = Mutex<Result<T, any Error>?>(nil)
    }
}
