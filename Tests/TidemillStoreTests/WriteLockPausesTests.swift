import Testing

@testable import TidemillStore

/// When an ingest leaves the lock to others. Times are in microseconds after a start; the expected pauses are counted by
/// hand from `heldMax` 8 ms and `length` 0.8 ms.
struct WriteLockPausesTests {
    private let start = ContinuousClock.now

    private func at(_ microseconds: Int) -> ContinuousClock.Instant { start + .microseconds(microseconds) }

    @Test func `the first of all and short ones have no pause`() {
        var pauses = WriteLockPauses()
        #expect(pauses.due(at: at(0)) == .zero)
        for index in 0..<7 {
            // 1 ms each, 0.1 ms between.
            pauses.wasHeld(from: at(index * 1_100), to: at(index * 1_100 + 1_000))
            #expect(pauses.due(at: at(index * 1_100 + 1_100)) == .zero)
        }
        pauses.wasHeld(from: at(7_700), to: at(8_700))
        #expect(pauses.due(at: at(8_800)) == .microseconds(700))
    }

    @Test func `one that held it long pauses once`() {
        var pauses = WriteLockPauses()
        pauses.wasHeld(from: at(0), to: at(30_000))
        #expect(pauses.due(at: at(30_300)) == .microseconds(500))
        pauses.wasHeld(from: at(30_800), to: at(31_000))
        #expect(pauses.due(at: at(31_050)) == .zero)
    }

    @Test func `where the lock was free by itself there is none`() {
        var pauses = WriteLockPauses()
        pauses.wasHeld(from: at(0), to: at(7_900))
        #expect(pauses.due(at: at(8_700)) == .zero)
        // What was held before counts no more.
        pauses.wasHeld(from: at(8_700), to: at(9_700))
        #expect(pauses.due(at: at(9_800)) == .zero)
    }
}
