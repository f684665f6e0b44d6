import Testing
import TidemillTriggers

@testable import TidemillWorker

@Suite struct StopSignalTests {
    @Test func `a stop ends every wait, those that begin later too`() async {
        let stop = StopSignal(wake: WakeUp())
        let forever: @Sendable (Duration) async throws -> Void = { _ in await WakeUp().wait() }
        await withTaskGroup { tasks in
            for _ in 0..<3 { tasks.addTask { await stop.wait(atMost: .seconds(3600), sleep: forever) } }
            stop.request()
            await tasks.waitForAll()
        }
        await stop.wait(atMost: .seconds(3600), sleep: forever)
        #expect(stop.isRequested)
    }

    @Test func `a wait without a stop lasts its time`() async {
        let stop = StopSignal(wake: WakeUp())
        await stop.wait(atMost: .seconds(3600), sleep: { _ in })
        #expect(!stop.isRequested)
    }
}
