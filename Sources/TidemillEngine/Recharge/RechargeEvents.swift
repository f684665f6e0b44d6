import TidemillCore
import TidemillOperations

/// The engine's events about auto-recharge, in the flat shapes of stigg.md C.4.
extension RechargeState {
    private var names: TextMap<Payload> {
        [
            "configId": .string(consent?.id ?? ""), "customerId": .string(wallet.customer.text),
            "currencyId": .string(wallet.currency),
        ]
    }

    private func event(_ type: String, _ fields: TextMap<Payload>) -> EngineEvent {
        EngineEvent(type, wallet.customer, names.merging(fields) { $1 })
    }

    /// One attempt to charge, once its outcome is known. `amount` are credits, as in the API's sample.
    func attempted(_ status: String, error: Payload? = nil) -> EngineEvent {
        var fields: TextMap<Payload> = [
            "grantId": episode?.grantID.map { .string($0) } ?? .null, "status": .string(status),
            "amount": Payload(episode?.credits ?? .zero),
        ]
        fields["cost"] = episode?.cost.map { Money.shape.encode($0) }
        fields["error"] = error
        return event("automatic_recharge.operation.attempted", fields)
    }

    /// The month's recharges reached `threshold` percent of the cap, the highest of 80, 90 and 100 that they reached; or
    /// the next one does not fit. `totalSpent`, `percentageUsed` and `threshold` always speak of what is spent, so that a
    /// refused purchase before any threshold has `threshold` 0. What it would have cost is `refusedAmount`, which the
    /// hosted API does not have; a warning has none.
    func limitReached(_ cap: Amount, spent: Amount, threshold: Int64, refused: Amount? = nil) -> EngineEvent {
        var fields: TextMap<Payload> = [
            "maxSpendLimit": Payload(cap), "totalSpent": Payload(spent),
            "percentageUsed": Payload(Self.percentage(spent, of: cap)), "threshold": .integer(threshold),
        ]
        fields["refusedAmount"] = refused.map { Payload($0) }
        return event("credits.automatic_recharge_limit_exceeded", fields)
    }

    /// A script that should decide about a wallet could not: nothing is charged, and nobody but who looks after the scripts
    /// has to do something. The hosted API has no such event; one that speaks of an attempt would start dunning jobs.
    func policyFailed(_ source: PolicySource, _ failure: RechargePolicyFailure) -> EngineEvent {
        event(
            "recharge.policy_failed",
            [
                "policy": .string(source.name), "scriptVersion": .string(source.scriptVersion), "status": "FAILED",
                "error": .object([
                    "code": .string(failure.code.rawValue), "kind": .string(failure.kind),
                    "message": .string(failure.message),
                ]),
            ])
    }

    /// It was enabled or disabled, by the customer or by the engine.
    func configurationChanged(_ reason: String?, by changedBy: String) -> EngineEvent {
        event(
            "automatic_recharge.configuration.changed",
            [
                "isEnabled": .boolean(consent?.isEnabled ?? false), "reason": reason.map { .string($0) } ?? .null,
                "changedBy": .string(changedBy),
            ])
    }

    /// A declined charge, for whoever looks after the customer's payments.
    func paymentFailed(_ customer: Customer?, error: Payload) -> EngineEvent {
        EngineEvent(
            "customer.payment_failed", wallet.customer,
            [
                "customer": .object([
                    "id": .string(wallet.customer.text), "name": customer?.name.map { .string($0) } ?? .null,
                    "email": customer?.email.map { .string($0) } ?? .null,
                    "billingId": customer?.billingID.map { .string($0) } ?? .null,
                ]),
                "subscription": .null, "error": error,
            ])
    }

    /// To two decimals; of a cap of nothing all is used.
    private static func percentage(_ spent: Amount, of cap: Amount) -> Amount {
        guard cap > .zero else { return Amount(100) }
        // Cut, not rounded: 99.999 % is not 100 %.
        let percent = spent.scaled(by: 100 * Amount.nanosPerUnit, over: cap.nanos, rounding: .down)
        return percent?.rounded(toDigits: 2, rounding: .down) ?? Amount(100)
    }
}
