public import TidemillCore
import TidemillOperations
import TidemillPricing
public import TidemillStore

/// Recomputes invoices from their stored terms, usage and accounts, and compares (promise 5 of architecture.md).
public struct InvoiceVerifier {
    public struct Report: Sendable {
        public var invoices = 0
        public var windows = 0
        /// Windows whose seals were compared with their events.
        public var sealed = 0
        /// Windows that were not priced again: events of then are gone, and what is sealed stands.
        public var unpriced = 0
        /// What is on no invoice, by why.
        public var unbilled = UnbilledUsage()
        /// One sentence a difference; `Verifier.differencesMax` at most.
        public var differences: [String] = []
        public var differenceCount = 0

        mutating func add(_ difference: String) {
            differenceCount += 1
            if differences.count < Verifier.differencesMax { differences.append(difference) }
        }
    }

    private let settings: EngineSettings
    private let now: Timestamp

    public init(settings: EngineSettings, now: Timestamp) {
        self.settings = settings
        self.now = now
    }

    /// Goes from payer to payer, and from one closed time to the next, each in a read of its own.
    public func verify(_ store: any Store) throws -> Report {
        var report = Report()
        var payer: MoneyAccount?
        while let next = try store.read({ try Self.payer(after: payer, on: $0) }) {
            try store.read { try verify(next, &report, on: $0) }
            payer = next
        }
        var key: [SQLValue]?
        while let next = try store.read({ try ClosedUsageTable(connection: $0).next(after: key) }) {
            try store.read { try verify(next.closed, &report, on: $0) }
            key = next.key
        }
        for shard in 0..<Int64(UsageStore.shards) {
            var last: SealedWindow?
            while let next = try store.read({ try verifySeals(shard: shard, after: last, &report, on: $0) }) {
                last = next
            }
        }
        report.unbilled = try UnbilledUsage.survey(store, settings, now: now)
        for gap in report.unbilled.gaps { report.add(gap) }
        return report
    }

    /// Some windows against their events; answers the last of them.
    private func verifySeals(
        shard: Int64, after last: SealedWindow?, _ report: inout Report, on connection: any SQLConnection
    ) throws -> SealedWindow? {
        let seals = WindowSeals(
            connection: connection, identityKey: try UsageReader.forStore(on: connection).identityKey)
        let page = try seals.windows(shard: shard, isUnsealed: false, after: last)
        let late = LateUsageTable(connection: connection)
        let windows = try page.filter { window in
            // What a worker bills in a moment is sealed anew.
            guard let seal = window.seal, !seal.digest.isEmpty, !window.lacksEvents else { return false }
            let resource = window.resource.isEmpty ? nil : window.resource
            return try !late.hasMark(
                of: LateSubject(
                    customer: CustomerID(window.customer), resource: resource, feature: FeatureID(window.feature)))
        }
        let made = try seals.seals(of: windows, shard: shard, Compressor())
        for (window, seal) in zip(windows, made) {
            report.sealed += 1
            // The meter of then counts no more, and its events are still there.
            guard !seal.digest.isEmpty, let kept = window.seal, seal != kept else { continue }
            report.add(
                "\"\(window.feature)\" of \(window.customer) from \(Timestamp(microseconds: window.start)) to \(Timestamp(microseconds: window.end)): \(seal.events) events now, it was billed for \(kept.events)\(seal.events == kept.events ? " others" : "")"
            )
        }
        return page.last
    }

    private static func payer(after last: MoneyAccount?, on connection: any SQLConnection) throws -> MoneyAccount? {
        let after = last == nil ? "" : "WHERE (bucket, payer_id, currency) > ($1, $2, $3)"
        return try connection.first(
            """
            SELECT payer_id, currency FROM invoices \(after) ORDER BY bucket, payer_id, currency LIMIT 1
            """, last?.key ?? []
        ) { MoneyAccount(payer: CustomerID($0.text(0)), currency: $0.text(1)) }
    }

    // MARK: - A payer's invoices

