import TidemillCore
import TidemillOperations
import TidemillPricing
import TidemillStore

/// A payer's invoices against their sums, hashes and entries, and against the time that they bill: some at a time, each in
/// a read of its own. It remembers a sum for each window.
struct PayerCheck {
    /// Invoices, lines or closed times of one read.
    private static let pageMax = 200

    private let account: MoneyAccount
    private let source: Source
    private var report = InvoiceVerifier.Report()
    /// What lines bill of each window less what it came to: nothing, where all is right.
    private var left: [Billed: Amount] = [:]
    private var previous = ""
    /// One series in all currencies: it is gone through once.
    private var isFirst = false

    private init(_ account: MoneyAccount, _ source: Source) {
        self.account = account
        self.source = source
    }

    /// Reads one after the other, or one instant.
    private enum Source {
        case store(any Store)
        case instant(any SQLConnection)

        func read<Result>(_ body: (any SQLConnection) throws -> Result) throws -> Result {
            switch self {
            case .store(let store): try store.read(body)
            case .instant(let connection): try body(connection)
            }
        }
    }

    /// Where something seems wrong, perhaps somebody billed, paid or voided meanwhile: then it is looked at once more, as
    /// of one instant.
    static func verify(_ account: MoneyAccount, _ store: any Store) throws -> InvoiceVerifier.Report {
        var check = PayerCheck(account, .store(store))
        try check.run()
        guard check.report.differenceCount > 0 else { return check.report }
        return try store.read { connection in
            var check = PayerCheck(account, .instant(connection))
            try check.run()
            return check.report
        }
    }

    private mutating func run() throws {
        isFirst = try source.read { try firstCurrency(on: $0) } == account.currency
        try pages(from: Int64(0)) { try $0.takeInvoices(after: $1, on: $2) }
        try pages(from: "") { try $0.takeDrafts(after: $1, on: $2) }
        try pages(from: Int64(0)) { try $0.takeEntries(after: $1, on: $2) }
        try pages(from: Closing()) { try $0.takeClosed(after: $1, ofOthers: false, on: $2) }
        try pages(from: Closing()) { try $0.takeClosed(after: $1, ofOthers: true, on: $2) }
        for (key, rest) in left where rest != .zero {
            report.add(
                "\(key.kind) of \"\(key.feature)\" of \(account.payer) from \(key.window.start) to \(key.window.end): its lines and its price differ by \(rest)"
            )
        }
    }

    /// One page after another: each answers its last, nil behind the end.
    private mutating func pages<Key>(
        from start: Key, _ page: (inout PayerCheck, Key, any SQLConnection) throws -> Key?
    ) throws {
        let source = source
        var last: Key? = start
        while let from = last { last = try source.read { try page(&self, from, $0) } }
    }

    // MARK: - Invoices

    private mutating func takeInvoices(after last: Int64, on connection: any SQLConnection) throws -> Int64? {
        let table = InvoiceTable(connection: connection)
        let end = min(try table.series(of: account.payer).next - 1, last + Int64(Self.pageMax))
        for number in stride(from: last + 1, through: end, by: 1) {
            guard let invoice = try table.find(number: String(number), of: account.payer) else {
                if isFirst { report.add("the invoices of \(account.payer) have no number \(number)") }
                continue
            }
            if isFirst {
                report.invoices += 1
                if invoice.hash != invoice.digest(after: previous) {
                    report.add("the invoice \(invoice.id) of \(account.payer) is not what its hash was made of")
                }
                verifySums(of: invoice)
                try verifyEntries(of: invoice, on: connection)
            }
            previous = invoice.hash ?? ""
            // What was voided to be billed anew is on another one, or waits; what was waived is known with its usage.
            guard invoice.currency == account.currency, invoice.state != .canceled else { continue }
            for line in invoice.lines { take(line.line) }
        }
        return end > last ? end : nil
    }

    private func firstCurrency(on connection: any SQLConnection) throws -> String? {
        try connection.first(
            "SELECT MIN(currency) FROM invoices WHERE bucket = $1 AND payer_id = $2", Array(account.key.dropLast())
        ) { $0.optionalText(0) } ?? nil
    }

