import TidemillCore
import TidemillOperations
import TidemillStore

/// A grant as it is stored. What a grant in effect has consumed stands in the wallet's pages (`GrantPages`).
struct GrantRecord: Sendable {
    let wallet: Wallet
    let sequence: Int64
    let id: String
    var status: GrantStatus
    let type: GrantType
    var priority: Int64
    var effectiveAt: Timestamp
    var expireAt: Timestamp?
    let createdAt: Timestamp
    /// Falls when a part of it moves to another wallet, and never else.
    var amount: Amount
    /// Of a grant that has ended; zero before.
    var consumed = Amount.zero
    /// What reservations still hold on a grant that has ended; zero before.
    var held = Amount.zero
    /// What it was made from, once only: a subscription's entitlement and period.
    var source: String?
    var subscriptionID: String?
    /// When the payment is due, of credits that were bought by INVOICE; nil for others.
    var paymentDueAt: Timestamp?
    var details: Details

    /// What nothing is looked up by.
    struct Details: Sendable {
        var displayName: String
        var cost: Money
        var comment: String?
        var metadata: TextMap<String>
        var sourceType: GrantSource?
        var paymentCollection: GrantPaymentState
        var invoiceID: String?
        var updatedAt: Timestamp
        var voidedAt: Timestamp?
    }

    /// Before everything else: promotional ones (semantics.md, "Credits"). Recurring ones burn as paid ones do.
    var key: BurnKey {
        BurnKey(
            priority: UInt8(clamping: priority), expiry: expireAt?.microseconds ?? .max,
            rank: type == .promotional ? 0 : 1, effective: effectiveAt.microseconds, created: createdAt.microseconds,
            sequence: sequence)
    }

    /// When time alone changes the grant next.
    var dueAt: Timestamp? {
        switch status {
        case .scheduled: effectiveAt
        case .active, .paymentPending: expireAt
        case .expired, .voided: nil
        }
    }
}

struct GrantTable {
    let connection: any SQLConnection

    private static let columns = """
        customer_id, currency_id, resource_id, sequence, id, state, type, priority, effective_at, expire_at, created_at,
        amount_units, amount_nanos, consumed_units, consumed_nanos, held_units, held_nanos, source, subscription_id, body,
        payment_due_at
        """

    func find(_ id: String) throws -> GrantRecord? {
        guard let bucket = CreditGrantID.bucket(of: id) else { return nil }
        return try first("bucket = $1 AND id = $2", [.integer(bucket), .text(id)])
    }

    func find(_ sequence: Int64, of wallet: Wallet) throws -> GrantRecord? {
        try first("\(Wallet.isWallet) AND sequence = $5", wallet.key + [.integer(sequence)])
    }

    /// The grant that was made from `source`.
    func find(source: String, of customer: CustomerID) throws -> GrantRecord? {
        try first(
            "bucket = $1 AND customer_id = $2 AND source = $3",
            [.integer(Bucket(customer).number), .text(customer.text), .text(source)])
    }

    /// A grant that a ledger row or a reservation names must be there.
    func require(_ sequence: Int64, of wallet: Wallet) throws -> GrantRecord {
        guard let grant = try find(sequence, of: wallet) else {
            throw StoreError(
                .corrupt, "the ledger names the credit grant \(sequence), which is not there; restore a backup")
        }
        return grant
    }

    /// What time alone changes at `instant` or before, wallet by wallet.
    func due(of customer: CustomerID, until instant: Timestamp) throws -> [GrantRecord] {
        try rows(
            "bucket = $1 AND customer_id = $2 AND due_at <= $3 ORDER BY currency_id, resource_id, due_at, sequence",
            [.integer(Bucket(customer).number), .text(customer.text), .integer(instant.microseconds)])
    }

    func nextDue(of customer: CustomerID) throws -> Timestamp? {
        try connection.first(
            "SELECT MIN(due_at) FROM credit_grants WHERE bucket = $1 AND customer_id = $2 AND due_at IS NOT NULL",
            [.integer(Bucket(customer).number), .text(customer.text)]
        ) { $0.isNull(0) ? nil : Timestamp(microseconds: $0.integer(0)) } ?? nil
    }

    /// The subscription's grants that are or will be in effect, in the order in which they were made.
    func live(ofSubscription subscription: String, of customer: CustomerID) throws -> [GrantRecord] {
        try rows(
            """
            bucket = $1 AND customer_id = $2 AND subscription_id = $3 AND state IN ('ACTIVE', 'SCHEDULED')
             ORDER BY created_at, id
            """, [.integer(Bucket(customer).number), .text(customer.text), .text(subscription)])
    }

    /// The end of the recurring credits in effect; nil where there are none.
    func recurringEnd(of wallet: Wallet) throws -> Timestamp? {
        try connection.first(
            """
            SELECT MIN(expire_at) FROM credit_grants
             WHERE \(Wallet.isWallet) AND type = 'RECURRING' AND state = 'ACTIVE'
            """, wallet.key
        ) { $0.isNull(0) ? nil : Timestamp(microseconds: $0.integer(0)) } ?? nil
    }

