import DequeModule
import Synchronization
import TidemillCore

/// A few threads for work that blocks: no request holds up a thread that others need for reading and writing sockets. The
/// number of those that wait is bounded; who comes then is told to come again.
final class RequestThreads: Sendable {
    private struct State {
        var idle: [Int]
        var waiting: Deque<@Sendable () -> Void> = []
    }

    private enum Place { case thread(Int), queue, nowhere }

    private let threads: [DedicatedThread]
    private let waitingMax: Int
    private let state: Mutex<State>

    init(name: String, count: Int, waitingMax: Int) {
        threads = (0..<count).map { _ in DedicatedThread(name: name) }
        self.waitingMax = waitingMax
        state = Mutex(State(idle: Array(0..<count)))
    }

    func run<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            let job: @Sendable () -> Void = { continuation.resume(with: Result { try body() }) }
            let place: Place = state.withLock { state in
                if let thread = state.idle.popLast() { return .thread(thread) }
                guard state.waiting.count < waitingMax else { return .nowhere }
                state.waiting.append(job)
                return .queue
            }
            switch place {
            case .thread(let thread): threads[thread].enqueue { [self] in work(job, on: thread) }
            case .queue: break
            case .nowhere: continuation.resume(throwing: Self.full)
            }
        }
    }

    static var full: WireError {
        WireError(.busy, "as many requests wait as may; come again in a moment", retryAfter: .milliseconds(250))
    }

    private func work(_ job: @Sendable () -> Void, on thread: Int) {
        job()
        while let next = next(for: thread) { next() }
    }

    private func next(for thread: Int) -> (@Sendable () -> Void)? {
        state.withLock { state in
            if let job = state.waiting.popFirst() { return job }
            state.idle.append(thread)
            return nil
        }
    }
}
