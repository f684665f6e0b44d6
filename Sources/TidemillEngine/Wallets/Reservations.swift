import TidemillCore
import TidemillOperations
import TidemillStore

/// Holds on credits. The check and the hold are one: in one transaction that may write, nobody takes the same credits.
struct Reservations {
    let scope: CallScope
    private var connection: any SQLConnection { scope.connection }

    init(_ scope: CallScope) {
        self.scope = scope
    }

    struct Record {
        var id: String
        var wallet: Wallet
        var state: State
        var amount: Amount
        var consumed: Amount?
        var expiresAt: Timestamp
        var createdAt: Timestamp
        var holds: [LedgerPart]
        /// What was asked for, and answered: for a repeat of the same id.
        var request: String
        var answer: String
        /// How it was settled, for a repeat of the release.
        var release: String?
    }

    enum State: String {
        case active = "ACTIVE"
        case released = "RELEASED"
        case expired = "EXPIRED"
    }

    private static let columns = Columns<Record>(
        "credit_reservations", .key("id", \.id), .key("wallet", \.wallet), Column("state", \.state),
        .once("amount", \.amount), Column("consumed", \.consumed), .once("expires_at", \.expiresAt),
        .once("created_at", \.createdAt),
        Column<Record, [LedgerPart]>.own("parts", { .blob(LedgerParts(.reserved, $0.holds).data) }) {
            try LedgerParts($0, $1).groups.flatMap(\.parts)
        },
        .once("request", \.request), .once("answer", \.answer), Column("release", \.release), make: Record.init)

    func find(_ id: String, of customer: CustomerID) throws -> Record? {
        try connection.first(
            Self.columns, "WHERE bucket = $1 AND customer_id = $2 AND id = $3", customer.key + [.text(id)])
    }

    /// Holds the amount; the caller has found that it is available and that the id is new.
    func hold(
        _ amount: Amount, id: String, in wallet: Wallet, until expiresAt: Timestamp, request: String,
        metadata: TextMap<String>, answer: (CreditBalance, _ periodEnd: Timestamp?) -> String
    ) throws {
        let book = try WalletBook(wallet, scope)
        let details = metadata.isEmpty ? nil : metadata.mapValues { Payload.string($0) }
        let holds = try book.hold(amount, CreditOrigin(events: 0, reservationID: id, details: details))
        try book.close()
        let periodEnd = try GrantTable(connection: connection).recurringEnd(of: wallet)
        let record = Record(
            id: id, wallet: wallet, state: .active, amount: amount, expiresAt: expiresAt, createdAt: scope.now,
            holds: holds, request: request, answer: answer(book.state.balance, periodEnd))
        try connection.insert(record, into: Self.columns)
        try scope.schedule(.wallet, of: wallet.customerID)
    }

    /// Settles a hold once. Returns the wallet afterwards.
    func release(_ record: Record, consumed: Amount, request: String) throws -> CreditBalance {
        try release(record, record.holds, consumed: consumed, request: request)
    }

    /// Settles a hold that has expired before: nothing is held any more, so all that was used burns as usual.
    func settleExpired(_ record: Record, consumed: Amount, request: String) throws -> CreditBalance {
        try release(record, [], consumed: consumed, request: request)
    }

    private func release(
        _ record: Record, _ holds: [LedgerPart], consumed: Amount, request: String
    ) throws -> CreditBalance {
        let book = try WalletBook(record.wallet, scope)
        try book.release(holds, consumed: consumed, as: .reservationReleased, CreditOrigin(reservationID: record.id))
        try book.close()
        var settled = record
        settled.state = .released
        settled.consumed = consumed
        settled.release = request
        try connection.update(settled, in: Self.columns)
        try scope.schedule(.wallet, of: record.wallet.customerID)
        return book.state.balance
    }

    /// Returns the holds whose time is over.
    func expire(of customer: CustomerID, until instant: Timestamp) throws {
        let over = try connection.rows(
            Self.columns,
            """
            WHERE bucket = $1 AND customer_id = $2 AND state = 'ACTIVE' AND expires_at <= $3 ORDER BY expires_at, id
            """, customer.key + [.integer(instant.microseconds)])
        for var record in over {
            let book = try WalletBook(record.wallet, scope)
            try book.release(
                record.holds, consumed: .zero, as: .reservationExpired,
                CreditOrigin(events: 0, reservationID: record.id))
            try book.close()
            record.state = .expired
            try connection.update(record, in: Self.columns)
            try scope.audit(
                .creditReservationExpired, customer,
                ["id": .string(record.id), "currencyId": .string(record.wallet.currencyID)])
        }
    }

    func nextExpiry(of customer: CustomerID) throws -> Timestamp? {
        try connection.value(
            """
            SELECT MIN(expires_at) FROM credit_reservations WHERE bucket = $1 AND customer_id = $2 AND state = 'ACTIVE'
            """, customer.key)
    }
}

extension Reservations.State: ColumnValue {}
