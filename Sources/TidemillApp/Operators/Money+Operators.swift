import TidemillCore
import TidemillEngine
import TidemillOperations
import TidemillStore

extension ListRecharges: OperatorOperation {
    static func perform(
        _ input: Input, by host: OperatorBackend, in context: CallContext
    ) throws -> Listing<RechargeEntry> {
        let result = input.result?.uppercased()
        guard result.map(RechargeDecisionLog.results.contains) ?? true else {
            let known = RechargeDecisionLog.results.joined(separator: ", ")
            throw OperationError(
                .badUserInput,
                "listRecharges: 'result' must be one of \(known), got \"\(input.result?.escapingControls ?? "")\"")
        }
        var filter = RechargeDecisionLog.Filter(
            customer: input.customerID, currency: input.currencyID, result: result, from: input.from, to: input.to)
        filter.after = input.after.map { ($0.createdAt, Int64($0.id) ?? 0) }
        let found = try host.app.store.read {
            try RechargeDecisionLog.list(filter, limit: Int(input.limit) + 1, on: $0)
        }
        return Listing(found.map { RechargeEntry($0) }, limit: input.limit) {
            Cursor(createdAt: $0.at, id: "\($0.number)")
        }
    }
}

extension ResumeWallet: OperatorOperation {
    static func perform(
        _ input: Input, by host: OperatorBackend, in context: CallContext
    ) throws -> AutoRechargeSettings {
        let wallet: Payload = ["customerId": .string(input.customerID.text), "currencyId": .string(input.currencyID)]
        let settings = try AutoRechargeSettings.shape.decode(
            try host.performInner(.getAutoRecharge, wallet, for: .resumeWallet, in: context),
            as: "getAutoRecharge's answer")
        guard settings.isEnabled else {
            throw OperationError(
                .invalidArgument,
                "resumeWallet: auto-recharge of \(input.customerID), \(input.currencyID) is not enabled; saveAutoRecharge enables it"
            )
        }
        var context = context
        context.reason = input.reason
        let saved = try host.performInner(
            .saveAutoRecharge, wallet.adding("isEnabled", true), for: .resumeWallet, in: context)
        return try AutoRechargeSettings.shape.decode(saved, as: "saveAutoRecharge's answer")
    }
}

extension ListAudit: OperatorOperation {
    static func perform(
        _ input: Input, by host: OperatorBackend, in context: CallContext
    ) throws -> Listing<AuditEntry> {
        let found = try host.app.store.read {
            try AuditLog.list(
                customer: input.customerID, action: input.action, before: input.after.flatMap { Int64($0.id) },
                limit: Int(input.limit) + 1, on: $0)
        }
        return Listing(found.map { AuditEntry($0) }, limit: input.limit) {
            Cursor(createdAt: $0.at, id: "\($0.number)")
        }
    }
}

extension Verify: OperatorOperation {
    static func perform(_ input: Input, by host: OperatorBackend, in context: CallContext) throws -> Output {
        let store = host.app.store
        let usage = try Verifier(identityKey: host.engine.identityKey).verify(store, progress: context.progress)
        let reported = try CalculatedUsage.verify(store)
        let credits = try CreditVerifier().verify(store)
        let invoices = try InvoiceVerifier(settings: host.app.config.engineSettings, now: context.now).verify(store)
        let found = usage.differences + reported.differences + credits.differences + invoices.differences
        let count =
            usage.differenceCount + reported.differences.count + credits.differenceCount + invoices.differenceCount
        return Output(
            ok: count == 0, meters: Int64(usage.meters), events: usage.events, totals: Int64(usage.cells),
            counters: Int64(reported.counters), wallets: Int64(credits.wallets), creditGrants: Int64(credits.grants),
            ledgerRows: credits.entries, invoices: Int64(invoices.invoices), meteredWindows: Int64(invoices.windows),
            differences: Array(found.prefix(Verifier.differencesMax)),
            differenceCount: Int64(count), filling: usage.filling, sealedWindows: Int64(invoices.sealed),
            notBilled: UnbilledUsage.Reason.allCases.compactMap { reason in
                invoices.unbilled.subjects[reason].map { Verify.NotBilled(reason: reason.rawValue, subjects: $0) }
            }, unsubscribed: invoices.unbilled.unsubscribed)
    }
}

extension RechargeEntry {
    init(_ decision: RechargeRecord) {
        self.init(
            number: decision.sequence, customerID: decision.customerID.text, currencyID: decision.currencyID,
            at: decision.at, lastAt: decision.lastAt, times: decision.repeats + 1, result: decision.result,
            reason: decision.reason, inputs: decision.inputs, episode: decision.episode, policy: decision.policy,
            scriptVersion: decision.scriptVersion)
    }
}

extension AuditEntry {
    init(_ row: AuditRow) {
        self.init(
            number: row.sequence, at: row.at, actorKind: row.actorKind, actor: row.actor, action: row.action,
            details: Payload(stored: row.details), customerID: row.customer?.text, reason: row.reason)
    }
}
