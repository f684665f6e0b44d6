import TidemillCore
import TidemillOperations
import TidemillStore

/// What the ledger of a wallet says was consumed, with the values of the dimensions that are asked for.
struct CreditUsageRows {
    /// Consumption of one combination of values; below zero where it was given back.
    struct Entry {
        var at: Timestamp
        var credits: Amount
        var events: Int64
        /// In the order of `groupBy`; nil where there is no such dimension.
        var values: [ByteText?]
    }

    private let wallet: Wallet
    private let groupBy: [String]
    private let connection: any SQLConnection

    init(_ wallet: Wallet, _ groupBy: [String], on connection: any SQLConnection) {
        self.wallet = wallet
        self.groupBy = groupBy
        self.connection = connection
    }

    private static let featureKey = "featureId"
    private var dimensions: [String] { groupBy.filter { $0 != Self.featureKey } }

    /// So many hours are told apart at a time.
    private static let hoursMax: Int64 = 31 * 24

    /// Hands out every entry of the half-open range, in no order.
    func entries(from start: Timestamp, to end: Timestamp, _ body: (Entry) -> Void) throws {
        guard !dimensions.isEmpty else {
            return try query(from: start, to: end) { row in
                entries(of: row, likeThatOf: row, nil).forEach(body)
            }
        }
        var from = start
        while from < end {
            let next = CreditUsageSplit.start(of: CreditUsageSplit.hour(of: from.microseconds) + Self.hoursMax)
            try split(from: from, to: min(next, end)).forEach(body)
            from = next
        }
    }

    private func split(from start: Timestamp, to end: Timestamp) throws -> [Entry] {
        // Whole hours: rows of one hour are told apart together.
        let hours = (CreditUsageSplit.hour(of: start.microseconds), CreditUsageSplit.hour(of: end.microseconds - 1))
        var around: [LedgerRow] = []
        try query(
            from: CreditUsageSplit.start(of: hours.0), to: CreditUsageSplit.start(of: hours.1 + 1)
        ) { around.append($0) }
        // What gives something back has the dimensions of what it gives back, whenever that was.
        var known = Dictionary(around.map { ($0.sequence, $0) }, uniquingKeysWith: { $1 })
        for sequence in around.compactMap(\.reverses) where known[sequence] == nil {
            known[sequence] = try row(sequence)
        }
        let shares = try CreditUsageSplit(
            customer: wallet.customerID, keys: dimensions, connection: connection
        ).shares(of: Array(known.values))
        return around.filter { start <= $0.at && $0.at < end }.flatMap { row in
            let source = row.reverses.flatMap { known[$0] } ?? row
            return entries(of: row, likeThatOf: source, shares[source.sequence])
        }
    }

    /// One entry, or one a share of what the row stands for.
    private func entries(
        of row: LedgerRow, likeThatOf source: LedgerRow, _ shares: [[ByteText?]: CreditUsageSplit.Share]?
    ) -> [Entry] {
        let credits = row.type == .consumed ? -row.amount : Self.settled(row)
        // A reservation that was settled with nothing consumed nothing.
        guard credits != .zero else { return [] }
        guard let shares, credits == -source.amount || credits == source.amount else {
            let values = dimensions.map { CreditUsageSplit.shown(source.origin.details?[$0]) }
            return [
                Entry(at: row.at, credits: credits, events: row.origin.events, values: combined(values, source))
            ]
        }
        let isBack = row.sequence != source.sequence
        return shares.map { values, share in
            Entry(
                at: row.at, credits: isBack ? -share.credits : share.credits,
                events: isBack ? -share.events : share.events, values: combined(values, source))
        }
    }

    /// The values in the order of `groupBy`, the feature among them.
    private func combined(_ values: [ByteText?], _ row: LedgerRow) -> [ByteText?] {
        var rest = values[...]
        return groupBy.map {
            $0 == Self.featureKey ? row.origin.featureID.map { ByteText($0.text) } : rest.popFirst() ?? nil
        }
    }

    /// What a released reservation consumed.
    private static func settled(_ row: LedgerRow) -> Amount {
        row.parts.groups.filter { $0.type == .consumed }.flatMap(\.parts).reduce(.zero) { $0 - $1.amount }
    }

    private func query(from start: Timestamp, to end: Timestamp, _ body: (LedgerRow) throws -> Void) throws {
        try connection.query(
            """
            SELECT \(CreditLedger.columns) FROM credit_ledger
             WHERE \(Wallet.isWallet) AND type IN ($5, $6) AND at >= $7 AND at < $8
            """,
            wallet.key + [
                .text(LedgerType.consumed.rawValue), .text(LedgerType.reservationReleased.rawValue),
                .integer(start.microseconds), .integer(end.microseconds),
            ]
        ) { try body(CreditLedger.row($0)) }
    }

    private func row(_ sequence: Int64) throws -> LedgerRow? {
        try connection.first(
            "SELECT \(CreditLedger.columns) FROM credit_ledger WHERE \(Wallet.isWallet) AND sequence = $5",
            wallet.key + [.integer(sequence)], CreditLedger.row)
    }
}
