import TidemillCore
import TidemillOperations
import TidemillStore

extension GetCreditLedger: EmbeddedOperation {
    static func perform(_ input: Input, in scope: CallScope) throws -> Page<CreditLedgerEntry> {
        try scope.customers.requirePresence(input.customerID, for: .getCreditLedger)
        if let currency = input.currencyID { _ = try scope.currencies.require(currency, for: .getCreditLedger) }
        let isBackwards = input.before != nil
        let place = (input.after ?? input.before).flatMap(Place.init)
        guard place != nil || (input.after == nil && input.before == nil) else {
            throw OperationError(
                .badUserInput, "getCreditLedger: 'after' and 'before' must be cursors of an earlier answer of it")
        }
        var entries: [(place: Place, entry: CreditLedgerEntry)] = []
        let wanted = Int(input.limit) + 1
        var from = place
        // Rows are many entries or one: they are read some at a time until the page is full.
        while entries.count < wanted {
            let rows = try self.rows(input, from: from, isBackwards, limit: wanted, in: scope)
            for row in rows {
                let expanded = Self.entries(row)
                for index in isBackwards ? Array(expanded.indices.reversed()) : Array(expanded.indices) {
                    let here = Place(row, part: index)
                    if let from, isBackwards ? here >= from : here <= from { continue }
                    entries.append((here, expanded[index]))
                    if entries.count == wanted { break }
                }
                if entries.count == wanted { break }
            }
            guard rows.count == wanted, let last = rows.last else { break }
            from = Place(last, part: isBackwards ? -1 : .max)
        }
        let hasMore = entries.count == wanted
        if hasMore { entries.removeLast() }
        if isBackwards { entries.reverse() }
        let hasNext = isBackwards ? !entries.isEmpty : hasMore
        let hasPrevious = isBackwards ? hasMore : input.after != nil
        return Page(
            data: entries.map(\.entry),
            pagination: Pagination(
                next: hasNext ? entries.last?.place.cursor : nil, prev: hasPrevious ? entries.first?.place.cursor : nil)
        )
    }

    private static func rows(
        _ input: Input, from place: Place?, _ isBackwards: Bool, limit: Int, in scope: CallScope
    ) throws -> [LedgerRow] {
        var conditions = ["bucket = $1", "customer_id = $2", "resource_id = $3"]
        var arguments: [SQLValue] =
            input.customerID.key + [
                .text(input.resourceID ?? "")
            ]
        func require(_ column: String, _ value: String) {
            arguments.append(.text(value))
            conditions.append("\(column) = $\(arguments.count)")
        }
        if let currency = input.currencyID { require("currency_id", currency) }
        if let reservation = input.reservationID { require("reservation_id", reservation) }
        if let types = input.eventType {
            let parameters = types.map { type in
                arguments.append(.text(type.rawValue))
                return "$\(arguments.count)"
            }
            conditions.append("type IN (\(parameters.joined(separator: ", ")))")
        }
        if let place {
            arguments += [.integer(place.recordedAt), .text(place.currency), .integer(place.sequence)]
            let first = arguments.count - 2
            // The row of the place itself is read again where it has further entries.
            let isWhole = isBackwards ? place.part <= 0 : place.part == .max
            let sign = isBackwards ? (isWhole ? "<" : "<=") : (isWhole ? ">" : ">=")
            conditions.append(
                "(recorded_at, currency_id, sequence) \(sign) ($\(first), $\(first + 1), $\(first + 2))")
        }
        let direction = isBackwards ? "DESC" : "ASC"
        return try scope.connection.rows(
            """
            SELECT \(CreditLedger.columns) FROM credit_ledger WHERE \(conditions.joined(separator: " AND "))
             ORDER BY recorded_at \(direction), currency_id \(direction), sequence \(direction) LIMIT \(limit)
            """, arguments, CreditLedger.row)
    }

    /// Where an entry stands: the row, and its number in the row.
    private struct Place: Comparable {
        var recordedAt: Int64
        var currency: String
        var sequence: Int64
        var part: Int

        init(_ row: LedgerRow, part: Int) {
            recordedAt = row.recordedAt.microseconds
            currency = row.wallet.currencyID
            sequence = row.sequence
            self.part = part
        }

        init?(_ cursor: Cursor) {
            let pieces = cursor.id.split(separator: "/")
            guard pieces.count == 3, let sequence = Int64(pieces[1]), let part = Int(pieces[2]) else { return nil }
            recordedAt = cursor.createdAt.microseconds
            currency = String(pieces[0])
            self.sequence = sequence
            self.part = part
        }

        var cursor: Cursor {
            Cursor(createdAt: Timestamp(microseconds: recordedAt), id: "\(currency)/\(sequence)/\(part)")
        }

        static func < (left: Place, right: Place) -> Bool {
            (left.recordedAt, left.currency, left.sequence, left.part)
                < (right.recordedAt, right.currency, right.sequence, right.part)
        }
    }

    /// One entry for each grant that the row touched; a settled or expired reservation is one, with its breakdown.
    static func entries(_ row: LedgerRow) -> [CreditLedgerEntry] {
        func grantID(_ sequence: Int64) -> String {
            CreditGrantID.make(
                customer: row.wallet.customerID, currency: row.wallet.currencyID, resource: row.wallet.resource,
                sequence: sequence)
        }
        func entry(_ amount: Amount, _ grant: Int64) -> CreditLedgerEntry {
            CreditLedgerEntry(
                eventType: row.type, amount: amount, timestamp: row.at, recordedAt: row.recordedAt,
                customerID: row.wallet.customerID, creditCurrencyID: row.wallet.currencyID,
                creditGrantID: grantID(grant), resourceID: row.wallet.resourceID,
                featureID: row.origin.featureID?.text, eventID: row.origin.eventID,
                reservationID: row.origin.reservationID, holdReturnedAmount: nil, breakdown: nil,
                metadata: row.origin.details)
        }
        switch row.type {
        case .reservationReleased:
            let hold = row.parts.groups.first?.parts ?? []
            var whole = entry(row.amount, row.parts.groups.flatMap(\.parts).first?.grant ?? 0)
            whole.holdReturnedAmount = hold.reduce(.zero) { $0 + $1.amount }
            whole.breakdown = row.parts.groups.flatMap { group in
                group.parts.map { part in
                    CreditLedgerPart(
                        eventType: group.type, amount: part.amount, timestamp: row.at,
                        customerID: row.wallet.customerID, creditCurrencyID: row.wallet.currencyID,
                        creditGrantID: grantID(part.grant), resourceID: row.wallet.resourceID,
                        featureID: row.origin.featureID?.text, eventID: row.origin.eventID,
                        reservationID: row.origin.reservationID)
                }
            }
            return [whole]
        case .granted, .expired, .consumed, .voided, .updated, .transferSource, .transferTarget, .reserved,
            .reservationExpired:
            return row.parts.groups.flatMap(\.parts).map { entry($0.amount, $0.grant) }
        }
    }
}
