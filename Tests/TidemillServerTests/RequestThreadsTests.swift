import Foundation
import Synchronization
import Testing
import TidemillCore
import TidemillStore

@testable import TidemillServer

/// Threads that keys take turns at.
struct RequestThreadsTests {
    /// Holds up work until it is let go, and says who began.
    private final class Gate: Sendable {
        private let gate = DispatchSemaphore(value: 0)
        let begun = Mutex([String]())

        func pass(_ name: String) {
            note(name)
            gate.wait()
        }

        func note(_ name: String) { begun.withLock { $0.append(name) } }

        func open(_ count: Int = 1) { for _ in 0..<count { gate.signal() } }
        func waits(for count: Int) async { while begun.withLock({ $0.count }) < count { await Task.yield() } }
    }

    private static func waits(_ threads: RequestThreads, _ key: String, _ count: Int) async {
        while threads.waiting(for: key) < count { await Task.yield() }
    }

    @Test(.timeLimit(.minutes(10))) func `one key has never all of the threads`() async throws {
        let threads = RequestThreads(name: "test", count: 3, waitingMax: 100)
        let gate = Gate()
        let many = (0..<5).map { _ in Task { try await threads.run(for: "many") { gate.pass("many") } } }
        await gate.waits(for: 2)
        await Self.waits(threads, "many", 3)
        // Two are at work for ever, and three wait: another's is done at once.
        #expect(try await threads.run(for: "other") { 7 } == 7)
        #expect(gate.begun.withLock { $0 } == ["many", "many"])
        gate.open(5)
        for task in many { try await task.value }
        #expect(threads.waiting(for: "many") == 0)
    }

    @Test(.timeLimit(.minutes(10))) func `keys take turns, however much one of them asks`() async throws {
        let threads = RequestThreads(name: "test", count: 1, waitingMax: 100)
        let gate = Gate()
        let first = Task { try await threads.run(for: "a") { gate.pass("a") } }
        await gate.waits(for: 1)
        var tasks: [Task<Void, any Error>] = []
        for (key, count) in [("a", 4), ("b", 2), ("c", 1)] {
            for number in 1...count {
                let name = "\(key)\(number)"
                tasks.append(Task { try await threads.run(for: key) { gate.note(name) } })
                await Self.waits(threads, key, number)
            }
        }
        gate.open()
        try await first.value
        for task in tasks { try await task.value }
        // The turn of a key comes with its first work, and again behind those of all others.
        #expect(gate.begun.withLock { $0 } == ["a", "b1", "c1", "a1", "b2", "a2", "a3", "a4"])
    }

    @Test(.timeLimit(.minutes(10))) func `as many wait as may, and what was let in goes on`() async throws {
        let threads = RequestThreads(name: "test", count: 1, waitingMax: 1)
        let gate = Gate()
        let first = Task { try await threads.run(for: "a") { gate.pass("a") } }
        await gate.waits(for: 1)
        let second = Task { try await threads.run(for: "a") { 2 } }
        await Self.waits(threads, "a", 1)
        await #expect(throws: WireError.self) { try await threads.run(for: "a") { 3 } }
        // Who has nothing waiting is let in, once.
        let other = Task { try await threads.run(for: "b") { 5 } }
        await Self.waits(threads, "b", 1)
        await #expect(throws: WireError.self) { try await threads.run(for: "b") { 3 } }
        let part = Task { try await threads.run(for: "b", isPart: true) { 4 } }
        await Self.waits(threads, "b", 2)
        gate.open()
        try await first.value
        #expect(try await second.value == 2)
        #expect(try await other.value == 5)
        #expect(try await part.value == 4)
    }

    @Test(.timeLimit(.minutes(10))) func `half of those that wait may be of one key`() async throws {
        let threads = RequestThreads(name: "test", count: 1, waitingMax: 8)
        let gate = Gate()
        let first = Task { try await threads.run(for: "a") { gate.pass("a") } }
        await gate.waits(for: 1)
        let tasks = (0..<4).map { number in Task { try await threads.run(for: "a") { number } } }
        await Self.waits(threads, "a", 4)
        await #expect(throws: WireError.self) { try await threads.run(for: "a") { 4 } }
        let others = (0..<4).map { number in Task { try await threads.run(for: "b") { number } } }
        await Self.waits(threads, "b", 4)
        gate.open()
        try await first.value
        for task in tasks + others { _ = try await task.value }
    }

    private static func isGone(_ task: Task<Void, any Error>) async -> Bool {
        do { try await task.value } catch { return (error as? WireError)?.code == "client_gone" }
        return false
    }

