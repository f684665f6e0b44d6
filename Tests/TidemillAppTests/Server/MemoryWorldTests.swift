import Foundation
import Logging
import Testing
import TidemillCore
import TidemillOperations

@testable import TidemillApp
@testable import TidemillServer

/// What `tidemill serve --memory` does with its clock.
struct MemoryWorldTests {
    private static let start = Timestamp(rfc3339: "2026-01-01T00:00:00Z") ?? Timestamp(microseconds: 0)

    private static func world(_ folder: TemporaryFolder) throws -> (MemoryWorld, DoorDesk) {
        try folder.write("scripts/jobs.lua", "job { name = 'j', schedule = '0 0 1 * *', run = function() end }\n")
        try folder.write("config.toml", "environment = \"test\"\n")
        let world = try MemoryWorld(
            AppConfig.load(path: folder.path("config.toml")), at: start, logger: Logger(label: "test"))
        let desk = DoorDesk(
            DoorSettings(), keys: KeyRing([], anyone: KeyRing.Holder(name: "test", scope: .full)),
            health: DoorHealth(), receiver: WebhookReceiver([]) { start }, registry: MetricRegistry(),
            laboratory: world)
        world.begin(at: desk)
        return (world, desk)
    }

    @Test func `its schedules are looked at, whatever its clock says`() async throws {
        let folder = try TemporaryFolder()
        let (world, desk) = try Self.world(folder)
        func stopped() async throws -> Bool {
            let request = WireRequest(
                "GET", try WireTarget("/statusz"), headers: WireHeaders([("x-api-key", "any")]))
            let answer = try await desk.answer(desk.visit(request), request)
            return String(decoding: answer.body, as: UTF8.self).contains("schedules_stopped")
        }
        _ = try await world.move(["by": "1s"])
        #expect(try await !stopped())
        let id = try await world.snapshot()["id"]?.text ?? ""
        _ = try await world.move(["by": "400d"])
        #expect(try await !stopped())
        _ = try await world.restore(id)
        #expect(try await !stopped())
    }

    @Test func `its own paths say which methods they take`() async throws {
        let folder = try TemporaryFolder()
        let (_, desk) = try Self.world(folder)
        for (path, methods) in [
            ("/clock", ["GET", "PUT"]), ("/snapshots", ["POST"]), ("/snapshots/1/restore", ["POST"]),
        ] {
            for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] where !methods.contains(method) {
                let request = WireRequest(method, try WireTarget(path), headers: WireHeaders([("x-api-key", "any")]))
                let error = await #expect(throws: WireError.self) {
                    try await desk.answer(desk.visit(request), request)
                }
                #expect(error?.status == 405 && error?.allowed == methods, "\(method) \(path)")
            }
        }
    }

    @Test func `two instants at once move nothing`() async throws {
        let folder = try TemporaryFolder()
        let (world, desk) = try Self.world(folder)
        let request = WireRequest(
            "PUT", try WireTarget("/clock"), headers: WireHeaders([("x-api-key", "any")]),
            body: Array(#"{"by": "1d", "by": "2d"}"#.utf8))
        let error = await #expect(throws: WireError.self) { try await desk.answer(desk.visit(request), request) }
        #expect(error?.status == 400 && error?.message.contains("stands twice") == true)
        #expect(try await world.clock() == ["now": "2026-01-01T00:00:00.000Z"])
    }

    @Test func `its clock moves by what it is told, and ten years at a time`() async throws {
        let folder = try TemporaryFolder()
        let (world, _) = try Self.world(folder)
        #expect(try await world.move(["by": "1ms"]) == ["now": "2026-01-01T00:00:00.001Z"])
        for body: Payload in [
            ["now": "9999-12-31T23:59:59Z"], ["by": "9000d"], ["now": "2036-02-01T00:00:00Z"],
        ] {
            let error = await #expect(throws: OperationError.self, "\(body.json)") { try await world.move(body) }
            #expect(error?.code == .badUserInput && error?.message.contains("ten years at a time") == true)
        }
        #expect(try await world.move(["now": "2030-01-01T00:00:00Z"]) == ["now": "2030-01-01T00:00:00.000Z"])
    }
}
