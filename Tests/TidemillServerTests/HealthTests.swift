import Foundation
import Testing

@testable import TidemillServer

struct HealthTests {
    @Test func `a look that takes long is told as such, to the first who asks and to all others`() async {
        let gate = DispatchSemaphore(value: 0)
        let health = DoorHealth(
            patience: .milliseconds(1),
            unready: {
                gate.wait()
                return ["store_not_writable"]
            })
        #expect(await health.reasons() == ["busy"])
        #expect(await health.reasons() == ["busy"])
        gate.signal()
        // Whoever asks gets what the look has found, once it has ended.
        while await health.reasons() == ["busy"] {}
        #expect(await health.reasons() == ["store_not_writable"])
    }
}