    func insert(_ grant: GrantRecord) throws {
        try connection.execute(
            """
            INSERT INTO credit_grants(bucket, customer_id, currency_id, resource_id, sequence, id, state, type, priority,
              effective_at, expire_at, created_at, amount_units, amount_nanos, consumed_units, consumed_nanos, held_units,
              held_nanos, due_at, source, subscription_id, body, payment_due_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22,
              $23)
            """,
            grant.wallet.key + [
                .integer(grant.sequence), .text(grant.id), .text(grant.status.rawValue), .text(grant.type.rawValue),
                .integer(grant.priority), .integer(grant.effectiveAt.microseconds),
                .integer(grant.expireAt?.microseconds), .integer(grant.createdAt.microseconds),
                .integer(grant.amount.units), .integer(grant.amount.fraction), .integer(grant.consumed.units),
                .integer(grant.consumed.fraction), .integer(grant.held.units), .integer(grant.held.fraction),
                .integer(grant.dueAt?.microseconds), .text(grant.source), .text(grant.subscriptionID),
                .text(grant.details.payload.json), .integer(grant.paymentDueAt?.microseconds),
            ])
    }

    func update(_ grant: GrantRecord) throws {
        try connection.execute(
            """
            UPDATE credit_grants SET state = $6, priority = $7, effective_at = $8, expire_at = $9, consumed_units = $10,
              consumed_nanos = $11, held_units = $12, held_nanos = $13, due_at = $14, body = $15, amount_units = $16,
              amount_nanos = $17
             WHERE \(Wallet.isWallet) AND sequence = $5
            """,
            grant.wallet.key + [
                .integer(grant.sequence), .text(grant.status.rawValue), .integer(grant.priority),
                .integer(grant.effectiveAt.microseconds), .integer(grant.expireAt?.microseconds),
                .integer(grant.consumed.units), .integer(grant.consumed.fraction), .integer(grant.held.units),
                .integer(grant.held.fraction), .integer(grant.dueAt?.microseconds),
                .text(grant.details.payload.json), .integer(grant.amount.units), .integer(grant.amount.fraction),
            ])
    }

    private func first(_ condition: String, _ arguments: [SQLValue]) throws -> GrantRecord? {
        try connection.first("SELECT \(Self.columns) FROM credit_grants WHERE \(condition)", arguments, Self.grant)
    }

    func rows(_ condition: String, _ arguments: [SQLValue]) throws -> [GrantRecord] {
        try connection.rows("SELECT \(Self.columns) FROM credit_grants WHERE \(condition)", arguments, Self.grant)
    }

    private static func grant(_ row: any SQLRow) throws -> GrantRecord {
        guard let status = GrantStatus(rawValue: row.text(5)), let type = GrantType(rawValue: row.text(6)) else {
            throw StoreError(.corrupt, "a credit grant has the state \"\(row.text(5))\"; restore a backup")
        }
        let body = try StoredBody.parse(row.text(19))
        return GrantRecord(
            wallet: Wallet(
                customerID: CustomerID(row.text(0)), currencyID: row.text(1), resourceID: row.text(2)),
            sequence: row.integer(3), id: row.text(4), status: status, type: type, priority: row.integer(7),
            effectiveAt: Timestamp(microseconds: row.integer(8)),
            expireAt: row.optionalInteger(9).map { Timestamp(microseconds: $0) },
            createdAt: Timestamp(microseconds: row.integer(10)), amount: row.amount(11), consumed: row.amount(13),
            held: row.amount(15), source: row.optionalText(17), subscriptionID: row.optionalText(18),
            paymentDueAt: row.optionalInteger(20).map { Timestamp(microseconds: $0) },
            details: try GrantRecord.Details(body))
    }
}

extension GrantRecord.Details {
    fileprivate var payload: Payload {
        var members: TextMap<Payload> = [
            "displayName": .string(displayName), "cost": Payload(cost.amount), "currency": .string(cost.currency),
            "paymentCollection": .string(paymentCollection.rawValue), "updatedAt": .integer(updatedAt.microseconds),
        ]
        members["comment"] = comment.map { .string($0) }
        if !metadata.isEmpty { members["metadata"] = .object(metadata.mapValues { .string($0) }) }
        members["sourceType"] = sourceType.map { .string($0.rawValue) }
        members["invoiceId"] = invoiceID.map { .string($0) }
        members["voidedAt"] = voidedAt.map { .integer($0.microseconds) }
        return .object(members)
    }

    fileprivate init(_ body: Payload) throws {
        func instant(_ name: String) -> Timestamp? {
            if case .integer(let microseconds) = body[name] { Timestamp(microseconds: microseconds) } else { nil }
        }
        let amount: Amount? =
            switch body["cost"] {
            case .integer(let value): Amount(value)
            case .number(let digits): Amount(digits)
            default: nil
            }
        guard let name = body["displayName"]?.text, let amount, let currency = body["currency"]?.text,
            let collection = body["paymentCollection"]?.text.flatMap(GrantPaymentState.init(rawValue:)),
            let updatedAt = instant("updatedAt")
        else { throw StoreError(.corrupt, "a stored credit grant lacks its fields; restore a backup") }
        displayName = name
        cost = Money(amount, currency)
        comment = body["comment"]?.text
        metadata = [:]
        if case .object(let members) = body["metadata"] { metadata = members.compactMapValues(\.text) }
        sourceType = body["sourceType"]?.text.flatMap(GrantSource.init(rawValue:))
        paymentCollection = collection
        invoiceID = body["invoiceId"]?.text
        self.updatedAt = updatedAt
        voidedAt = instant("voidedAt")
    }
}
