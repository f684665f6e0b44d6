import DequeModule
import Synchronization
import TidemillCore

/// A few threads for work that blocks or takes long: no request holds up a thread that others need for reading and writing
/// sockets. The keys that have work take turns, and one key has never all of the threads: whatever it asks for, another's
/// request waits for the end of one piece of work at most. The number of those that wait is bounded, half of it for one
/// key; who comes then is told to come again.
final class RequestThreads: Sendable {
    private typealias Job = @Sendable () -> Void

    /// What a key has to do.
    private struct Line {
        var waiting: Deque<Job> = []
        var atWork = 0
        /// Whether it stands in `turns`.
        var isListed = false
    }

    private struct State {
        var idle: [Int]
        var lines: [String: Line] = [:]
        /// Keys with work that waits and may be begun, in the order of their turns. Empty while a thread is idle.
        var turns: Deque<String> = []
        var waiting = 0
    }

    private enum Place { case thread(Int), queue, nowhere }

    private let threads: [DedicatedThread]
    private let waitingMax: Int
    private let perKeyMax: Int
    private let state: Mutex<State>

    init(name: String, count: Int, waitingMax: Int) {
        threads = (0..<count).map { _ in DedicatedThread(name: name) }
        self.waitingMax = waitingMax
        perKeyMax = max(1, count - 1)
        state = Mutex(State(idle: Array(0..<count)))
    }

    /// - Parameter isPart: whether it belongs to work that was let in, and has room always.
    func run<T: Sendable>(
        for key: String, isPart: Bool = false, _ body: @escaping @Sendable () throws -> T
    ) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            let isTaken = take(for: key, isPart: isPart) { continuation.resume(with: Result { try body() }) }
            if !isTaken { continuation.resume(throwing: Self.full) }
        }
    }

    static var full: WireError {
        WireError(.busy, "as many requests wait as may; come again in a moment", retryAfter: .milliseconds(250))
    }

    /// How many pieces of work of a key wait.
    func waiting(for key: String) -> Int { state.withLock { $0.lines[key]?.waiting.count ?? 0 } }

    /// False where there is no room for it.
    private func take(for key: String, isPart: Bool, _ job: @escaping Job) -> Bool {
        let place: Place = state.withLock { state in
            var line = state.lines[key] ?? Line()
            defer { if line.atWork > 0 || !line.waiting.isEmpty { state.lines[key] = line } }
            if line.atWork < perKeyMax, let thread = state.idle.popLast() {
                line.atWork += 1
                return .thread(thread)
            }
            // Whoever has nothing waiting is let in always: no key is in the way of another by how much it asks for.
            guard isPart || line.waiting.isEmpty || state.waiting < waitingMax && line.waiting.count < waitingMax / 2
            else { return .nowhere }
            state.waiting += 1
            line.waiting.append(job)
            list(&line, key, &state)
            return .queue
        }
        switch place {
        case .thread(let thread): threads[thread].enqueue { [self] in work(job, of: key, on: thread) }
        case .queue: break
        case .nowhere: return false
        }
        return true
    }

    private func list(_ line: inout Line, _ key: String, _ state: inout State) {
        guard !line.isListed, !line.waiting.isEmpty, line.atWork < perKeyMax else { return }
        line.isListed = true
        state.turns.append(key)
    }

    private func work(_ job: Job, of key: String, on thread: Int) {
        job()
        var done = key
        while let next = next(after: done, on: thread) {
            next.job()
            done = next.key
        }
    }

    /// What is begun when a piece of work of a key has ended; nil where nothing waits that may be.
    private func next(after done: String, on thread: Int) -> (job: Job, key: String)? {
        state.withLock { state in
            if var line = state.lines.removeValue(forKey: done) {
                line.atWork -= 1
                list(&line, done, &state)
                if line.atWork > 0 || !line.waiting.isEmpty { state.lines[done] = line }
            }
            guard let key = state.turns.popFirst(), var line = state.lines[key], let job = line.waiting.popFirst()
            else {
                state.idle.append(thread)
                return nil
            }
            state.waiting -= 1
            line.atWork += 1
            line.isListed = false
            list(&line, key, &state)
            state.lines[key] = line
            return (job, key)
        }
    }

    // MARK: - Tasks

    /// Runs the steps of a task on the threads, each in the turn of its key: for what takes long between two waits.
    func steps<T>(
        for key: String, _ body: () async throws(WireError) -> T
    ) async throws(WireError) -> T {
        try await withTaskExecutorPreference(Steps(threads: self, key: key)) { () async throws(WireError) -> T in
            try await body()
        }
    }

    private final class Steps: TaskExecutor {
        private let threads: RequestThreads
        private let key: String

        init(threads: RequestThreads, key: String) {
            self.threads = threads
            self.key = key
        }

        func enqueue(_ job: consuming ExecutorJob) {
            let job = UnownedJob(job)
            _ = threads.take(for: key, isPart: true) { [self] in job.runSynchronously(on: asUnownedTaskExecutor()) }
        }
    }
}
