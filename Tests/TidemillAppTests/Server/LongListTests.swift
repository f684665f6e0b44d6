import Foundation
import Synchronization
import Testing
import TidemillCore
import TidemillOperations
import TidemillStore

@testable import TidemillApp
@testable import TidemillServer

/// One key asks for lists that take long, as often as it may; others are served meanwhile.
struct LongListTests {
    @Test(.timeLimit(.minutes(10)))
    func `a write whose client has gone is not begun, and others are`() async throws {
        let desk = try DeskKit()
        let store = desk.kit.app.store
        // Nobody writes while this is held.
        let gate = DispatchSemaphore(value: 0)
        let (held, told) = AsyncStream<Void>.makeStream()
        let holder = Thread {
            try? store.write { _ in
                told.finish()
                gate.wait()
            }
        }
        holder.start()
        for await _ in held {}
        let door = desk.desk
        func make(_ id: String) throws -> Task<WireAnswer, any Error> {
            let request = WireRequest(
                "POST", try WireTarget("/api/v1/customers"), headers: WireHeaders([("x-api-key", DeskKit.operator)]),
                authority: "localhost", body: Array(#"{"id":"\#(id)"}"#.utf8))
            return Task { try await door.answer(door.visit(request), request) }
        }
        let gone = try make("gone")
        let stays = try make("stays")
        gone.cancel()
        gate.signal()
        let error = await #expect(throws: WireError.self) { try await gone.value }
        #expect(error?.code == "client_gone")
        #expect(try await stays.value.status == 200)
        for (id, status) in [("gone", 404), ("stays", 200)] {
            #expect(try await desk.ask("GET", "/api/v1/customers/\(id)", key: DeskKit.operator).status == status)
        }
    }

    /// Holds up what the key "reader" reads until it is let go.
    private final class Gate: Sendable {
        private let gate = DispatchSemaphore(value: 0)
        private let counts = Mutex((at: 0, most: 0, all: 0))

        func pass() {
            counts.withLock {
                $0.at += 1
                $0.all += 1
                $0.most = max($0.most, $0.at)
            }
            gate.wait()
            counts.withLock { $0.at -= 1 }
        }

        var at: Int { counts.withLock { $0.at } }
        var most: Int { counts.withLock { $0.most } }
        var all: Int { counts.withLock { $0.all } }
        func open(_ count: Int) { for _ in 0..<count { gate.signal() } }
    }

    @Test(.timeLimit(.minutes(10)))
    func `others are answered while one key has all the work that it may have`() async throws {
        let gate = Gate()
        let desk = try DeskKit(
            { _ in },
            before: { id, context in
                if id == .listCustomers, context.actor == "reader" { gate.pass() }
            })
        let count = 40
        let door = desk.desk
        let request = WireRequest(
            "GET", try WireTarget("/api/v1/customers"), headers: WireHeaders([("x-api-key", DeskKit.reader)]),
            authority: "localhost")
        let lists = (0..<count).map { _ in Task { try await door.answer(door.visit(request), request).status } }
        while gate.at < 2 { await Task.yield() }
        // Two of three threads are its own, for as long as it likes.
        for _ in 0..<5 {
            for path in ["/livez", "/readyz", "/metrics"] { #expect(try await desk.ask("GET", path).status == 200) }
            for path in ["/api/v1/customers", "/customers", "/statusz"] {
                #expect(try await desk.ask("GET", path, key: DeskKit.operator).status == 200, "\(path)")
            }
            let asked = #"{"query": "{ products { totalCount } }"}"#
            #expect(try await desk.ask("POST", "/graphql", key: DeskKit.operator, text: asked).status == 200)
        }
        #expect(gate.all == 2)
        gate.open(count)
        for list in lists { #expect(try await list.value == 200) }
        #expect(gate.most == 2)
    }

    @Test func `a path of the server says which methods it takes`() async throws {
        let desk = try DeskKit()
        let paths: [(path: String, methods: [String])] = [
            ("/livez", ["GET", "HEAD"]), ("/health", ["GET", "HEAD"]), ("/readyz", ["GET", "HEAD"]),
            ("/metrics", ["GET", "HEAD"]),
            ("/statusz", ["GET", "HEAD"]), ("/openapi.json", ["GET", "HEAD"]), ("/", ["GET", "HEAD"]),
            ("/customers", ["GET", "HEAD"]), ("/customers/acme", ["GET", "HEAD"]), ("/live", ["GET", "HEAD"]),
            ("/assets/app.css", ["GET", "HEAD"]), ("/v1/paywall.json", ["GET", "HEAD"]),
            ("/enter", ["GET", "HEAD", "POST"]), ("/do/pause", ["GET", "HEAD", "POST"]), ("/leave", ["POST"]),
            ("/graphql", ["POST"]), ("/webhooks/any", ["POST"]),
        ]
        for (path, methods) in paths {
            for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] where !methods.contains(method) {
                let answer = try await desk.ask(method, path, key: DeskKit.operator)
                #expect(answer.status == 405 && answer.code == "method_not_allowed", "\(method) \(path)")
                #expect(answer.header("allow") == methods.joined(separator: ", "), "\(method) \(path)")
            }
        }
        // Those of a server of tests are not here at all.
        for path in ["/clock", "/snapshots", "/snapshots/1/restore"] {
            #expect(try await desk.ask("PUT", path, key: DeskKit.operator).status == 404, "\(path)")
        }
    }
}
