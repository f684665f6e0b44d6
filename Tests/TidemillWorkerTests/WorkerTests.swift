import Foundation
import ServiceLifecycle
import Testing
import TidemillCore
import TidemillIngest
import TidemillOperations
import TidemillTriggers

@testable import TidemillWorker

@Suite struct WorkerTests {
    func worker(_ kit: WorkerKit, observe: @escaping @Sendable (IngestEvent) -> Void = { _ in }) throws -> Worker {
        try Worker(
            Worker.Settings(spool: SpoolSettings(path: kit.spoolPath), accepts: ["inbox": [.event]]), store: kit.store,
            processor: kit.processor, logger: WorkerKit.logger, observe: observe)
    }

    @Test func `once handles what waits and returns the totals`() async throws {
        let kit = try WorkerKit()
        defer { kit.remove() }
        try FileManager.default.createDirectory(atPath: kit.spoolPath + "/failed", withIntermediateDirectories: true)
        let totals = try await worker(kit).runOnce()
        #expect(totals == IngestTotals())
    }

    @Test func `the services end when their task is cancelled`() async throws {
        let kit = try WorkerKit()
        defer { kit.remove() }
        let events = Events()
        let worker = try worker(kit, observe: events.observe)
        let task = Task { try await worker.run() }
        await events.idle()
        try kit.deliver("a.json")
        await events.acknowledged("a.json")
        task.cancel()
        _ = await task.result
        #expect(kit.done.count == 2)
    }

    @Test func `a worker of another store takes nothing`() async throws {
        let kit = try WorkerKit()
        defer { kit.remove() }
        let other = try WorkerKit()
        defer { other.remove() }
        _ = try worker(kit)
        #expect(throws: SpoolError.self) {
            _ = try Worker(
                Worker.Settings(spool: SpoolSettings(path: kit.spoolPath), accepts: [:]), store: other.store,
                processor: other.processor, logger: WorkerKit.logger)
        }
    }
}
