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

    private static let columns = """
        id, customer_id, currency_id, resource_id, state, amount_units, amount_nanos, consumed_units, consumed_nanos,
        expires_at, parts, request, answer, release
        """

    func find(_ id: String, of customer: CustomerID) throws -> Record? {
        try connection.first(
            "SELECT \(Self.columns) FROM credit_reservations WHERE bucket = $1 AND customer_id = $2 AND id = $3",
            [.integer(Bucket(customer).number), .text(customer.text), .text(id)], Self.record)
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
        try connection.execute(
            """
            INSERT INTO credit_reservations(parts, bucket, customer_id, id, currency_id, resource_id, state, amount_units,
              amount_nanos, expires_at, created_at, request, answer)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
            """,
            [
                .blob(LedgerParts(.reserved, holds).data), .integer(Bucket(wallet.customerID).number),
                .text(wallet.customerID.text), .text(id), .text(wallet.currencyID), .text(wallet.resource),
                .text(State.active.rawValue), .integer(amount.units), .integer(amount.fraction),
                .integer(expiresAt.microseconds), .integer(scope.now.microseconds), .text(request),
                .text(answer(book.state.balance, periodEnd)),
            ])
        try scope.schedule(.wallet, of: wallet.customerID)
    }

    /// Settles a hold once. Returns the wallet afterwards.
    func release(_ record: Record, consumed: Amount, request: String) throws -> CreditBalance {
        let book = try WalletBook(record.wallet, scope)
        try book.release(
            record.holds, consumed: consumed, as: .reservationReleased, CreditOrigin(reservationID: record.id))
        try book.close()
        try connection.execute(
            """
            UPDATE credit_reservations SET state = $4, consumed_units = $5, consumed_nanos = $6, release = $7
             WHERE bucket = $1 AND customer_id = $2 AND id = $3
            """,
            key(record) + [
                .text(State.released.rawValue), .integer(consumed.units), .integer(consumed.fraction), .text(request),
            ])
        try scope.schedule(.wallet, of: record.wallet.customerID)
        return book.state.balance
    }

    /// Settles a hold that has expired before: nothing is held any more, so all that was used burns as usual.
    func settleExpired(_ record: Record, consumed: Amount, request: String) throws -> CreditBalance {
        var empty = record
        empty.holds = []
        return try release(empty, consumed: consumed, request: request)
    }

    /// Returns the holds whose time is over.
    func expire(of customer: CustomerID, until instant: Timestamp) throws {
        let over = try connection.rows(
            """
            SELECT \(Self.columns) FROM credit_reservations
             WHERE bucket = $1 AND customer_id = $2 AND state = 'ACTIVE' AND expires_at <= $3 ORDER BY expires_at, id
            """, [.integer(Bucket(customer).number), .text(customer.text), .integer(instant.microseconds)], Self.record)
        for record in over {
            let book = try WalletBook(record.wallet, scope)
            try book.release(
                record.holds, consumed: .zero, as: .reservationExpired,
                CreditOrigin(events: 0, reservationID: record.id))
            try book.close()
            try connection.execute(
                "UPDATE credit_reservations SET state = $4 WHERE bucket = $1 AND customer_id = $2 AND id = $3",
                key(record) + [.text(State.expired.rawValue)])
            try scope.audit(
                .creditReservationExpired, customer,
                ["id": .string(record.id), "currencyId": .string(record.wallet.currencyID)])
        }
    }

    func nextExpiry(of customer: CustomerID) throws -> Timestamp? {
        try connection.first(
            """
            SELECT MIN(expires_at) FROM credit_reservations WHERE bucket = $1 AND customer_id = $2 AND state = 'ACTIVE'
            """, [.integer(Bucket(customer).number), .text(customer.text)]
        ) { $0.isNull(0) ? nil : Timestamp(microseconds: $0.integer(0)) } ?? nil
    }

    private func key(_ record: Record) -> [SQLValue] {
        [
            .integer(Bucket(record.wallet.customerID).number), .text(record.wallet.customerID.text), .text(record.id),
        ]
    }

    private static func record(_ row: any SQLRow) throws -> Record {
        guard let state = State(rawValue: row.text(4)) else {
            throw StoreError(.corrupt, "a credit reservation has the state \"\(row.text(4))\"; restore a backup")
        }
        return Record(
            id: row.text(0),
            wallet: Wallet(
                customerID: CustomerID(row.text(1)), currencyID: row.text(2), resourceID: row.text(3)),
            state: state, amount: row.amount(5), consumed: row.isNull(7) ? nil : row.amount(7),
            expiresAt: Timestamp(microseconds: row.integer(9)),
            holds: try LedgerParts(row, 10).groups.flatMap(\.parts), request: row.text(11), answer: row.text(12),
            release: row.optionalText(13))
    }
}
