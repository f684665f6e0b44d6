public import TidemillOperations
public import TidemillStore

extension RunID: ColumnValue {}

/// JSON, as text.
extension Payload: ColumnValue {
    public init(_ row: any SQLRow, at column: Int) throws { self = try Payload(json: row.text(column)) }
    public func bind(to values: inout [SQLValue]) { values.append(.text(json)) }
}
