import TidemillCore
public import TidemillOperations
public import TidemillStore

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

    private static let columns = Columns<GrantRecord>(
        "credit_grants", .key("wallet", \.wallet), .key("sequence", \.sequence), .once("id", \.id),
        Column("state", \.status), .once("type", \.type), Column("priority", \.priority),
        Column("effective_at", \.effectiveAt), Column("expire_at", \.expireAt), .once("created_at", \.createdAt),
        Column("amount", \.amount), Column("consumed", \.consumed), Column("held", \.held),
        .once("source", \.source), .once("subscription_id", \.subscriptionID),
        .once("payment_due_at", \.paymentDueAt),
        Column<GrantRecord, GrantRecord.Details>.own("body", { .text($0.details.payload.json) }) { row, column in
            try GrantRecord.Details(StoredBody.parse(row.text(column)))
        },
        derived: [.init("due_at", \.dueAt)], make: GrantRecord.init)

    func find(_ id: String) throws -> GrantRecord? {
        guard let bucket = CreditGrantID.bucket(of: id) else { return nil }
        return try connection.first(Self.columns, "WHERE bucket = $1 AND id = $2", [.integer(bucket), .text(id)])
    }

    func find(_ sequence: Int64, of wallet: Wallet) throws -> GrantRecord? {
        try connection.find(Self.columns, key: wallet.key + [.integer(sequence)])
    }

    /// The grant that was made from `source`.
    func find(source: String, of customer: CustomerID) throws -> GrantRecord? {
        try connection.first(
            Self.columns, "WHERE bucket = $1 AND customer_id = $2 AND source = $3",
            customer.key + [.text(source)])
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
            customer.key + [.integer(instant.microseconds)])
    }

    func nextDue(of customer: CustomerID) throws -> Timestamp? {
        try connection.value(
            "SELECT MIN(due_at) FROM credit_grants WHERE bucket = $1 AND customer_id = $2 AND due_at IS NOT NULL",
            customer.key)
    }

    /// The subscription's grants that are or will be in effect, in the order in which they were made.
    func live(ofSubscription subscription: String, of customer: CustomerID) throws -> [GrantRecord] {
        try rows(
            """
            bucket = $1 AND customer_id = $2 AND subscription_id = $3 AND state IN ('ACTIVE', 'SCHEDULED')
             ORDER BY created_at, id
            """, customer.key + [.text(subscription)])
    }

    /// The end of the recurring credits in effect; nil where there are none.
    func recurringEnd(of wallet: Wallet) throws -> Timestamp? {
        try connection.value(
            """
            SELECT MIN(expire_at) FROM credit_grants
             WHERE \(Wallet.isWallet) AND type = 'RECURRING' AND state = 'ACTIVE'
            """, wallet.key)
    }

    func insert(_ grant: GrantRecord) throws { try connection.insert(grant, into: Self.columns) }

    func update(_ grant: GrantRecord) throws { try connection.update(grant, in: Self.columns) }

    func rows(_ condition: String, _ arguments: [SQLValue]) throws -> [GrantRecord] {
        try connection.rows(Self.columns, "WHERE \(condition)", arguments)
    }
}

extension GrantStatus: ColumnValue {}
extension GrantType: ColumnValue {}

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