    private func verify(_ account: MoneyAccount, _ report: inout Report, on connection: any SQLConnection) throws {
        let table = InvoiceTable(connection: connection)
        var billed: [Billed: Amount] = [:]
        var previous = ""
        let last = try table.series(of: account.payer).next - 1
        // One series in all currencies: it is gone through once.
        let isFirst = try Self.firstCurrency(of: account.payer, on: connection) == account.currency
        for number in stride(from: Int64(1), through: last, by: 1) {
            guard let invoice = try table.find(number: String(number), of: account.payer) else {
                if isFirst { report.add("the invoices of \(account.payer) have no number \(number)") }
                continue
            }
            if isFirst {
                report.invoices += 1
                if invoice.hash != invoice.digest(after: previous) {
                    report.add("the invoice \(invoice.id) of \(account.payer) is not what its hash was made of")
                }
                verifySums(of: invoice, &report)
                try verifyEntries(of: invoice, &report, on: connection)
            }
            previous = invoice.hash ?? ""
            // What was voided to be billed anew is on another one, or waits; what was waived is known with its usage.
            guard invoice.currency == account.currency, invoice.state != .canceled else { continue }
            for line in invoice.lines.map(\.line) {
                guard let key = Billed(line) else { continue }
                billed[key, default: .zero] += line.amount
            }
        }
        // What waited and is on a draft has left the account.
        for line in try table.drafts(of: account).flatMap(\.lines).filter(\.hasWaited).map(\.line) {
            guard let key = Billed(line) else { continue }
            billed[key, default: .zero] += line.amount
        }
        try verifyEntries(of: account, &report, on: connection)
        for waiting in try AccountTable(connection: connection).lines(of: account) {
            guard let key = Billed(waiting.line) else { continue }
            billed[key, default: .zero] += waiting.line.amount
        }
        try compare(billed, of: account, &report, on: connection)
    }

    private static func firstCurrency(of payer: CustomerID, on connection: any SQLConnection) throws -> String? {
        try connection.first(
            "SELECT MIN(currency) FROM invoices WHERE bucket = $1 AND payer_id = $2",
            [.integer(Bucket(payer).number), .text(payer.text)]
        ) { $0.optionalText(0) } ?? nil
    }

    private func verifySums(of invoice: InvoiceRecord, _ report: inout Report) {
        let body = invoice.body
        let sum = invoice.lines.reduce(Amount.zero) { $0 + $1.line.amount }
        if sum != body.subTotal {
            report.add("the lines of the invoice \(invoice.id) come to \(sum), it says \(body.subTotal)")
        }
        // Tax may be within the prices, of some lines or of all.
        let gross = body.gross
        let net = body.subTotal - body.discount
        if gross > max(net, net + body.tax) || gross < min(net, net + body.tax) {
            report.add("the invoice \(invoice.id) comes to \(net) and \(body.tax) tax, it says \(gross)")
        }
    }

    /// What the invoice took from its account or left there, and the lines of the account that it bills, against the
    /// entries that name it. One from before schema 23 is named by none.
    private func verifyEntries(
        of invoice: InvoiceRecord, _ report: inout Report, on connection: any SQLConnection
    ) throws {
        guard invoice.takesCredit else { return }
        let returned = invoice.state == .canceled ? invoice.body.creditUsed : .zero
        let expected = (
            credit: invoice.body.surplus - invoice.body.creditUsed + returned,
            lines: invoice.lines.reduce(Amount.zero) { $1.hasWaited ? $0 - $1.line.amount : $0 }
        )
        let kept = try AccountTable(connection: connection).entries(of: invoice)
        if kept.credit != expected.credit {
            report.add(
                "the invoice \(invoice.id) changes its account by \(expected.credit), the entries say \(kept.credit)")
        }
        if kept.lines != expected.lines {
            report.add(
                "the invoice \(invoice.id) bills \(-expected.lines) of what waited, the entries say \(-kept.lines)")
        }
    }

    private func verifyEntries(
        of account: MoneyAccount, _ report: inout Report, on connection: any SQLConnection
    ) throws {
        let wrong =
            try connection.first(
                """
                SELECT COUNT(*) FROM account_entries AS entry
                 WHERE bucket = $1 AND customer_id = $2 AND currency = $3 AND settles IS NOT NULL
                   AND (NOT EXISTS (SELECT 1 FROM account_entries AS line
                                     WHERE line.bucket = $1 AND line.customer_id = $2 AND line.currency = $3
                                       AND line.sequence = entry.settles AND line.kind = 'line'
                                       AND line.amount_units = -entry.amount_units
                                       AND line.amount_nanos = -entry.amount_nanos)
                        OR EXISTS (SELECT 1 FROM account_entries AS other
                                    WHERE other.bucket = $1 AND other.customer_id = $2 AND other.currency = $3
                                      AND other.settles = entry.settles AND other.sequence <> entry.sequence))
                """, account.key
            ) { $0.integer(0) } ?? 0
        if wrong > 0 {
            report.add(
                "\(wrong) lines of the account of \(account.payer) in \(account.currency) are billed twice or amiss")
        }
    }

