import Synchronization
import Testing
import TidemillOperations

@testable import TidemillServer

/// Pages that several people look at while the store changes.
struct DrawnPagesTests {
    private final class Drawings: Sendable {
        private let count = Mutex(0)

        func draw() -> WireAnswer {
            let number = count.withLock { count in
                count += 1
                return count
            }
            return .json(200, ["drawing": .integer(Int64(number))])
        }

        var made: Int { count.withLock { $0 } }
    }

    private static func key(_ path: String = "/", _ scope: KeyScope = .read, _ zone: String? = nil) -> DrawnPages.Key {
        DrawnPages.Key(path: path, scope: scope, zone: zone)
    }

    @Test func `all who were told of one change get one drawing, also while it is made`() async throws {
        let pages = DrawnPages()
        let drawings = Drawings()
        let seen = ContinuousClock.now
        let bodies = try await withThrowingTaskGroup(of: [UInt8].self) { group in
            for _ in 0..<5 {
                group.addTask {
                    try await pages.page(Self.key(), notBefore: seen) {
                        await Task.yield()
                        return drawings.draw()
                    }.body
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(drawings.made == 1)
        #expect(Set(bodies).count == 1 && bodies.count == 5)
    }

    @Test func `a change that is seen later is drawn, as is what others may see, or in other zones`() async throws {
        let pages = DrawnPages()
        let drawings = Drawings()
        let first = ContinuousClock.now
        for key in [
            Self.key(), Self.key(), Self.key("/jobs"), Self.key("/", .operator), Self.key("/", .read, "Asia/Tokyo"),
        ] {
            _ = try await pages.page(key, notBefore: first) { drawings.draw() }
        }
        #expect(drawings.made == 4)
        // What was drawn before the change was seen may be without it.
        _ = try await pages.page(Self.key(), notBefore: .now + .seconds(1)) { drawings.draw() }
        #expect(drawings.made == 5)
    }

    @Test func `however many pages are looked at, few are kept`() async throws {
        let pages = DrawnPages()
        let drawings = Drawings()
        let seen = ContinuousClock.now
        for _ in 0..<2 {
            for number in 0..<100 {
                _ = try await pages.page(Self.key("/\(number)"), notBefore: seen) { drawings.draw() }
            }
        }
        #expect(drawings.made == 200 - 32)
        await pages.removeAll()
        _ = try await pages.page(Self.key("/0"), notBefore: seen) { drawings.draw() }
        #expect(drawings.made == 200 - 32 + 1)
    }

    @Test func `a drawing that fails fails for who waits for it, and is made anew after the next change`() async throws
    {
        struct Failure: Error {}
        let pages = DrawnPages()
        let seen = ContinuousClock.now
        await #expect(throws: Failure.self) { try await pages.page(Self.key(), notBefore: seen) { throw Failure() } }
        let drawings = Drawings()
        _ = try await pages.page(Self.key(), notBefore: .now) { drawings.draw() }
        #expect(drawings.made == 1)
    }

    @Test func `one look a second at the store serves all pages that wait`() {
        let looks = LiveLooks()
        let begin = ContinuousClock.now
        let read = Mutex<Int64>(10)
        func look(_ seconds: Double) -> Int64 {
            looks.look(at: begin + .seconds(seconds)) {
                read.withLock { stamp in
                    stamp += 1
                    return stamp
                }
            }.stamp
        }
        #expect(
            [look(0), look(0), look(0.5), look(0.99), look(1), look(1.5), look(2)] == [11, 11, 11, 11, 12, 12, 13])
        // What was seen before the newest look is drawn for each who asks.
        #expect(looks.seen(13) == begin + .seconds(2))
        #expect(looks.seen(12) == nil)
    }
}
