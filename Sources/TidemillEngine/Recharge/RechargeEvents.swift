import TidemillCore
import TidemillOperations

/// The engine's events about auto-recharge, in the flat shapes of stigg.md C.4.
extension CallScope {
    /// One attempt to charge, once its outcome is known. `amount` are credits, as in the API's sample.
    func announceRecharge(_ episode: RechargeEpisode, configuration: String, status: String, error: Payload? = nil)
        throws
    {
        var fields: [String: Payload] = [
            "configId": .string(configuration), "grantId": episode.grantID.map { .string($0) } ?? .null,
            "customerId": .string(episode.wallet.customer.text), "currencyId": .string(episode.wallet.currency),
            "status": .string(status), "amount": Payload(episode.credits),
        ]
        if let cost = episode.cost { fields["cost"] = Money.shape.encode(cost) }
        if let error { fields["error"] = error }
        try announce(EngineEvent("automatic_recharge.operation.attempted", episode.wallet.customer, fields))
    }

    /// The month's recharges reached `threshold` percent of the cap, the highest of 80, 90 and 100 that they reached; or
    /// the next one does not fit. `totalSpent`, `percentageUsed` and `threshold` always speak of what is spent, so that a
    /// refused purchase before any threshold has `threshold` 0. What it would have cost is `refusedAmount`, which the
    /// hosted API does not have; a warning has none.
    func announceRechargeLimit(
        _ consent: RechargeConsent, cap: Amount, spent: Amount, threshold: Int64, refused: Amount? = nil
    ) throws {
        var fields: [String: Payload] = [
            "configId": .string(consent.id), "customerId": .string(consent.wallet.customer.text),
            "currencyId": .string(consent.wallet.currency), "maxSpendLimit": Payload(cap),
            "totalSpent": Payload(spent), "percentageUsed": Payload(Self.percentage(spent, of: cap)),
            "threshold": .integer(threshold),
        ]
        if let refused { fields["refusedAmount"] = Payload(refused) }
        try announce(EngineEvent("credits.automatic_recharge_limit_exceeded", consent.wallet.customer, fields))
    }

    /// A script that should decide about a wallet could not: nothing is charged, and nobody but who looks after the scripts
    /// has to do something. The hosted API has no such event; one that speaks of an attempt would start dunning jobs.
    func announcePolicyFailure(_ consent: RechargeConsent, _ source: PolicySource, _ failure: RechargePolicyFailure)
        throws
    {
        try announce(
            EngineEvent(
                "recharge.policy_failed", consent.wallet.customer,
                [
                    "configId": .string(consent.id), "customerId": .string(consent.wallet.customer.text),
                    "currencyId": .string(consent.wallet.currency), "policy": .string(source.name),
                    "scriptVersion": .string(source.scriptVersion), "status": "FAILED",
                    "error": .object([
                        "code": .string(failure.code.rawValue), "kind": .string(failure.kind),
                        "message": .string(failure.message),
                    ]),
                ]))
    }

    /// It was enabled or disabled, by the customer or by the engine.
    func announceRechargeConfiguration(_ consent: RechargeConsent, reason: String?, changedBy: String) throws {
        try announce(
            EngineEvent(
                "automatic_recharge.configuration.changed", consent.wallet.customer,
                [
                    "configId": .string(consent.id), "customerId": .string(consent.wallet.customer.text),
                    "currencyId": .string(consent.wallet.currency), "isEnabled": .boolean(consent.isEnabled),
                    "reason": reason.map { .string($0) } ?? .null, "changedBy": .string(changedBy),
                ]))
    }

    /// A declined charge, for whoever looks after the customer's payments.
    func announcePaymentFailure(_ episode: RechargeEpisode, error: Payload) throws {
        let customer = try customers.find(episode.wallet.customer)
        try announce(
            EngineEvent(
                "customer.payment_failed", episode.wallet.customer,
                [
                    "customer": .object([
                        "id": .string(episode.wallet.customer.text),
                        "name": customer?.name.map { .string($0) } ?? .null,
                        "email": customer?.email.map { .string($0) } ?? .null,
                        "billingId": customer?.billingID.map { .string($0) } ?? .null,
                    ]),
                    "subscription": .null, "error": error,
                ]))
    }

    /// To two decimals; of a cap of nothing all is used.
    private static func percentage(_ spent: Amount, of cap: Amount) -> Amount {
        guard cap > .zero else { return Amount(100) }
        // Cut, not rounded: 99.999 % is not 100 %.
        let percent = spent.scaled(by: 100 * Amount.nanosPerUnit, over: cap.nanos, rounding: .down)
        return percent?.rounded(toDigits: 2, rounding: .down) ?? Amount(100)
    }
}
