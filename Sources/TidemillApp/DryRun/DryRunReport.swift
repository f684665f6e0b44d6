import TidemillCore
import TidemillDisplay
import TidemillEngine
import TidemillOperations
import TidemillPayments
import TidemillRuns
import TidemillStore

/// What a dry run would have left in the store, and sent.
struct DryRunReport {
    /// Rows of each kind that are read and shown.
    static let rowsMax = 10_000
    private static let linesMax = 50

    private let written: WrittenSince
    private let charges: [PaymentRequest]
    private let messages: [Emission]
    private let rejected: [RejectedRecord]
    /// Runs that were entered or tried, with the grants of rules.
    private let runs: [(run: Run, grants: [RuleGrant])]

    init(
        _ written: WrittenSince, charges: [PaymentRequest], messages: [Emission], rejected: [RejectedRecord],
        runs: [(run: Run, grants: [RuleGrant])]
    ) {
        self.runs = runs
        self.written = written
        self.charges = charges
        self.messages = messages
        self.rejected = rejected
    }

    /// The members of the command's JSON document, beside what it did.
    var members: TextMap<Payload> {
        [
            "dryRun": true, "ledger": .array(written.ledger), "creditGrants": .array(written.creditGrants),
            "promotionalEntitlements": .array(written.promotionalEntitlements),
            "charges": .array(charges.map(\.payload)),
            "recharges": .array(written.decisions.map { RechargeEntry($0).document }),
            "messages": .array(messages.map(\.document)),
            "audit": .array(written.audit.map { AuditEntry($0).document }),
            "rejected": .array(rejected.map { RejectedEntry($0).document }),
            "runs": .array(
                runs.map { run, grants in
                    guard case .object(var members) = RunEntry(run).document else { return .null }
                    if run.kind == .grant { members["grants"] = .array(grants.map { RuleGrantEntry($0).document }) }
                    return .object(members)
                }),
            "cut": .array(written.cut.map { .string($0) }),
        ]
    }

    func text(_ terminal: Terminal) -> String {
        var ledger = TextTable(
            .text("at"), .text("customer"), .text("currency"), .text("type"), .number("amount"), .text("grant"))
        for entry in written.ledger.prefix(Self.linesMax) {
            ledger.add(
                entry.shown("timestamp"), entry.shown("customerId"), entry.shown("creditCurrencyId"),
                entry.shown("eventType"), entry.shown("amount"), entry.shown("creditGrantId"))
        }
        var grants = TextTable(
            .text("customer"), .text("currency"), .text("type"), .number("amount"), .text("from"), .text("to"),
            .text("name"))
        for grant in written.creditGrants.prefix(Self.linesMax) {
            grants.add(
                grant.shown("customerId"), grant.shown("currencyId"), grant.shown("grantType"), grant.shown("amount"),
                grant.shown("effectiveAt"), grant.shown("expireAt"), grant.shown("displayName"))
        }
        var entitlements = TextTable(
            .text("customer"), .text("feature"), .number("limit"), .text("from"), .text("to"))
        for entitlement in written.promotionalEntitlements.prefix(Self.linesMax) {
            let isUnlimited = entitlement["hasUnlimitedUsage"] == true
            entitlements.add(
                entitlement.shown("customerId"), entitlement.shown("featureId"),
                isUnlimited ? "unlimited" : entitlement.shown("usageLimit"), entitlement.shown("startDate"),
                entitlement.shown("endDate"))
        }
        var payments = TextTable(.text("customer"), .text("currency"), .number("amount"), .text(""), .text("key"))
        for charge in charges.prefix(Self.linesMax) {
            payments.add(
                charge.customerID.text, charge.currencyID, charge.amount.description, charge.currency.uppercased(),
                charge.key)
        }
        var emitted = TextTable(.text("type"), .text("by"), .text("message"))
        for message in messages.prefix(Self.linesMax) {
            emitted.add(message.type, message.job, message.payload.json)
        }
        var changes = TextTable(
            .text("action"), .text("who"), .text("customer"), .text("with"), .text("why"))
        for row in written.audit.prefix(Self.linesMax) {
            changes.add(
                row.action, "\(row.actorKind) \(row.actor)", row.customer?.text ?? "", row.details,
                row.reason ?? "")
        }
        var records = TextTable(
            .text("delivery"), .number("line"), .text("code"), .text("rule"), .text("why"))
        for record in rejected.prefix(Self.linesMax) {
            records.add(record.delivery.text, "\(record.line)", record.code, record.rule ?? "", record.message)
        }
        var attempts = TextTable(
            .text("name"), .text("by"), .text("customer"), .text("state"), .text("why"))
        for (run, grants) in runs.prefix(Self.linesMax) {
            attempts.add(
                run.name, run.trigger.kind.rawValue, run.customer?.text ?? "", run.state.rawValue, run.message ?? "")
            for grant in grants where grant.state != .made {
                attempts.add("  grant \(grant.key)", "", grant.customer.text, grant.state.rawValue, grant.message ?? "")
            }
        }
        let parts = [
            ("runs of jobs and grant rules", attempts, runs.count),
            ("rejected records", records, rejected.count),
            ("credit ledger", ledger, written.ledger.count), ("credit grants", grants, written.creditGrants.count),
            ("promotional entitlements", entitlements, written.promotionalEntitlements.count),
            ("charges, which count as made", payments, charges.count), ("messages in out/", emitted, messages.count),
            ("all changes", changes, written.audit.count),
        ]
        let shown = parts.filter { $0.2 > 0 }.map { title, table, count in
            let more = count > Self.linesMax ? "\n… of \(Figures.grouped(count)); --json has more" : ""
            return "\(terminal.styled(title, .bold))\n\(table.text(terminal))\(more)"
        }
        let nothing = shown.isEmpty ? ["No change would be left."] : []
        return (["Dry run: nothing of this is kept."] + nothing + shown).joined(separator: "\n\n")
    }
}

extension PaymentRequest {
    fileprivate var payload: Payload {
        .object([
            "customerId": .string(customerID.text), "currencyId": .string(currencyID), "amount": Payload(amount),
            "currency": .string(currency), "key": .string(key),
            "paymentMethodId": paymentMethodID.map { .string($0) } ?? .null,
        ])
    }
}

extension Payload {
    /// A member for a cell: text without its quotes, nothing for what is absent.
    fileprivate func shown(_ name: String) -> String {
        guard let value = self[name], !value.isNull else { return "" }
        return value.text ?? value.json
    }
}
