public import Foundation
public import TidemillCore

/// A type whose values stand in columns of a row: most in one, an amount in two.
public protocol ColumnValue: Sendable {
    /// The columns of a value that is called `name`, as many for each name.
    static func columns(_ name: String) -> [String]
    /// Reads the value whose first column is `column`.
    init(_ row: any SQLRow, at column: Int) throws
    func bind(to values: inout [SQLValue])
}

extension ColumnValue {
    public static func columns(_ name: String) -> [String] { [name] }
}

extension Int64: ColumnValue {
    public init(_ row: any SQLRow, at column: Int) { self = row.integer(column) }
    public func bind(to values: inout [SQLValue]) { values.append(.integer(self)) }
}

extension Bool: ColumnValue {
    public init(_ row: any SQLRow, at column: Int) { self = row.integer(column) != 0 }
    public func bind(to values: inout [SQLValue]) { values.append(.integer(self ? 1 : 0)) }
}

extension String: ColumnValue {
    public init(_ row: any SQLRow, at column: Int) { self = row.text(column) }
    public func bind(to values: inout [SQLValue]) { values.append(.text(self)) }
}

extension Data: ColumnValue {
    public init(_ row: any SQLRow, at column: Int) { self = row.blob(column) }
    public func bind(to values: inout [SQLValue]) { values.append(.blob(self)) }
}

extension Timestamp: ColumnValue {
    public init(_ row: any SQLRow, at column: Int) { self.init(microseconds: row.integer(column)) }
    public func bind(to values: inout [SQLValue]) { values.append(.integer(microseconds)) }
}

extension Amount: ColumnValue {
    public static func columns(_ name: String) -> [String] { ["\(name)_units", "\(name)_nanos"] }
    public init(_ row: any SQLRow, at column: Int) {
        self.init(units: row.integer(column), nanos: row.integer(column + 1))
    }
    public func bind(to values: inout [SQLValue]) { values += [.integer(units), .integer(fraction)] }
}

/// NULL in the first column is nil.
extension Optional: ColumnValue where Wrapped: ColumnValue {
    public static func columns(_ name: String) -> [String] { Wrapped.columns(name) }
    public init(_ row: any SQLRow, at column: Int) throws {
        self = row.isNull(column) ? nil : try Wrapped(row, at: column)
    }
    public func bind(to values: inout [SQLValue]) {
        if let self { self.bind(to: &values) } else { values += Wrapped.columns("").map { _ in .null } }
    }
}

/// Ids stand as their text.
extension ColumnValue where Self: Identifier {
    public init(_ row: any SQLRow, at column: Int) { self.init(row.text(column)) }
    public func bind(to values: inout [SQLValue]) { values.append(.text(text)) }
}

extension CustomerID: ColumnValue {}

extension CustomerID {
    /// The first columns of whatever belongs to a customer: its bucket, and who it is.
    public var key: [SQLValue] { [.integer(Bucket(self).number), .text(text)] }
}

extension CustomerID? {
    /// The same of what may belong to nobody.
    public var key: [SQLValue] { self?.key ?? [.integer(Int64(0)), .text("")] }
}

extension FeatureID: ColumnValue {}
extension DeliveryID: ColumnValue {}
extension ScriptVersionID: ColumnValue {}

/// Words stand as their text. One that is unknown was not written by this engine.
extension ColumnValue where Self: RawRepresentable<String> {
    public init(_ row: any SQLRow, at column: Int) throws {
        let text = row.text(column)
        guard let value = Self(rawValue: text) else {
            throw StoreError(.corrupt, "the store has \"\(text)\", which is no \(Self.self); restore a backup")
        }
        self = value
    }
    public func bind(to values: inout [SQLValue]) { values.append(.text(rawValue)) }
}
