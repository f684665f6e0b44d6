import TidemillCore
import TidemillEngine
import TidemillOperations
import TidemillStore

@testable import TidemillApp
@testable import TidemillServer

/// The desk of a server over a store with keys, asked in this process without sockets.
final class DeskKit {
    static let `operator` = "operator-0123456789"
    static let reader = "reader-0123456789abc"

    let kit: OperatorKit
    let ring: KeyRing
    let desk: DoorDesk

    /// - Parameter before: is called on the thread that performs a row, before it does.
    init(
        _ change: (inout DoorSettings) -> Void = { _ in },
        before: @escaping @Sendable (OperationID, CallContext) -> Void = { _, _ in }
    ) throws {
        let kit = try OperatorKit()
        let host = kit.host
        _ = try host.scripts.inForce()
        var settings = DoorSettings()
        change(&settings)
        ring = KeyRing([
            (KeyRing.Holder(name: "operator", scope: .operator), Self.operator),
            (KeyRing.Holder(name: "reader", scope: .read), Self.reader),
        ])
        desk = DoorDesk(
            settings, keys: ring, health: DoorHealth(), receiver: WebhookReceiver([]) { OperatorKit.now },
            registry: MetricRegistry())
        self.kit = kit
        desk.serve(
            ServedBackend(
                store: kit.app.store, writes: host.engine, now: { OperatorKit.now },
                answerAtOnce: { (id, input, context) throws(OperationError) in
                    try host.engine.answerAtOnce(id, input, in: context)
                },
                perform: { (id, input, context) throws(OperationError) in
                    before(id, context)
                    return try host.performKeyed(id, input, in: context)
                }))
    }

    /// The keys of the store are read again before each request, as they are after half a second.
    func ask(
        _ method: String, _ target: String, key: String? = nil, _ headers: [(String, String)] = [],
        peer: String? = nil, text: String = ""
    ) async throws -> WireAnswer {
        try ring.refresh(kit.app.store)
        var headers = headers.map { (name: $0.0, value: $0.1) }
        if let key { headers.append(("x-api-key", key)) }
        let request = WireRequest(
            method, try WireTarget(target), headers: WireHeaders(headers), authority: "localhost", peer: peer,
            body: Array(text.utf8))
        do throws(WireError) {
            let visit = desk.visit(request)
            try await desk.admit(visit, request)
            return try await desk.answer(visit, request)
        } catch {
            return error.answer(to: request.headers)
        }
    }

    func perform(
        _ id: OperationID, _ input: Payload, key: String? = nil, _ headers: [(String, String)] = []
    ) async throws -> WireAnswer {
        try await ask("POST", "/operations/\(id.rawValue)", key: key, headers, text: input.json)
    }

    /// The header that a browser shows after it came in by a link or a key; nil where it was let in by neither.
    func enter(
        _ secret: String, _ headers: [(String, String)] = [], peer: String? = nil
    ) async throws -> (cookie: (String, String)?, answer: WireAnswer) {
        let own = [("sec-fetch-site", "same-origin")] + headers
        let answer = try await ask("POST", "/enter", own, peer: peer, text: "key=\(secret)")
        let set = answer.headers.first { $0.name == "set-cookie" }?.value
        return (set.map { ("cookie", String($0.prefix { $0 != ";" })) }, answer)
    }

    /// The secret that `addKey` and `addLink` answer.
    func secret(_ answer: WireAnswer) throws -> String { try answer.payload()["key"]?.text ?? "" }
}

extension WireAnswer {
    func payload() throws -> Payload { try Payload(json: body) }
    var code: String? { (try? payload())?["code"]?.text }
    func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
}
