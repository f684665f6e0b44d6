import Testing
import TidemillCore
import TidemillTestSupport

@testable import TidemillRuns

/// How often the runs that wait are counted for the sake of `later`.
struct LaterRoomTests {
    @Test func `they are counted once for ten thousand that are entered, and once a second without room`() throws {
        let room = LaterRoom()
        let now = RunKit.start
        var waiting = LaterRoom.runsMax - 25_000
        var counts = 0
        func take(_ at: Timestamp) throws -> Bool {
            let isTaken = try room.take(now: at) { limit in
                counts += 1
                return min(waiting, limit)
            }
            if isTaken { waiting += 1 }
            return isTaken
        }
        for _ in 0..<25_000 { #expect(try take(now)) }
        // 10,000, 10,000 and 5,000.
        #expect(waiting == 1_000_000 && counts == 3)
        for _ in 0..<1000 { #expect(try !take(now)) }
        #expect(counts == 4)
        #expect(try !take(now.advanced(bySeconds: 1)))
        #expect(counts == 5)
        waiting -= 1
        #expect(try !take(now.advanced(bySeconds: 1)))
        #expect(try take(now.advanced(bySeconds: 2)))
        #expect(try !take(now.advanced(bySeconds: 2)))
        // A clock that was set back holds nobody up.
        waiting -= 1
        #expect(try take(now))
    }
}
