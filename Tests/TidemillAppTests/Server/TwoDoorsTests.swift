import Testing
import TidemillCore
import TidemillEngine
import TidemillOperations
import TidemillTestSupport

@testable import TidemillApp
@testable import TidemillServer

/// Goal: whatever is wrong with a field, the answer has the same code by the command, by `POST /operations/NAME` and by the
/// route of the API. Method: for every row of the table each field of its example is broken in every way that its
/// description forbids, and asked at the three places in this process, without sockets. A query has texts only: what of a
/// GET comes through as another input is judged by the row as it came. One row after the other: each has a store and the
/// threads of a server.
@Suite(.serialized)
struct TwoDoorsTests {
    private static let routes = RouteTable()

    private static func desk(_ kit: OperatorKit) throws -> DoorDesk {
        let host = kit.host
        // As in a worker the scripts are there before the first request: they are not loaded within its transaction.
        _ = try host.scripts.inForce()
        let desk = DoorDesk(
            DoorSettings(), keys: KeyRing([], anyone: KeyRing.Holder(name: "test", scope: .operator)),
            health: DoorHealth(), receiver: WebhookReceiver([]) { OperatorKit.now }, registry: .unread)
        desk.serve(
            ServedBackend(
                store: kit.app.store, writes: host.engine, now: { OperatorKit.now },
                answerAtOnce: { (id, input, context) throws(OperationError) in
                    try host.engine.answerAtOnce(id, input, in: context)
                },
                perform: { (id, input, context) throws(OperationError) in
                    try host.performKeyed(id, input, in: context)
                }))
        return desk
    }

    /// The code of a refusal, or the status of an answer.
    private static func answer(_ desk: DoorDesk, _ request: WireRequest) async -> String {
        do throws(WireError) {
            return "\(try await desk.answer(desk.visit(request), request).status)"
        } catch {
            return error.status == 400 ? error.code : "\(error.status) \(error.code): \(error.message)"
        }
    }

    private static func request(
        _ method: String, _ target: String, _ body: [UInt8]
    ) throws(WireError) -> WireRequest {
        WireRequest(
            method, try WireTarget(target), headers: WireHeaders([("x-api-key", "any")]), body: body)
    }

    @Test(arguments: OperationTable.rows.map(\.id))
    func `a wrong field has one code at every door`(id: OperationID) async throws {
        let kit = try OperatorKit()
        let row = OperationTable.row(id)
        for step in row.example.after { try kit.call(step.id, step.input) }
        let desk = try Self.desk(kit)
        // A single event is the short form of `events`.
        let base: Payload = id == .reportEvent ? ["events": [row.example.input]] : row.example.input
        var differing: [String] = []
        var (looked, routed) = (0, 0)
        for broken in BrokenInput.all(of: base, row.input) where !broken.mayWork {
            looked += 1
            let what = "\(broken.how) at '\(broken.path)'"
            let code = kit.failure(id, broken.input)?.code.rawValue ?? "200"
            if code != "BadUserInput" { differing.append("\(what): the command says \(code)") }
            let named = await Self.answer(
                desk, try Self.request("POST", "/operations/\(id.rawValue)", Array(broken.input.json.utf8)))
            if named != code { differing.append("\(what): \(code) by command, \(named) by name") }
            // What clients may be ahead with is passed over by the API's routes.
            guard row.audience == .client, broken.how != "an unknown field",
                let sent = ClientRequest(row, broken.input)
            else { continue }
            // As JSON carries it: a whole number of nineteen digits is one.
            let carried = try Payload(json: Array(broken.input.json.utf8))
            let expected: String
            let request: WireRequest
            do throws(WireError) {
                request = try Self.request(sent.method, sent.target, sent.body)
                guard case .route(let route, let names) = Self.routes.match(sent.method, request.target.segments)
                else { continue }
                let call = try PlannedCall(request, route, names)
                // Where the field that tells the rows of a route apart is broken, another row is meant.
                guard call.row.id == id else { continue }
                // What may be fine now must not be done.
                if call.input != carried, row.effect.isWrite { continue }
                expected = kit.failure(id, call.input)?.code.rawValue ?? "200"
                if call.input == carried, expected != code { differing.append("\(what): changes its code") }
            } catch {
                // A target or body that cannot carry it.
                routed += 1
                if error.code != code { differing.append("\(what): \(code) by command, \(error.code) by its path") }
                continue
            }
            routed += 1
            let answer = await Self.answer(desk, request)
            let isSame = answer == expected || answer.hasSuffix(" \(expected)") || answer.contains(" \(expected): ")
            if !isSame { differing.append("\(what): \(expected) by command, \(answer) by route") }
        }
        #expect(differing.isEmpty, "\(differing.count): \(differing.prefix(8).joined(separator: "\n"))")
        #expect(looked > 0 || row.input.isEmpty)
        let isInPath = row.input.allSatisfy { row.route.path.contains("{\($0.name)}") }
        #expect(routed > 0 || row.audience == .operator || isInPath || id == .getCoupons)
    }
}
