public import Foundation
public import TidemillCore

/// A value bound to a parameter. Amounts are two integers, times are microseconds.
public enum SQLValue: Sendable, Equatable {
    case null
    case integer(Int64)
    case text(String)
    case blob(Data)

    public static func text(_ text: String?) -> SQLValue { text.map { .text($0) } ?? .null }
    public static func integer(_ value: Int64?) -> SQLValue { value.map { .integer($0) } ?? .null }
    public static func integer(_ value: Int) -> SQLValue { .integer(Int64(value)) }
}

/// The current row of a query; valid inside the closure that receives it only. Columns count from 0.
public protocol SQLRow {
    func isNull(_ column: Int) -> Bool
    func integer(_ column: Int) -> Int64
    func text(_ column: Int) -> String
    func blob(_ column: Int) -> Data
    /// The bytes in place, without a copy; valid inside `body` only.
    func withBlob<T>(_ column: Int, _ body: (UnsafeRawBufferPointer) throws -> T) rethrows -> T
}

extension SQLRow {
    public func optionalInteger(_ column: Int) -> Int64? { isNull(column) ? nil : integer(column) }
    public func optionalText(_ column: Int) -> String? { isNull(column) ? nil : text(column) }
}

/// One connection inside `Store.read` or `Store.write`. The SQL is written once for SQLite and PostgreSQL, with `$1`
/// parameters. Errors are `StoreError`.
public protocol SQLConnection: AnyObject {
    /// Runs one statement and returns how many rows it changed.
    @discardableResult
    func execute(_ sql: String, _ arguments: [SQLValue]) throws -> Int
    /// Runs one statement and hands each row to `body`.
    func query(_ sql: String, _ arguments: [SQLValue], _ body: (any SQLRow) throws -> Void) throws
    /// Runs `body`; when it throws, undoes what `body` wrote, and nothing else, and throws on.
    func savepoint<T>(_ body: () throws -> T) throws -> T
    /// As `execute` with one blob taken in place as `$1`, followed by `arguments` as `$2`…; for large packed rows.
    @discardableResult
    func execute(_ sql: String, blob: UnsafeRawBufferPointer, _ arguments: [SQLValue]) throws -> Int
    /// Changes whenever another connection has committed since the last look.
    func dataVersion() throws -> Int64
    /// In which customers' rows something was written that decides about access, since `asker` looked last: by whatever
    /// statement of whichever process. Everybody's where that cannot be told, as at the first look.
    func accessChanges(since asker: AnyObject) throws -> AccessChanges
    /// Has something counted once the transaction has committed; it is forgotten with the savepoint or transaction that
    /// it is noted in.
    func note(_ note: MetricNote)
    /// What this process remembers of the store; nil where nothing is.
    var memory: StoreMemory? { get }
    /// Reads what is committed: nothing of what this connection's transaction wrote.
    func committed<T>(_ body: (any SQLConnection) throws -> T) throws -> T
}

/// Whose access may be another than it was.
public enum AccessChanges: Sendable, Hashable {
    case everybody
    case customers(Set<CustomerID>)
}

extension SQLConnection {
    public func accessChanges(since asker: AnyObject) throws -> AccessChanges { .everybody }

    public func note(_ note: MetricNote) {}

    public var memory: StoreMemory? { nil }

    public func committed<T>(_ body: (any SQLConnection) throws -> T) throws -> T { try body(self) }

    public func count(_ metric: Metric, _ labels: [String] = [], by amount: Int64 = 1) {
        if amount != 0 { note(MetricNote(metric, labels, .add(Double(amount)))) }
    }

    @discardableResult
    public func execute(_ sql: String) throws -> Int { try execute(sql, []) }

    /// The rows, mapped.
    public func rows<T>(_ sql: String, _ arguments: [SQLValue] = [], _ map: (any SQLRow) throws -> T) throws -> [T] {
        var result: [T] = []
        try query(sql, arguments) { row in result.append(try map(row)) }
        return result
    }

    /// The first row, mapped; nil when there is none.
    public func first<T>(_ sql: String, _ arguments: [SQLValue] = [], _ map: (any SQLRow) throws -> T) throws -> T? {
        var result: T?
        try query(sql, arguments) { row in
            if result == nil { result = try map(row) }
        }
        return result
    }

    /// The first column of the first row; nil where there is none, or NULL.
    public func value<Value: ColumnValue>(_ sql: String, _ arguments: [SQLValue] = []) throws -> Value? {
        try first(sql, arguments) { try Value?($0, at: 0) } ?? nil
    }

    /// The first column of each row.
    public func values<Value: ColumnValue>(_ sql: String, _ arguments: [SQLValue] = []) throws -> [Value] {
        try rows(sql, arguments) { try Value($0, at: 0) }
    }

    /// How many rows there are, for people who look: counted no further than `shortCountMax`.
    public func shortCount(_ from: String, _ arguments: [SQLValue] = []) throws -> Int64 {
        try first("SELECT COUNT(*) FROM (SELECT 1 \(from) LIMIT \(shortCountMax)) AS counted", arguments) {
            $0.integer(0)
        } ?? 0
    }

    /// Whether the query has any.
    public func hasRows(_ sql: String, _ arguments: [SQLValue] = []) throws -> Bool {
        try first(sql, arguments) { _ in true } ?? false
    }
}

/// Where counting for people ends: "at least 1,000" tells them as much.
public let shortCountMax: Int64 = 1000