    /// Metered lines of one window.
    private struct Billed: Hashable {
        let kind: String
        let feature: String
        let window: BillingRange

        init?(_ line: QuoteLine) {
            guard line.kind == .usage || line.kind == .overage, let feature = line.featureID, let window = line.window
            else { return nil }
            kind = line.kind.rawValue
            self.feature = feature
            self.window = window
        }
    }

    /// What the windows of the account were billed at, against the lines that bill them.
    private func compare(
        _ billed: [Billed: Amount], of account: MoneyAccount, _ report: inout Report, on connection: any SQLConnection
    ) throws {
        var left = billed
        let closings = try connection.rows(
            "SELECT customer_id, id FROM closed_usage WHERE payer_id = $1 AND currency = $2 AND billed IS NOT NULL",
            [.text(account.payer.text), .text(account.currency)]
        ) { (customer: CustomerID($0.text(0)), id: $0.text(1)) }
        for closing in closings {
            guard let closed = try ClosedUsageTable(connection: connection).find(closing.id, of: closing.customer)
            else {
                continue
            }
            for line in closed.billed?.lines ?? [] {
                guard let key = Billed(line) else { continue }
                let waived = closed.billed?.waived.first { $0.isOf(line) }?.total ?? .zero
                left[key, default: .zero] -= line.amount - waived
            }
        }
        for (key, rest) in left where rest != .zero {
            report.add(
                "\(key.kind) of \"\(key.feature)\" of \(account.payer) from \(key.window.start) to \(key.window.end): its lines and its price differ by \(rest)"
            )
        }
    }

    // MARK: - Closed time

    private func verify(_ closed: ClosedUsage, _ report: inout Report, on connection: any SQLConnection) throws {
        report.windows += closed.terms.windows.count
        let name = "the usage of \(closed.subscriptionID) from \(closed.range.start) to \(closed.range.end)"
        try verifyOverlap(of: closed, name, &report, on: connection)
        guard let billed = closed.billed else { return }
        let late = LateUsageTable(connection: connection)
        let isMarked = try closed.terms.windows.contains {
            try late.hasMark(
                of: LateSubject(customer: closed.customerID, resource: closed.resourceID, feature: $0.feature))
        }
        let scope = settings.scope(
            CallContext(.engine("verify"), now: now), on: connection, mayWrite: false, keepsNothing: true)
        // What a worker bills in a moment is no difference, and what is stored no more cannot be counted.
        guard !isMarked else { return }
        do {
            let recomputed = try closed.terms.price(in: scope, waived: billed.waived).billed
            if recomputed != billed {
                report.add("\(name) comes to \(Self.shown(recomputed)), billed is \(Self.shown(billed))")
            }
        } catch let error as OperationError where error.code == .usageOutOfRange {
            report.unpriced += 1
        } catch let error as OperationError where !error.isStoreFailure {
            report.add("\(name) cannot be priced: \(error.message)")
        }
    }

    private static func shown(_ billed: BilledLines) -> String {
        billed.lines.map { "\($0.quantity) \($0.featureID ?? $0.description) for \($0.amount)" }.joined(separator: ", ")
            + ", \(billed.gross) in all"
    }

    private func verifyOverlap(
        of closed: ClosedUsage, _ name: String, _ report: inout Report, on connection: any SQLConnection
    ) throws {
        let table = ClosedUsageTable(connection: connection).windows(of: closed)
        for window in closed.terms.windows {
            for span in window.spans {
                let others = try table.taken(window.feature, window.kind, in: span, besides: closed.subscriptionID)
                guard !others.isEmpty else { continue }
                report.add("\(name): time of \"\(window.feature.text)\" from \(span.start) is billed twice")
            }
        }
    }
}
