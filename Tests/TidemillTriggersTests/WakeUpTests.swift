import Dispatch
import Foundation
import Testing

@testable import TidemillTriggers

@Suite struct WakeUpTests {
    @Test func `a signal before the wait is kept`() async {
        let wake = WakeUp()
        wake.signal()
        await wake.wait()
    }

    @Test func `a signal ends a wait that has begun`() async {
        let wake = WakeUp()
        async let waiting: Void = wake.wait()
        wake.signal()
        await waiting
    }

    @Test func `a wait ends when its time is over and leaves later signals alone`() async {
        let wake = WakeUp()
        await wake.wait(atMost: .seconds(3600), sleep: { _ in })
        wake.signal()
        await wake.wait()
    }

    @Test func `cancelling ends a wait`() async {
        let wake = WakeUp()
        let task = Task { await wake.wait() }
        task.cancel()
        await task.value
    }

    @Test func `a rename into a watched folder wakes`() async throws {
        let path = NSTemporaryDirectory() + "/tidemill-wake-\(UUID().uuidString)"
        let spool = try Spool(SpoolSettings(path: path), storeID: "s", logger: SpoolKit.logger)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let wake = WakeUp()
        let watcher = InboxWatcher(spool, queue: DispatchQueue(label: "test"), wake: wake, start: .now)
        _ = try watcher.inboxes[0].look(now: .now)
        try Data("{}".utf8).write(to: URL(fileURLWithPath: path + "/tmp/a.json"))
        try FileManager.default.moveItem(atPath: path + "/tmp/a.json", toPath: path + "/inbox/a.json")
        await wake.wait()
        #expect(try watcher.inboxes[0].look(now: .now).ready.map(\.name) == ["a.json"])
    }

    @Test func `the end of another worker wakes`() async throws {
        let path = NSTemporaryDirectory() + "/tidemill-wake-\(UUID().uuidString)"
        let spool = try Spool(SpoolSettings(path: path), storeID: "s", logger: SpoolKit.logger)
        defer { try? FileManager.default.removeItem(atPath: path) }
        var other: Spool? = try Spool(SpoolSettings(path: path), storeID: "s", logger: SpoolKit.logger)
        let wake = WakeUp()
        let watcher = InboxWatcher(spool, queue: DispatchQueue(label: "test"), wake: wake, start: .now)
        #expect(!watcher.workerHasEnded())
        #expect(other != nil)
        other = nil
        await wake.wait()
        #expect(watcher.workerHasEnded())
    }
}
