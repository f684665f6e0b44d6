import Testing
import TidemillCore
import TidemillOperations
import TidemillTestSupport
import TidemillStore

@testable import TidemillApp
@testable import TidemillServer

/// `Idempotency-Key` on operators' rows, and what counts as the same input.
struct RepeatedRequestTests {
    private static let once = [("idempotency-key", "k-1")]

    @Test func `a repeat of an operator's write says that it is one`() async throws {
        let desk = try DeskKit()
        let pause: Payload = ["target": "ingest", "reason": "by hand"]
        let first = try await desk.perform(.pause, pause, key: DeskKit.operator, Self.once)
        let second = try await desk.perform(.pause, pause, key: DeskKit.operator, Self.once)
        #expect(first.status == 200 && first.body == second.body)
        #expect(first.header("idempotent-replayed") == nil && second.header("idempotent-replayed") == "true")
        let other: Payload = ["target": "recharge", "reason": "by hand"]
        #expect(try await desk.perform(.pause, other, key: DeskKit.operator, Self.once).status == 409)
    }

    @Test func `of twenty that come at once with one key, one does something`() async throws {
        let desk = try DeskKit()
        let door = desk.desk
        let body = Array((["job": "nightly", "reason": "again"] as Payload).json.utf8)
        let request = WireRequest(
            "POST", try WireTarget("/operations/fireJob"),
            headers: WireHeaders([("x-api-key", DeskKit.operator), ("idempotency-key", "k-1")]), body: body)
        let answers = try await withThrowingTaskGroup(of: WireAnswer.self) { group in
            for _ in 0..<20 { group.addTask { try await door.answer(door.visit(request), request) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(answers.allSatisfy { $0.status == 200 } && Set(answers.map(\.body)).count == 1)
        #expect(answers.count { $0.header("idempotent-replayed") == nil } == 1)
        let fired = try desk.kit.app.store.read {
            try $0.first("SELECT COUNT(*) FROM audit WHERE action = 'fireJob'") { $0.integer(0) }
        }
        #expect(fired == 1)
    }

    @Test func `what answers a secret takes no key, and nobody keeps the secret`() async throws {
        let desk = try DeskKit()
        for (id, input) in [
            (OperationID.addLink, [:] as Payload), (.addKey, ["name": "backend", "scope": "full"]),
        ] {
            let refused = try await desk.perform(id, input, key: DeskKit.operator, Self.once)
            #expect(refused.code == "BadUserInput")
            #expect(String(decoding: refused.body, as: UTF8.self).contains("takes no idempotency key"))
            let made = try await desk.perform(id, input, key: DeskKit.operator)
            #expect(made.status == 200)
            let secret = try desk.secret(made)
            let dump = try desk.kit.dump().description
            #expect(secret.hasPrefix("tm_") && !dump.contains(secret))
        }
    }

    @Test func `null where a field may be left out is the same input`() async throws {
        let desk = try DeskKit()
        func provision(_ text: String) async throws -> WireAnswer {
            try await desk.ask("POST", "/api/v1/customers", key: DeskKit.operator, Self.once, text: text)
        }
        #expect(try await provision(#"{"id":"acme","name":"Acme"}"#).status == 200)
        let again = try await provision(#"{"id":"acme","name":"Acme","email":null}"#)
        #expect(again.status == 200 && again.header("idempotent-replayed") == "true")
        #expect(try await provision(#"{"id":"acme","name":null}"#).status == 409)
        // What an empty value says, another does not.
        #expect(try await provision(#"{"id":"acme","name":"Acme","metadata":{"a":null}}"#).status != 200)
    }
}
