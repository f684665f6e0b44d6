import TidemillCore
import TidemillOperations
import TidemillPayments

/// What a webhook about a payment does: it ends the charge of a recharge that is pending and voids what was given back, or
/// makes credits usable that were bought by INVOICE. A payment names itself by `paymentId` or `id`, or by the
/// `idempotencyKey` that it was made with; what it pays for, by `grantId`. Money is in them: one that names nothing that
/// is known is rejected, so that somebody looks.
enum RechargePayments {
    /// Applies the webhook where it is about a payment. Returns false where it is not, or says nothing new.
    @discardableResult
    static func webhook(_ payload: Payload, in scope: CallScope) throws -> Bool {
        guard let webhook = try PaymentWebhook(payload) else { return false }
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
            return isNew
        }
        let credits = CreditGrantPayments(scope)
        if let grant = webhook.grantID { return try credits.apply(webhook, to: grant) }
        for payment in webhook.paymentIDs {
            if let grant = try credits.grant(ofPayment: payment) { return try credits.apply(webhook, to: grant) }
        }
        throw notFound(references, webhook.subject)
    }

    private static func notFound(_ references: [String], _ subject: String) -> OperationError {
        guard !references.isEmpty else {
            return OperationError(
                .badUserInput,
                "\(subject): 'paymentId' is missing: give the id that the gateway answered, the 'idempotencyKey' of the charge, or the 'grantId' of credits by INVOICE"
            )
        }
        let names = references.map { "\"\($0.drop { $0 != ":" }.dropFirst())\"" }.joined(separator: ", ")
        return OperationError(
            .paymentNotFound,
            "\(subject): no recharge knows the payment \(names), and no credits were bought with it. Check that it is the id that the gateway answered, or give the 'idempotencyKey' of the charge, or the 'grantId' of credits by INVOICE; once it is known, `tidemill rejected retry`, and if it is none of Tidemill's, `tidemill rejected drop`"
        )
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
