import TidemillOperations

// What a key may do, by the rows of the table.
extension KeyScope {
    func allows(_ row: OperationRow, _ input: Payload) -> Bool {
        switch self {
        case .read: !row.changes(input)
        case .ingest: row.report != nil
        case .full: row.audience == .client || !row.effect.isWrite
        case .operator: true
        }
    }

    /// Whether it sees the state of the worker.
    var seesStatus: Bool { self != .ingest }
}
