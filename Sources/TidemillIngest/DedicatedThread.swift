import Foundation

/// A thread of its own with a stack of known size, for blocking work and for Lua, which needs up to 448 KiB of C stack
/// and must not run on a pool's thread.
final class DedicatedThread: @unchecked Sendable {  // `jobs` and `isClosed` are guarded by `condition`.
    private let condition = NSCondition()
    private var jobs: [@Sendable () -> Void] = []
    private var isClosed = false

    init(name: String, stackSize: Int = 8 << 20) {
        let thread = Thread { [condition] in
            // Holds only what it needs, so that the owner's deinit can end it.
            while let job = DedicatedThread.next(condition, { [weak self] in self?.take() }) { job() }
        }
        thread.name = name
        thread.stackSize = stackSize
        thread.start()
    }

    deinit {
        condition.lock()
        isClosed = true
        condition.broadcast()
        condition.unlock()
    }

    private enum Step {
        case job(@Sendable () -> Void)
        case wait
        case end
    }

    private func take() -> Step {
        if !jobs.isEmpty { return .job(jobs.removeFirst()) }
        return isClosed ? .end : .wait
    }

    private static func next(_ condition: NSCondition, _ take: () -> Step?) -> (@Sendable () -> Void)? {
        condition.lock()
        defer { condition.unlock() }
        while true {
            switch take() {
            case .job(let job): return job
            case .wait: condition.wait()
            case .end, nil: return nil
            }
        }
    }

    /// Queues `job`; jobs run one after another.
    func enqueue(_ job: @escaping @Sendable () -> Void) {
        condition.lock()
        jobs.append(job)
        condition.signal()
        condition.unlock()
    }

    /// Runs `body` on the thread and returns what it returned.
    func run<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            enqueue { continuation.resume(with: Result { try body() }) }
        }
    }

    /// As `run`, blocking the calling thread.
    func runBlocking<T: Sendable>(_ body: @escaping @Sendable () throws -> T) throws -> T {
        let done = DispatchSemaphore(value: 0)
        let box = ResultBox<T>()
        enqueue {
            box.result = Result { try body() }
            done.signal()
        }
        done.wait()
        guard let result = box.result else { preconditionFailure("the job ran") }
        return try result.get()
    }

    private final class ResultBox<T>: @unchecked Sendable {  // Written before the semaphore, read after it.
        var result: Result<T, any Error>?
    }
}

/// A bounded queue between the decoding and the committing thread.
final class Handover<Element>: @unchecked Sendable {  // All state is guarded by `condition`.
    private let condition = NSCondition()
    private var elements: [Element] = []
    private let capacity: Int
    private var isClosed = false

    init(capacity: Int) {
        self.capacity = capacity
    }

    /// Waits for room; false when the receiver is gone.
    func send(_ element: Element) -> Bool {
        condition.lock()
        defer { condition.unlock() }
        while elements.count >= capacity, !isClosed { condition.wait() }
        guard !isClosed else { return false }
        elements.append(element)
        condition.broadcast()
        return true
    }

    /// The next element; nil when the queue is closed and empty.
    func receive() -> Element? {
        condition.lock()
        defer { condition.unlock() }
        while elements.isEmpty, !isClosed { condition.wait() }
        guard !elements.isEmpty else { return nil }
        let element = elements.removeFirst()
        condition.broadcast()
        return element
    }

    /// No more elements come, or nobody takes them any more: then what is queued is dropped with `discarding`.
    func close(discarding: Bool = false) {
        condition.lock()
        isClosed = true
        if discarding { elements.removeAll() }
        condition.broadcast()
        condition.unlock()
    }

    var wasClosed: Bool {
        condition.lock()
        defer { condition.unlock() }
        return isClosed
    }
}
