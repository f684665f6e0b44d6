import TidemillCore
import TidemillOperations
import TidemillPricing

/// By what metered time that was closed is priced: the subscription as it was, what else is on the same bill, the
/// discounts and the tax of then. Of all that only usage changes.
struct UsageTerms: Sendable {
    let record: SubscriptionRecord
    /// Within the period that is billed.
    let asOf: Timestamp
    /// Where it was closed before the period's end.
    var until: Timestamp?
    /// When the unused part of the minimum spend was credited, if it was.
    var creditedAt: Timestamp?
    /// Whether overage that is billed by the period is among it.
    var withOverage = true
    /// The instant of the bill.
    let at: Timestamp
    let currency: String
    /// What is on the bill besides.
    var besides: [QuoteLine] = []
    let discounts: [Discount]
    /// What fixed amounts had taken off in the period before.
    var used: [Discount.Taken] = []
    let tax: Tax?
    /// Which time of which features is billed.
    var windows: [MeteredWindow] = []

    struct Priced {
        let invoice: Invoice
        /// The same without what waited: what this time comes to.
        let own: Invoice
        let lines: [QuoteLine]
        let values: [Amount]
        var waived: [WaivedUsage] = []

        /// What all came to, whatever the account paid of it.
        var billed: BilledLines {
            BilledLines(
                lines: lines, discount: own.discountAmount, gross: own.total + own.creditUsed - own.surplus,
                values: values, waived: waived)
        }
    }

    /// With the usage of now. What was waived counts as billed.
    func price(
        in scope: CallScope, waiting: [QuoteLine] = [], credit: Amount = .zero, waived: [WaivedUsage] = [],
        for operation: OperationID = .getInvoice
    ) throws -> Priced {
        let customer = try scope.customers.require(record.customerID, for: operation)
        let then = scope.scope(at: at, engine: "invoices")
        let session = try SubscriptionSession(customer, in: then, for: operation)
        let prices = try session.selection.prices(of: record)
        let metered = try MeteredPeriod(record, prices, session, at: asOf, until: until, known: windows)
        return try price(metered, Estimator(session: session), waiting: waiting, credit: credit, waived: waived)
    }

    func price(
        _ metered: MeteredPeriod, _ estimator: Estimator, waiting: [QuoteLine], credit: Amount,
        waived: [WaivedUsage] = []
    ) throws -> Priced {
        let priced = try metered.lines(of: windows, creditedAt: creditedAt, withOverage: withOverage)
        let lines = waived.applied(to: priced)
        func invoice(_ waiting: [QuoteLine]) throws -> Invoice {
            try estimator.priced {
                () throws(PricingError) in
                try Invoice(
                    besides + lines, in: currency, discounts: discounts, at: at, used: used, waiting: waiting,
                    credit: credit, tax: tax)
            }
        }
        let whole = try invoice(waiting)
        let values = windows.map { window in
            metered.windows.first { $0.feature == window.feature && $0.kind == window.kind }?.value ?? .zero
        }
        return Priced(
            invoice: whole, own: waiting.isEmpty ? whole : try invoice([]), lines: lines, values: values,
            waived: waived)
    }

    /// What is billed, with the lines of it that count.
    func billed(_ lines: BilledLines) throws -> BilledLines {
        do throws(PricingError) {
            let invoice = try Invoice(
                besides + lines.lines, in: currency, discounts: discounts, at: at, used: used, tax: tax)
            var billed = lines
            billed.discount = invoice.discountAmount
            billed.gross = invoice.total - invoice.surplus
            return billed
        } catch {
            throw error.error(in: .voidInvoice)
        }
    }
}

extension UsageTerms {
    var stored: Payload {
        // What says nothing about prices is left out.
        var record = record
        record.schedule = []
        record.metadata = [:]
        record.usageEras = []
        var members: TextMap<Payload> = [
            "record": record.stored, "asOf": .integer(asOf.microseconds), "at": .integer(at.microseconds),
            "currency": .string(currency), "withOverage": .boolean(withOverage),
            "besides": .array(besides.map { ["line": $0.stored, "amount": Payload($0.amount)] }),
            "terms": PaidTerms(discounts.map { PaidTerms.Part($0) }, tax: tax).stored,
            "windows": .array(windows.map(\.stored)),
        ]
        if let until { members["until"] = .integer(until.microseconds) }
        if let creditedAt { members["creditedAt"] = .integer(creditedAt.microseconds) }
        if !used.isEmpty { members["used"] = PaidPeriod(used: used).stored }
        return .object(members)
    }

    init(stored: Payload) throws {
        let fields = StoredFields(stored)
        record = try SubscriptionRecord(stored: fields["record"] ?? .null)
        asOf = try fields.time("asOf")
        at = try fields.time("at")
        until = try fields.optionalTime("until")
        creditedAt = try fields.optionalTime("creditedAt")
        currency = try fields.text("currency")
        withOverage = fields["withOverage"] == true
        besides = try (fields["besides"]?.items ?? []).map { item in
            let fields = StoredFields(item)
            return try QuoteLine(stored: fields["line"] ?? .null, amount: try fields.amount("amount"))
        }
        let terms = try PaidTerms(stored: fields["terms"] ?? .null)
        discounts = terms.parts.map(\.discount)
        tax = terms.tax
        used = try fields["used"].map { try PaidPeriod(stored: $0).used } ?? []
        windows = try (fields["windows"]?.items ?? []).map { try MeteredWindow(stored: $0) }
    }
}

extension MeteredWindow {
    fileprivate var stored: Payload {
        var members: TextMap<Payload> = [
            "feature": .string(feature.text), "kind": .string(kind.rawValue),
            "spans": .array(spans.map { [.integer($0.start.microseconds), .integer($0.end.microseconds)] }),
        ]
        if let meter { members["meter"] = .integer(meter) }
        return .object(members)
    }

    fileprivate init(stored: Payload) throws {
        let fields = StoredFields(stored)
        guard let kind = Kind(rawValue: try fields.text("kind")) else { throw fields.damaged("kind") }
        self.init(
            feature: FeatureID(try fields.text("feature")), kind: kind,
            spans: try (fields["spans"]?.items ?? []).map { span in
                guard let bounds = span.items, bounds.count == 2, case .integer(let start) = bounds[0],
                    case .integer(let end) = bounds[1]
                else { throw fields.damaged("spans") }
                return BillingRange(start: Timestamp(microseconds: start), end: Timestamp(microseconds: end))
            }, value: .zero, meter: try fields["meter"].map { _ in try fields.integer("meter") })
    }
}
