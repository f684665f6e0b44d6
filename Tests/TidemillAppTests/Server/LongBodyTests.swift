import Foundation
import Synchronization
import Testing
import TidemillCore
import TidemillOperations

@testable import TidemillApp
@testable import TidemillServer

/// Bodies that are long, or that hold more than anybody means: refused early, read apart, held within bounds.
struct LongBodyTests {
    private static func request(_ body: [UInt8]) throws -> WireRequest {
        WireRequest("POST", try WireTarget("/operations/reportEvent"), body: body)
    }

    @Test func `what the scope does not allow is refused before the body is read`() async throws {
        let desk = try DeskKit()
        let headers = WireHeaders([("x-api-key", DeskKit.reader)])
        for path in ["/operations/reportEvent", "/api/v1/events", "/api/v1/usage", "/api/v2/usage"] {
            let request = WireRequest("POST", try WireTarget(path), headers: headers)
            let error = await #expect(throws: WireError.self, "\(path)") {
                try await desk.desk.admit(desk.desk.visit(request), request)
            }
            #expect(error?.status == 403)
        }
        let check = WireRequest("POST", try WireTarget("/operations/checkEntitlement"), headers: headers)
        try await desk.desk.admit(desk.desk.visit(check), check)
    }

    @Test func `more values than memory is meant for are refused by every route`() async throws {
        let desk = try DeskKit()
        let values = String(repeating: "[0],", count: BodyReading.valuesMax / 2)
        for (path, text) in [
            ("/operations/reportEvent", #"{"events":[\#(values)0]}"#), ("/api/v1/events", #"{"events":[\#(values)0]}"#),
            ("/api/v1/customers", #"{"id":"a","unknown":[\#(String(repeating: "1,", count: 450_000))1]}"#),
        ] {
            let answer = try await desk.ask("POST", path, key: DeskKit.operator, text: text)
            #expect(answer.code == "request_too_large", "\(path)")
        }
        // Signs within texts are no values.
        let text = String(repeating: "[,:{", count: BodyReading.valuesMax)
        let answer = try await desk.perform(
            .checkEntitlement, ["customerId": "a", "featureId": .string(text)], key: DeskKit.operator)
        #expect(answer.code == "BadUserInput")
    }

    @Test func `values are counted without being read`() {
        for (text, count) in [
            ("", 1), ("1", 1), ("[]", 2), ("[1,2]", 3), (#"{"a":1,"b":[{}]}"#, 7),
            (#"["\"[,", "\\"]"#, 3), (#""[[["#, 1),
        ] { #expect(Payload.count(inJSON: Array(text.utf8)) == count, "\(text)") }
    }

    @Test func `what the values of a body take is lent, and given back`() async throws {
        let room = BodyRoom(bytesMax: 12 * BodyReading.bytesPerValue)
        let reading = BodyReading(room)
        let request = try Self.request(Array("[1,2,3,4,5]".utf8))
        try await reading.lend(request, for: "many") {
            let busy = await #expect(throws: WireError.self) { try await reading.lend(request, for: "many") {} }
            #expect(busy?.code == "server_busy")
        }
        #expect(room.take(12 * BodyReading.bytesPerValue, for: nil))
    }

    @Test func `long bodies that are read are in nobody's way`() async throws {
        let desk = try DeskKit()
        let door = desk.desk
        let reading = BodyReading(BodyRoom())
        let long = try Self.request([UInt8](repeating: 0x20, count: 1 << 20))
        // More than a machine has processors: on the threads that answer, these would let nobody else through.
        let gates = (0..<64).map { _ in DispatchSemaphore(value: 0) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for gate in gates { group.addTask { try await reading.run(long, for: "many") { gate.wait() } } }
            let live = WireRequest("GET", try WireTarget("/livez"))
            #expect(try await door.answer(door.visit(live), live).status == 200)
            for gate in gates { gate.signal() }
            try await group.waitForAll()
        }
    }

    @Test func `bodies of strangers have a room of their own`() throws {
        let source = WebhookSource(
            name: "stigg", folder: "/nowhere", verification: .secret, secrets: ["s"], bodyMax: 100 << 20)
        let desk = DoorDesk(
            DoorSettings(), keys: KeyRing([]), health: DoorHealth(),
            receiver: WebhookReceiver([source]) { OperatorKit.now }, registry: MetricRegistry())
        func visit(_ method: String, _ path: String) throws -> DoorDesk.Visit {
            desk.visit(WireRequest(method, try WireTarget(path)))
        }
        let strangers = desk.room(of: try visit("POST", "/webhooks/stigg"))
        for (method, path) in [("POST", "/enter"), ("POST", "/leave"), ("GET", "/livez"), ("GET", "/readyz")] {
            #expect(desk.room(of: try visit(method, path)) === strangers)
            #expect(try visit(method, path).bodyMax == 4 << 10)
        }
        #expect(strangers.take(BodyRoom.unsignedBytesMax, for: nil) && !strangers.take(1, for: nil))
        #expect(desk.room(of: try visit("POST", "/api/v1/customers")).take(1, for: nil))
        // What would never have room is refused at once.
        #expect(try visit("POST", "/webhooks/stigg").bodyMax == BodyRoom.shareMax(of: BodyRoom.unsignedBytesMax))
    }

    @Test func `of strangers' room one address has a half`() throws {
        let desk = try DeskKit { $0.proxies = ["10.0.0.1"] }.desk
        func sharer(_ peer: String?, _ forwarded: String? = nil) throws -> String? {
            let request = WireRequest(
                "POST", try WireTarget("/webhooks/stigg"),
                headers: WireHeaders(forwarded.map { [("x-forwarded-for", $0)] } ?? []), peer: peer)
            return desk.sharer(of: desk.visit(request), request, nil)
        }
        let (one, other) = (try sharer("192.0.2.1"), try sharer("192.0.2.2"))
        #expect(one != other && one != nil)
        // A proxy that is trusted says for whom it asks, and nobody else may.
        #expect(try sharer("10.0.0.1", "192.0.2.1") == one)
        #expect(try sharer("192.0.2.2", "192.0.2.1") == other)
        // On a socket of the file system everybody is one.
        #expect(try sharer(nil) == sharer(nil, "192.0.2.1"))
        let room = BodyRoom(bytesMax: 100)
        #expect(room.take(50, for: one) && !room.take(1, for: one) && room.take(50, for: other))
        // Who shows a key has a share by its name.
        let asked = WireRequest("POST", try WireTarget("/api/v1/customers"), peer: "192.0.2.1")
        #expect(desk.sharer(of: desk.visit(asked), asked, KeyRing.Holder(name: "app", scope: .full)) == "app")
    }
}