    private mutating func verifySums(of invoice: InvoiceRecord) {
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
    private mutating func verifyEntries(of invoice: InvoiceRecord, on connection: any SQLConnection) throws {
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

    // MARK: - What waits

    /// What waited and is on a draft has left the account.
    private mutating func takeDrafts(after last: String, on connection: any SQLConnection) throws -> String? {
        let ids = try connection.rows(
            """
            SELECT id FROM invoices
             WHERE bucket = $1 AND payer_id = $2 AND currency = $3 AND state = 'DRAFT' AND id > $4 ORDER BY id LIMIT $5
            """, account.key + [.text(last), .integer(Self.pageMax)]
        ) { $0.text(0) }
        for id in ids {
            guard let draft = try InvoiceTable(connection: connection).find(id) else { continue }
            for line in draft.lines where line.hasWaited { take(line.line) }
        }
        return ids.last
    }

    /// Lines that wait, and that those which do not are billed once.
    private mutating func takeEntries(after last: Int64, on connection: any SQLConnection) throws -> Int64? {
        let entries = account.key + [.integer(last), .integer(Self.pageMax)]
        let page = try connection.rows(
            """
            SELECT sequence FROM account_entries
             WHERE bucket = $1 AND customer_id = $2 AND currency = $3 AND sequence > $4 ORDER BY sequence LIMIT $5
            """, entries
        ) { $0.integer(0) }
        guard let end = page.last else { return nil }
        let bounds = account.key + [.integer(last), .integer(end)]
        let wrong =
            try connection.first(
                """
                SELECT COUNT(*) FROM account_entries AS entry
                 WHERE bucket = $1 AND customer_id = $2 AND currency = $3 AND sequence > $4 AND sequence <= $5
                   AND settles IS NOT NULL
                   AND (NOT EXISTS (SELECT 1 FROM account_entries AS line
                                     WHERE line.bucket = $1 AND line.customer_id = $2 AND line.currency = $3
                                       AND line.sequence = entry.settles AND line.kind = 'line'
                                       AND line.amount_units = -entry.amount_units
                                       AND line.amount_nanos = -entry.amount_nanos)
                        OR EXISTS (SELECT 1 FROM account_entries AS other
                                    WHERE other.bucket = $1 AND other.customer_id = $2 AND other.currency = $3
                                      AND other.settles = entry.settles AND other.sequence <> entry.sequence))
                """, bounds
            ) { $0.integer(0) } ?? 0
        if wrong > 0 {
            report.add(
                "\(wrong) lines of the account of \(account.payer) in \(account.currency) are billed twice or amiss")
        }
        for waiting in try AccountTable(connection: connection).lines(of: account, after: last, upTo: end) {
            take(waiting.line)
        }
        return end
    }

    // MARK: - Time

    /// Where a page of closed time begins.
    private struct Closing {
        var customer = ""
        var id = ""
    }

    private mutating func takeClosed(
        after last: Closing, ofOthers: Bool, on connection: any SQLConnection
    ) throws -> Closing? {
        let whose =
            ofOthers
            ? "payer_id = $2 AND payer_id <> customer_id" : "bucket = $1 AND customer_id = $2 AND payer_id = $2"
        let page = try connection.rows(
            """
            SELECT customer_id, id FROM closed_usage
             WHERE \(whose) AND currency = $3 AND (customer_id, id) > ($4, $5) AND $1 = $1
             ORDER BY customer_id, id LIMIT $6
            """, account.key + [.text(last.customer), .text(last.id), .integer(Self.pageMax)]
        ) { Closing(customer: $0.text(0), id: $0.text(1)) }
        for closing in page {
            let table = ClosedUsageTable(connection: connection)
            guard let billed = try table.find(closing.id, of: CustomerID(closing.customer))?.billed else { continue }
            for line in billed.lines {
                let waived = billed.waived.first { $0.isOf(line) }?.total ?? .zero
                take(line, waived - line.amount)
            }
        }
        return page.last
    }

    private mutating func take(_ line: QuoteLine, _ amount: Amount? = nil) {
        guard let key = Billed(line) else { return }
        left[key, default: .zero] += amount ?? line.amount
        if left[key] == .zero { left[key] = nil }
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
}
