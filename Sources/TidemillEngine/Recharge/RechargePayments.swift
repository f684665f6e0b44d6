import TidemillCore
import TidemillOperations
import TidemillPayments

/// Webhooks of a payment provider: `payment.succeeded`, `payment.failed` and `payment.refunded` end what is pending and
/// void what was given back. A payment names itself by `paymentId` or `id`, or by the `idempotencyKey` that it was made
/// with, in the payload itself or in its `data`, `data.object` or `payment`. Money is in them: one that names no payment, or
/// one that is not known, is rejected, so that somebody looks.
enum RechargePayments {
    /// Applies the webhook where it is about a payment. Returns false where it is not, or says nothing new.
    @discardableResult
    static func webhook(_ payload: Payload, in scope: CallScope) throws -> Bool {
        guard let type = payload["type"]?.text, let kind = Kind(rawValue: type) else { return false }
        let places = [payload, payload["data"], payload["data"]?["object"], payload["payment"]].compactMap { $0 }
        func field(_ name: String) -> String? {
            places.lazy.compactMap { $0[name]?.text }.first { !$0.isEmpty && $0.utf8.count <= 255 }
        }
        try checkNames(in: places, type)
        // Only an id that the gateway once answered is found, whatever else is called so.
        let paymentID = field("paymentId")
        let ids = [paymentID, payload["payment"]?["id"]?.text, payload["data"]?["object"]?["id"]?.text, field("id")]
        let episodes = RechargeEpisodeTable(connection: scope.connection)
        var references: [String] = []
        if let key = field("idempotencyKey") { references.append("key:" + key) }
        references += ids.compactMap { $0 }.map { "payment:" + $0 }
        var found: (episode: RechargeEpisode, attempt: Int64)?
        for reference in references where found == nil { found = try episodes.find(reference: reference) }
        guard let (episode, attempt) = found else { throw notFound(references, type) }
        try scope.advance(episode.wallet.customer)
        let isNew = try apply(kind, places, field("declineCode"), paymentID, episode, attempt, scope)
        if isNew { try scope.audit(type, episode.wallet.customer, payload) }
        return isNew
    }

    /// Names of a payment are texts.
    private static func checkNames(in places: [Payload], _ type: String) throws {
        for name in ["paymentId", "idempotencyKey"] {
            for value in places.compactMap({ $0[name] }) where value != .null {
                guard let text = value.text, !text.isEmpty, text.utf8.count <= 255 else {
                    throw OperationError(
                        .badUserInput,
                        "webhook \(type): '\(name)' must be text of 1 to 255 bytes such as \"pay_1\", got \(value.json.prefix(100))"
                    )
                }
            }
        }
    }

    private static func notFound(_ references: [String], _ type: String) -> OperationError {
        guard !references.isEmpty else {
            return OperationError(
                .badUserInput,
                "webhook \(type): 'paymentId' is missing: give the id that the gateway answered, or the 'idempotencyKey' of the charge"
            )
        }
        let names = references.map { "\"\($0.drop { $0 != ":" }.dropFirst())\"" }.joined(separator: ", ")
        return OperationError(
            .paymentNotFound,
            "webhook \(type): no recharge knows the payment \(names). Check that it is the id that the gateway answered, or give the 'idempotencyKey' of the charge; once it is known, `tidemill rejected retry`, and if it is none of Tidemill's, `tidemill rejected drop`"
        )
    }

    private static func apply(
        _ kind: Kind, _ places: [Payload], _ declineCode: String?, _ paymentID: String?, _ episode: RechargeEpisode,
        _ attempt: Int64, _ scope: CallScope
    ) throws -> Bool {
        switch kind {
        case .refunded:
            return try takeBack(
                episode, attempt, "the payment was refunded", from: [.charging, .pending, .succeeded], scope)
        case .succeeded: return try settle(.succeeded(paymentID: paymentID), episode, attempt, scope)
        case .failed where episode.state == .succeeded:
            return try takeBack(
                episode, attempt, "the payment failed after it had succeeded", from: [.succeeded], scope)
        case .failed:
            let isFinal = places.contains { $0["retryable"] == false }
            return try settle(
                .declined(code: declineCode, isRetryable: !isFinal), episode, attempt, scope)
        }
    }

    private enum Kind: String {
        case succeeded = "payment.succeeded"
        case failed = "payment.failed"
        case refunded = "payment.refunded"
    }

    /// The customer has not paid after all.
    private static func takeBack(
        _ episode: RechargeEpisode, _ attempt: Int64, _ reason: String, from states: Set<RechargeEpisode.State>,
        _ scope: CallScope
    ) throws -> Bool {
        guard attempt == episode.attempt, states.contains(episode.state) else { return false }
        try RechargeTransitions(scope).refund(episode, because: reason)
        return true
    }

    private static func settle(
        _ answer: PaymentAnswer, _ episode: RechargeEpisode, _ attempt: Int64, _ scope: CallScope
    ) throws -> Bool {
        var named = episode
        named.attempt = attempt
        return try RechargeSettlement(scope: scope).apply(answer, toKey: named.gatewayKey)
    }
}
