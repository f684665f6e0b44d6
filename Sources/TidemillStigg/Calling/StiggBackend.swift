import Foundation
import Synchronization
import TidemillCore
import TidemillGraphQL
public import TidemillOperations

/// Performs the API's operations at the hosted service: each by its route, or by a document where it has none there.
public final class StiggBackend: OperationBackend {
    /// How long one call goes on trying.
    public struct Patience: Sendable {
        /// From the first request on.
        public var whole = Duration.seconds(60)
        /// For how long the service knows an idempotency key, with an hour left over; reports have keys of their own, which it
        /// knows for longer.
        public var keySeconds: Int64 = 23 * 3600
        public var reportKeySeconds: Int64 = 7 * 86_400 - 3600
        public init() {}
    }

    let transport: any ServiceTransport
    let host: String
    private let pace: Pace
    private let patience: Patience
    private let sleep: @Sendable (Duration) async -> Void

    public init(
        _ settings: ServiceSettings, transport: any ServiceTransport, pace: Pace = Pace(),
        patience: Patience = Patience(),
        sleep: @escaping @Sendable (Duration) async -> Void = { try? await Task.sleep(for: $0) }
    ) {
        host = settings.base
        self.transport = transport
        self.pace = pace
        self.patience = patience
        self.sleep = sleep
    }

    public nonisolated(nonsending) func perform(
        _ id: OperationID, _ input: Payload, in context: CallContext
    ) async throws(OperationError) -> Payload {
        let row = OperationTable.row(id)
        var context = context
        // Of a call that nobody repeats, its own attempts are one effect all the same.
        if row.effect.isWrite, context.idempotencyKey == nil { context.idempotencyKey = RandomID.make() }
        let input = try understood(row, input, context)
        let call = Call(row: row, context: context)
        switch id {
        case .createPlan, .createAddon: return try await createPackage(call, input)
        case .getProduct: return try await product(call, input)
        case .reportUsage:
            let answer = try await ask(call, RequestRoute.request(row, input))
            guard let first = answer["usages"]?.items?.first else {
                throw ResponseReading.failure(.serviceRefused, row, "\(host) answered no measurement")
            }
            return first
        case .unarchivePlan, .unarchiveAddon:
            _ = try await document(call, input)
            let reader: OperationID = id == .unarchivePlan ? .getPlan : .getAddon
            return try await read(reader, input, context)
        case .updateCreditGrant: return try await updateGrant(call, input)
        case .getCreditBalance:
            guard case .object(var wallet) = try await document(call, input) else { return .null }
            // The service tells no holds.
            wallet["available"] = wallet["balance"]
            return .object(wallet)
        case .listAddonOverageCharges:
            guard case .object(var page) = try await document(call, ["id": input["id"] ?? .null]) else { return .null }
            if page["data"] == nil { page["data"] = [] }
            page["pagination"] = ["next": .null, "prev": .null]
            return .object(page)
        default:
            if ServiceDocument(id) != nil { return try await document(call, input) }
            return try await ask(call, RequestRoute.request(row, input))
        }
    }

    /// One call, however many requests it takes.
    struct Call {
        let row: OperationRow
        let context: CallContext
    }

    // MARK: - The input

    /// The input in its one spelling, with a key for its effect where the service takes one in the body.
    private func understood(_ row: OperationRow, _ input: Payload, _ context: CallContext) throws(OperationError)
        -> Payload
    {
        if let refusal = Offer.refusal(row.id) { throw ResponseReading.failure(.notOnStigg, row, refusal) }
        guard !context.dryRun || !row.effect.isWrite else {
            throw ResponseReading.failure(.notOnStigg, row, "Stigg has no dry run: what is changed there stays changed")
        }
        let understood = try row.understood(input)
        // Of what stands for nothing said, the service has its own.
        let given = row.input.filter { field in ([field.name] + field.aliases).contains { input[$0] != nil } }
        guard case .object(var members) = understood else { return understood }
        members = members.filter { name, _ in given.contains { $0.name == name } }
        for name in Offer.refusedFields(row.id) where members[name].map({ !$0.isNull }) ?? false {
            throw ResponseReading.failure(
                .notOnStigg, row, "Stigg's \(row.id.rawValue) has no '\(name)': leave it out")
        }
        try RequestBody.check(row, understood)
        guard let key = context.idempotencyKey else { return .object(members) }
        // A report whose key stands in it is known again for longer than any other call.
        switch row.id {
        case .reportUsage where members["idempotencyKey"] == nil: members["idempotencyKey"] = .string(key)
        case .reportUsageBulk:
            let usages = members["usages"]?.items ?? []
            members["usages"] = .array(
                usages.enumerated().map { number, usage in
                    guard case .object(var one) = usage, one["idempotencyKey"] == nil else { return usage }
                    one["idempotencyKey"] = .string("\(key)/\(number)")
                    return .object(one)
                })
        default: break
        }
        return .object(members)
    }

    // MARK: - Requests

    func read(_ id: OperationID, _ input: Payload, _ context: CallContext) async throws(OperationError) -> Payload {
        var reading = context
        reading.idempotencyKey = nil
        reading.sentBefore = nil
        let row = OperationTable.row(id)
        let fields = Set(row.input.map(\.name))
        guard case .object(let members) = input else { return .null }
        return try await perform(id, .object(members.filter { fields.contains($0.key) }), in: reading)
    }

