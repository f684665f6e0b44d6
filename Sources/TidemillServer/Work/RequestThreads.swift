import DequeModule
import Synchronization
import TidemillCore
import TidemillStore

/// A few threads for work that blocks or takes long: no request holds up a thread that others need for reading and writing
/// sockets. The keys that have work take turns, and one key has never all of the threads: whatever it asks for, another's
/// request waits for the end of one piece of work at most. The number of those that wait is bounded, half of it for one
/// key; who comes then is told to come again.
final class RequestThreads: Sendable {
    private typealias Job = @Sendable () -> Void

    /// Whether whoever asks for a piece of work waits for it still.
    private final class Asker: Sendable {
        private let hasGone = Atomic(false)

        var waits: Bool { !hasGone.load(ordering: .relaxed) }
        func go() { hasGone.store(true, ordering: .relaxed) }
    }

    /// A piece of work that waits: what does it, and what tells its asker that it was not begun.
    private struct Piece {
        let job: Job
        var asker: Asker?
        var drop: Job = {}
    }

    /// What a key has to do.
    private struct Line {
        var waiting: Deque<Piece> = []
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

    private enum Place { case thread(Int), queue, full, gone }

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

    /// What waits is not begun when the task that asks for it is cancelled.
    ///
    /// - Parameters:
    ///   - isPart: whether it belongs to work that was let in, and has room always.
    ///   - reads: whether it changes nothing, and is given up where nobody waits for it.
    func run<T: Sendable>(
        for key: String, isPart: Bool = false, reads: Bool = false, _ body: @escaping @Sendable () throws -> T
    ) async throws -> T {
        let asker = Asker()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let job: Job = {
                    continuation.resume(with: Result { reads ? try Self.reading(for: asker, body) : try body() })
                }
                let piece = Piece(job: job, asker: asker) { continuation.resume(throwing: WireError.gone) }
                switch take(piece, for: key, isPart: isPart) {
                case .thread, .queue: break
                case .full: continuation.resume(throwing: Self.full)
                case .gone: continuation.resume(throwing: WireError.gone)
                }
            }
        } onCancel: {
            drop(asker, of: key)
        }
    }

    private static func reading<T>(for asker: Asker, _ body: () throws -> T) throws -> T {
        do {
            return try WantedRead.whenever({ asker.waits }, body)
        } catch {
            throw asker.waits ? error : WireError.gone
        }
    }

    static var full: WireError {
        WireError(.busy, "as many requests wait as may; come again in a moment", retryAfter: .milliseconds(250))
    }

    /// How many pieces of work of a key wait.
    func waiting(for key: String) -> Int { state.withLock { $0.lines[key]?.waiting.count ?? 0 } }

    private func take(_ piece: Piece, for key: String, isPart: Bool) -> Place {
        let place: Place = state.withLock { state in
            guard piece.asker?.waits ?? true else { return .gone }
            var line = state.lines[key] ?? Line()
            defer { if line.atWork > 0 || !line.waiting.isEmpty { state.lines[key] = line } }
            if line.atWork < perKeyMax, let thread = state.idle.popLast() {
                line.atWork += 1
                return .thread(thread)
            }
            // Whoever has nothing waiting is let in always: no key is in the way of another by how much it asks for.
            guard isPart || line.waiting.isEmpty || state.waiting < waitingMax && line.waiting.count < waitingMax / 2
            else { return .full }
            state.waiting += 1
            line.waiting.append(piece)
            list(&line, key, &state)
            return .queue
        }
        if case .thread(let thread) = place {
            threads[thread].enqueue { [self] in work(piece.job, of: key, on: thread) }
        }
        return place
    }

    /// Takes out what waits for whom nobody waits any more; what has begun goes on, and is told.
    private func drop(_ asker: Asker, of key: String) {
        let dropped: Piece? = state.withLock { state in
            asker.go()
            guard var line = state.lines[key], let place = line.waiting.firstIndex(where: { $0.asker === asker }) else {
                return nil
            }
            let piece = line.waiting.remove(at: place)
            state.waiting -= 1
            if line.isListed, line.waiting.isEmpty {
                line.isListed = false
                state.turns.removeAll { $0 == key }
            }
            state.lines[key] = line.atWork > 0 || !line.waiting.isEmpty ? line : nil
            return piece
        }
        dropped?.drop()
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
            guard let key = state.turns.popFirst(), var line = state.lines[key], let piece = line.waiting.popFirst()
            else {
                state.idle.append(thread)
                return nil
            }
            state.waiting -= 1
            line.atWork += 1
            line.isListed = false
            list(&line, key, &state)
            state.lines[key] = line
            return (piece.job, key)
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
            // Of a task, whose steps are never left out.
            let piece = Piece(job: { [self] in job.runSynchronously(on: asUnownedTaskExecutor()) })
            _ = threads.take(piece, for: key, isPart: true)
        }
    }
}
