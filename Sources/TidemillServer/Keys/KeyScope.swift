import TidemillOperations

// What a key may do, by the rows of the table.
extension KeyScope {
    private static let reports: Set<OperationID> = [
        .reportUsage, .reportUsageBulk, .reportEvent, .consumeCredits, .consumeCreditsAsync,
    ]

    func allows(_ row: OperationRow, _ input: Payload) -> Bool {
        switch self {
        case .read: !row.effect.isWrite && !Self.reserves(row, input)
        case .ingest: Self.reports.contains(row.id)
        case .full: row.audience == .client || !row.effect.isWrite
        case .operator: true
        }
    }

    /// Whether it sees the state of the worker.
    var seesStatus: Bool { self != .ingest }

    /// A check that holds credits changes what others may use.
    private static func reserves(_ row: OperationRow, _ input: Payload) -> Bool {
        row.id == .checkEntitlement && ["reserveAmount", "reservationId"].contains { input[$0]?.isNull == false }
    }
}
