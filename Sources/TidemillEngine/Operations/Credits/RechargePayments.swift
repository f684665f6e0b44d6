import TidemillCore
import TidemillOperations
import TidemillPayments

/// What a webhook about a payment does: it ends the charge of a recharge that is pending and voids what was given back, or
/// makes credits usable that were bought by INVOICE. A payment names itself by `paymentId` or `id`, or by the
/// `idempotencyKey` that it was made with; what it pays for, by `grantId`. One that names nothing of ours is somebody
/// else's: a webhook as any other. Money is in the others: what cannot be done for them is rejected, so that somebody looks.
enum RechargePayments {
    enum Effect: Sendable {
        case notOurs
        /// Of a payment of ours, that it was told of before.
        case old
        case new
    }

    /// Applies the webhook where it is about a payment of ours.
    static func webhook(_ payload: Payload, in scope: CallScope) throws -> Effect {
        guard let webhook = PaymentWebhook(payload) else { return .notOurs }
        let episodes = RechargeEpisodeTable(connection: scope.connection)
        let references =
            (webhook.idempotencyKey.map { ["key:" + $0] } ?? []) + webhook.paymentIDs.map { "payment:" + $0 }
        for reference in references {
            guard let (episode, attempt) = try episodes.find(reference: reference) else { continue }
            try scope.advance(episode.wallet.customer)
            let book = try RechargeBook(episode.wallet, episode: episode, in: scope)
            let isNew = try book.take(input(of: webhook, episode, attempt, scope))
            try book.close()
            if isNew { try scope.audit(webhook.kind.rawValue, episode.wallet.customer, payload) }
            return isNew ? .new : .old
        }
        let credits = CreditGrantPayments(scope)
        if let grant = webhook.grantID, try credits.isKnown(grant) {
            return try credits.apply(webhook, to: grant) ? .new : .old
        }
        for payment in webhook.paymentIDs {
            if let grant = try credits.grant(ofPayment: payment) {
                return try credits.apply(webhook, to: grant) ? .new : .old
            }
        }
        return .notOurs
    }

    private static func input(
        of webhook: PaymentWebhook, _ episode: RechargeEpisode, _ attempt: Int64, _ scope: CallScope
    ) -> RechargeInput {
        switch webhook.kind {
        case .refunded:
            .takenBack("the payment was refunded", attempt: attempt, from: [.charging, .pending, .succeeded])
        case .succeeded: .told(.succeeded(paymentID: webhook.paymentID), attempt: attempt, isAgreed: true)
        case .failed where episode.state == .succeeded:
            .takenBack("the payment failed after it had succeeded", attempt: attempt, from: [.succeeded])
        case .failed:
            .told(
                .declined(code: webhook.declineCode, isRetryable: !webhook.isFinal), attempt: attempt, isAgreed: true)
        }
    }
}