    @Test(.timeLimit(.minutes(10))) func `what waits for whom nobody waits is not begun, and leaves its room`()
        async throws
    {
        let threads = RequestThreads(name: "test", count: 1, waitingMax: 2)
        let gate = Gate()
        let first = Task { try await threads.run(for: "a") { gate.pass("first") } }
        await gate.waits(for: 1)
        let gone = Task { try await threads.run(for: "a") { gate.note("gone") } }
        await Self.waits(threads, "a", 1)
        let other = Task { try await threads.run(for: "b") { gate.note("other") } }
        await Self.waits(threads, "b", 1)
        await #expect(throws: WireError.self) { try await threads.run(for: "a") { gate.note("full") } }
        gone.cancel()
        #expect(await Self.isGone(gone) && threads.waiting(for: "a") == 0)
        let late = Task { try await threads.run(for: "a") { gate.note("late") } }
        await Self.waits(threads, "a", 1)
        // Who has gone before it asks is in nobody's queue.
        let never = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            try await threads.run(for: "a") { gate.note("never") }
        }
        #expect(await Self.isGone(never))
        gate.open()
        try await first.value
        try await other.value
        try await late.value
        #expect(gate.begun.withLock { $0 } == ["first", "other", "late"])
    }

    @Test(.timeLimit(.minutes(10))) func `what has begun is done, and a read hears that nobody waits`() async throws {
        let threads = RequestThreads(name: "test", count: 2, waitingMax: 2)
        let gate = Gate()
        let write = Task { try await threads.run(for: "a") { gate.pass("write") } }
        await gate.waits(for: 1)
        let store = try OpenStore()
        let read = Task {
            try await threads.run(for: "b", reads: true) {
                gate.pass("read")
                try store.look()
            }
        }
        await gate.waits(for: 2)
        write.cancel()
        read.cancel()
        gate.open(2)
        try await write.value
        #expect(await Self.isGone(read))
        // For whoever waits it reads as ever.
        try await threads.run(for: "b", reads: true) { try store.look() }
    }

    @Test(.timeLimit(.minutes(10))) func `the steps of a task are done on the threads`() async throws {
        let threads = RequestThreads(name: "test", count: 1, waitingMax: 1)
        func here() -> ObjectIdentifier { ObjectIdentifier(Thread.current) }
        let thread = try await threads.run(for: "a") { ObjectIdentifier(Thread.current) }
        let places = try await threads.steps(for: "a") { () async throws(WireError) -> [ObjectIdentifier] in
            let before = here()
            await Task.yield()
            return [before, here()]
        }
        #expect(places == [thread, thread])
    }
}

/// A store of its own.
private final class OpenStore: Sendable {
    private let store: SQLiteStore

    init() throws {
        store = try SQLiteStore(
            path: FileManager.default.temporaryDirectory.appending(path: "tidemill-\(UUID().uuidString)/store.db").path,
            environment: "test", durability: .unsynced)
    }

    func look() throws { _ = try store.read { try $0.first("SELECT 1", []) { $0.integer(0) } } }
}

/// Long answers that are made and not taken yet.
struct AnswerRoomTests {
    private static func answer(_ bytes: Int) -> WireAnswer { WireAnswer(200, body: Array(repeating: 32, count: bytes)) }

    @Test func `what is done is answered, and no more is done until answers are taken`() throws {
        let room = AnswerRoom()
        try room.require(for: "many")
        var held = [try room.held(Self.answer(AnswerRoom.perKeyMax), for: "many", isDone: true)]
        held.append(try room.held(Self.answer(1 << 20), for: "many", isDone: true))
        #expect(room.bytes == AnswerRoom.perKeyMax + (1 << 20))
        #expect(throws: WireError.self) { try room.require(for: "many") }
        try room.require(for: "other")
        held.removeAll()
        #expect(room.bytes == 0)
        try room.require(for: "many")
    }

    @Test func `one key's answers do not take the room of others, and come back when they are let go`() throws {
        let room = AnswerRoom()
        let part = AnswerRoom.perKeyMax / 4
        var held = try (0..<4).map { _ in try room.held(Self.answer(part), for: "many") }
        #expect(room.bytes == AnswerRoom.perKeyMax)
        #expect(throws: WireError.self) { try room.held(Self.answer(part), for: "many") }
        // Short ones are given always.
        _ = try room.held(Self.answer(AnswerRoom.longMin - 1), for: "many")
        held.append(try room.held(Self.answer(part), for: "other"))
        held.removeFirst()
        #expect(room.bytes == AnswerRoom.perKeyMax)
        held.append(try room.held(Self.answer(part), for: "many"))
        held.removeAll()
        #expect(room.bytes == 0)
        // One alone is given whatever its length is.
        #expect(try room.held(Self.answer(AnswerRoom.perKeyMax + 1), for: "many").body.count > AnswerRoom.perKeyMax)
        #expect(room.bytes == 0)
    }
}

struct AcceptedTypeTests {
    @Test(arguments: [
        ("text/html", true), ("text/html;q=0", false), ("TEXT/HTML; Q=0.0, */*", false), ("*/*", false),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", true),
        ("application/json, text/html;q=0.9", false), ("text/html;q=0.9, application/json;q=0.8", true),
        ("text/html, */*;q=0.01", true), ("application/json, text/javascript, */*; q=0.01", false),
        ("text/*", true), ("text/html;q=0, text/*", false), ("text/html;q=0.001", true),
        ("text/html;level=1;q=0", false),
        ("application/json;q=0, text/html;q=0.5", true), ("text/html;q=nonsense", true), ("", false),
        ("text/htmlx", false),
    ])
    func `a page comes where it is wanted no less than JSON`(accept: String, isPage: Bool) {
        #expect(WireHeaders([("Accept", accept)]).prefersPages == isPage)
        #expect(WireHeaders([("accept", "image/png"), ("accept", accept)]).prefersPages == isPage)
    }
}