    func document(_ call: Call, _ input: Payload) async throws(OperationError) -> Payload {
        guard let document = ServiceDocument(call.row.id) else { return .null }
        let data = try await graphQL(call, document.text, document.variables(input), root: document.root)
        return document.answer(of: data)
    }

    /// What a document answers; with nothing where it should stand, the service has no such thing.
    func graphQL(
        _ call: Call, _ text: String, _ variables: Payload, root: String
    ) async throws(OperationError) -> Payload {
        let request = ServiceRequest(
            .post, "/graphql", body: ["query": .string(text), "variables": variables],
            kind: call.row.effect.isWrite ? .write : .read)
        return try await ask(call, request, ResponseReading.document)
    }

    typealias Reading = (ServiceResponse, OperationRow, String) -> ResponseReading.Verdict

    func ask(
        _ call: Call, _ request: ServiceRequest, part: String = "", _ reading: Reading = ResponseReading.read
    ) async throws(OperationError) -> Payload {
        var request = request
        if request.method == .post, call.row.effect.isWrite {
            request.key = call.context.idempotencyKey.map { $0 + part }
        }
        let row = call.row
        let start = ContinuousClock.now
        // Whether it may have been performed without our knowing.
        var isUnknown = try wasSent(call)
        var attempt = 0
        while true {
            await wait(for: request)
            var reason: String
            var asked: Duration?
            switch await attempted(request, reading, call) {
            case .answer(let answer): return answer
            case .refused(let error):
                guard isUnknown, let answer = try await made(call, request, error) else { throw error }
                return answer
            case .later(let told, let after):
                (reason, asked) = (told, after)
                pace.hold(request.kind, for: min(after ?? .seconds(1), .seconds(60)))
            case .unknown(let told):
                isUnknown = isUnknown || row.effect.isWrite
                reason = told
            }
            let wait = asked ?? Self.backoff(attempt)
            attempt += 1
            guard ContinuousClock.now - start + wait < patience.whole, !Task.isCancelled else {
                throw given(up: row, reason, isUnknown: isUnknown)
            }
            await sleep(wait)
        }
    }

    private func wait(for request: ServiceRequest) async {
        let wait = pace.wait(request)
        if wait > .zero { await sleep(wait) }
    }

    private func attempted(
        _ request: ServiceRequest, _ reading: Reading, _ call: Call
    ) async -> ResponseReading.Verdict {
        do throws(TransportFailure) {
            let response = try await transport.send(request)
            let verdict = reading(response, call.row, host)
            guard case .refused(let error) = verdict,
                let words = ClockSkew.words(response.date, now: call.context.now)
            else { return verdict }
            return .refused(error.worded(error.message + words))
        } catch {
            switch error {
            case .notSent(let reason): return .later(reason, after: nil)
            case .refused(let reason):
                return .refused(
                    ResponseReading.failure(.serviceMisconfigured, call.row, "\(host) is not trusted: \(reason)"))
            case .lost(let reason): return .unknown(reason)
            }
        }
    }

    private func given(up row: OperationRow, _ reason: String, isUnknown: Bool) -> OperationError {
        isUnknown
            ? ResponseReading.failure(
                .outcomeUnknown, row, "\(host) did not answer (\(reason)), so that it may have been performed")
            : ResponseReading.failure(.serviceUnavailable, row, "\(host): \(reason)")
    }

    /// 0.5 s, doubled up to 8 s, and a part of it by chance, so that many do not come at once.
    private static func backoff(_ attempt: Int) -> Duration {
        let whole = Duration.milliseconds(500 << min(attempt, 4))
        return whole * Int.random(in: 75...100) / 100
    }

    // MARK: - What may have been performed already

    /// Whether an earlier attempt may have had its effect. One that the service has forgotten by now is nobody's to repeat.
    private func wasSent(_ call: Call) throws(OperationError) -> Bool {
        guard let sentAt = call.context.sentBefore, call.row.effect.isWrite else { return false }
        let hasReportKey = [.reportUsage, .reportUsageBulk].contains(call.row.id)
        let seconds = hasReportKey ? patience.reportKeySeconds : patience.keySeconds
        guard !Offer.isRepeatable(call.row), call.context.now > sentAt.advanced(bySeconds: seconds) else { return true }
        throw ResponseReading.failure(
            .outcomeForgotten, call.row,
            "it was sent at \(sentAt) and never answered, and Stigg remembers keys for a day: look there whether it was performed"
        )
    }

    /// Whether an error says that an attempt before this one was performed: something is there already and is what the call
    /// makes, or is gone already.
    private func made(
        _ call: Call, _ request: ServiceRequest, _ error: OperationError
    ) async throws(OperationError) -> Payload? {
        let row = call.row
        if row.route.method == .delete { return Self.isMissing(error.code) ? [:] : nil }
        guard error.code.maySayDone || error.code == .entityIsArchived, let body = request.body,
            let sent = try? Payload(json: body)
        else { return nil }
        guard error.code == .duplicatedEntity else { return [:] }
        guard let reader = Offer.reader(of: row.id) else { return nil }
        let present = try await read(reader, sent, call.context)
        return isSame(sent, present) ? present : nil
    }

    private static func isMissing(_ code: OperationError.Code) -> Bool {
        code.rawValue.contains("NotFound") || code.maySayDone
    }

    /// Whether what is there is what was sent, as far as it tells.
    func isSame(_ sent: Payload, _ present: Payload) -> Bool {
        guard case .object(let members) = sent else { return false }
        return members.allSatisfy { name, value in
            guard !value.isNull, let there = present[name] else { return true }
            return value.isPart(of: there)
        }
    }
}
