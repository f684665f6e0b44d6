import Crypto
import Foundation
import TidemillCore
import TidemillOperations
import TidemillPricing

/// What is known of one invoice.
struct InvoiceRecord: Sendable {
    /// What makes an invoice the one that it is: it is made once.
    struct Key: Sendable, Hashable {
        let payer: CustomerID
        let subscriptionID: String
        let cause: InvoiceCause
        /// The instant of the cause.
        let at: Timestamp
        /// Changes of one instant are told apart.
        var ordinal: Int64 = 0

        /// The same wherever it is made. It begins with the payer's bucket: an invoice is addressed by its id alone.
        var id: String {
            let text = "\(subscriptionID)\n\(cause.rawValue)\n\(at.microseconds)\n\(ordinal)\n\(payer.text)"
            let digest = SHA256.hash(data: Data(text.utf8)).hexadecimal.prefix(24)
            return "invoice-\(Bucket(payer).number)-\(digest)"
        }
    }

    let key: Key
    let id: String
    let customerID: CustomerID
    let madeAt: Timestamp
    let currency: String
    var state: InvoiceState
    var finalAfter: Timestamp?
    var lookAt: Timestamp?
    var problem: String?
    var waitsSince: Timestamp?
    var number: Int64?
    var finalizedAt: Timestamp?
    var endedAt: Timestamp?
    var endReason: String?
    /// Of a voided one: whether its lines wait once more.
    var isRebilled = false
    var hash: String?
    /// Whether the account pays of it when it becomes final. One from before schema 23 took its part when it was made.
    var takesCredit = true
    /// What such a draft has taken of the account already.
    var held = Amount.zero
    /// Of what it is made where it could not be priced.
    var remake: InvoiceRemake?
    /// The generation of the catalog by which it could not be priced.
    var triedWith: String?
    var body: InvoiceBody
    var lines: [InvoicedLine]

    /// As it is shown: `0001`.
    static func shown(_ number: Int64) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }

    /// The content that is chained: nothing in it changes once the invoice is final.
    func digest(after previous: String) -> String {
        let content: Payload = [
            "previous": .string(previous), "id": .string(id), "number": number.map { .integer($0) } ?? .null,
            "payer": .string(key.payer.text), "customer": .string(customerID.text),
            "subscription": .string(key.subscriptionID), "cause": .string(key.cause.rawValue),
            "at": .integer(key.at.microseconds), "currency": .string(currency),
            "finalizedAt": finalizedAt.map { .integer($0.microseconds) } ?? .null, "body": body.stored,
            "lines": .array(lines.map { ["line": $0.stored, "amount": Payload($0.line.amount)] }),
        ]
        return SHA256.hash(data: Data(content.json.utf8)).hexadecimal
    }
}

/// A line of an invoice.
struct InvoicedLine: Sendable, Hashable {
    let line: QuoteLine
    /// Whether it had waited in the account.
    var hasWaited = false
    /// Whose it is, where that is not the invoice's.
    var subscriptionID: String?

    var isMetered: Bool { !hasWaited && line.isMetered }

    var stored: Payload {
        guard case .object(var members) = line.stored else { return line.stored }
        if hasWaited { members["hasWaited"] = true }
        if let subscriptionID { members["subscriptionId"] = .string(subscriptionID) }
        return .object(members)
    }

    init(_ line: QuoteLine, hasWaited: Bool = false, of subscriptionID: String? = nil) {
        self.line = line
        self.hasWaited = hasWaited
        self.subscriptionID = subscriptionID
    }

    init(stored: Payload, amount: Amount) throws {
        line = try QuoteLine(stored: stored, amount: amount)
        hasWaited = stored["hasWaited"] == true
        subscriptionID = stored["subscriptionId"]?.text
    }
}

extension InvoiceRecord {
    var account: MoneyAccount { MoneyAccount(payer: key.payer, currency: currency) }
}

extension QuoteLine {
    var isMetered: Bool { kind == .usage || kind == .overage }
}

/// What an invoice comes to.
struct InvoiceBody: Sendable, Hashable {
    struct Taken: Sendable, Hashable {
        let name: String
        let amount: Amount
    }

    var planID: String
    var planVersion: Int64
    var period: BillingRange?
    var subTotal = Amount.zero
    var discounts: [Taken] = []
    var tax = Amount.zero
    var creditUsed = Amount.zero
    var surplus = Amount.zero
    var total = Amount.zero
    /// What of time it gives back beyond what it charges of it: the customer's, also where it is waived.
    var excess = Amount.zero
    /// When it is to be paid; from FINAL on.
    var dueAt: Timestamp?

    var discount: Amount { discounts.reduce(.zero) { $0 + $1.amount } }
    /// Before the account pays of it; below zero where more is given back than charged.
    var gross: Amount { total + creditUsed - surplus }

    /// The account pays of it what it has, or keeps what it gives back.
    mutating func pay(from credit: Amount) {
        let gross = gross
        creditUsed = min(max(gross, .zero), max(credit, .zero))
        total = max(gross, .zero) - creditUsed
        surplus = max(-gross, .zero)
    }

    init(planID: String, planVersion: Int64, period: BillingRange?) {
        self.planID = planID
        self.planVersion = planVersion
        self.period = period
    }

    /// Takes over what `invoice` comes to.
    mutating func take(_ invoice: Invoice) {
        subTotal = invoice.subTotal
        discounts = invoice.discounts.map { Taken(name: $0.discount.name, amount: $0.amount) }
        tax = invoice.tax
        creditUsed = invoice.creditUsed
        surplus = invoice.surplus
        total = invoice.total
    }

    var stored: Payload {
        var members: TextMap<Payload> = [
            "planId": .string(planID), "planVersion": .integer(planVersion), "subTotal": Payload(subTotal),
            "discounts": .array(discounts.map { ["name": .string($0.name), "amount": Payload($0.amount)] }),
            "tax": Payload(tax), "creditUsed": Payload(creditUsed), "surplus": Payload(surplus),
            "total": Payload(total),
        ]
        if let period {
            members["periodStart"] = .integer(period.start.microseconds)
            members["periodEnd"] = .integer(period.end.microseconds)
        }
        if excess != .zero { members["excess"] = Payload(excess) }
        if let dueAt { members["dueAt"] = .integer(dueAt.microseconds) }
        return .object(members)
    }

    init(stored: Payload) throws {
        let fields = StoredFields(stored)
        excess = fields["excess"] == nil ? .zero : try fields.amount("excess")
        planID = try fields.text("planId")
        planVersion = try fields.integer("planVersion")
        if let start = try fields.optionalTime("periodStart"), let end = try fields.optionalTime("periodEnd") {
            period = BillingRange(start: start, end: end)
        }
        subTotal = try fields.amount("subTotal")
        discounts = try (fields["discounts"]?.items ?? []).map { item in
            let fields = StoredFields(item)
            return Taken(name: try fields.text("name"), amount: try fields.amount("amount"))
        }
        tax = try fields.amount("tax")
        creditUsed = try fields.amount("creditUsed")
        surplus = try fields.amount("surplus")
        total = try fields.amount("total")
        dueAt = try fields.optionalTime("dueAt")
    }
}
