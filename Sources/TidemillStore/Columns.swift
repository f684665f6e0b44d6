public import TidemillCore

/// A column of a table, or the few of one value.
///
/// The types here are open to the optimizer of other modules: a row is read by code that is made for its types, which
/// takes a tenth of the time that it takes to go over columns of unknown types.
@frozen
public struct Column<Row: Sendable, Value>: Sendable {
    public typealias Write = @Sendable (Row, inout [SQLValue]) -> Void
    public typealias Read = @Sendable (any SQLRow, Int) throws -> Value

    @usableFromInline let names: [String]
    @usableFromInline let role: ColumnRole
    @usableFromInline let write: Write
    @usableFromInline let read: Read

    @inlinable
    init(_ names: [String], _ role: ColumnRole, write: @escaping Write, read: @escaping Read) {
        self.names = names
        self.role = role
        self.write = write
        self.read = read
    }

    @inlinable
    init(_ name: String, _ role: ColumnRole, _ value: @escaping @Sendable (Row) -> Value) where Value: ColumnValue {
        self.init(Value.columns(name), role, write: { value($0).bind(to: &$1) }, read: { try Value($0, at: $1) })
    }

    /// What updates of the row set.
    @inlinable
    public init(_ name: String, _ value: @escaping @Sendable (Row) -> Value) where Value: ColumnValue {
        self.init(name, .value, value)
    }

    /// A part of the primary key, in its order.
    @inlinable
    public static func key(_ name: String, _ value: @escaping @Sendable (Row) -> Value) -> Self
    where Value: ColumnValue { Self(name, .key, value) }

    /// What a row is made with and keeps.
    @inlinable
    public static func once(_ name: String, _ value: @escaping @Sendable (Row) -> Value) -> Self
    where Value: ColumnValue { Self(name, .once, value) }

    /// A value that stands in its column in a way of its own, such as text that is parsed.
    @inlinable
    public static func own(
        _ name: String, _ value: @escaping @Sendable (Row) -> SQLValue, read: @escaping Read
    ) -> Self { Self([name], .value, write: { $1.append(value($0)) }, read: read) }

    @inlinable
    func take(_ row: any SQLRow, _ place: inout Int) throws -> Value {
        let first = place
        place += names.count
        return try read(row, first)
    }
}

extension Column where Value == CustomerID {
    /// The first columns of whatever belongs to a customer: its bucket, and who it is.
    public static func customer(
        _ customer: @escaping @Sendable (Row) -> CustomerID, named name: String = "customer_id"
    ) -> Self {
        Self(
            ["bucket", name], .key,
            write: { $1 += customer($0).key }, read: { CustomerID($0, at: $1 + 1) })
    }
}

extension Column where Value == CustomerID? {
    /// The same where a row may belong to nobody: to bucket 0 and ''.
    public static func owner(_ customer: @escaping @Sendable (Row) -> CustomerID?) -> Self {
        Self(
            ["bucket", "customer_id"], .key, write: { $1 += customer($0).key },
            read: { $0.text($1 + 1).isEmpty ? nil : CustomerID($0, at: $1 + 1) })
    }
}

/// What becomes of a column when its row is written again: it finds the row, stays, or is set.
@usableFromInline enum ColumnRole: Sendable { case key, once, value }

/// A table's columns, declared once: what selects, inserts, updates, binds and decodes its rows.
///
///     static let columns = Columns<Feature>("features", .key("id", \.id), Column("name", \.name), make: Feature.init)
///
/// They stand in the file that writes the table, of which there is one (`.ci/check-writers`).
public struct Columns<Row: Sendable>: Sendable {
    public typealias Write = @Sendable (Row, inout [SQLValue]) -> Void

    public let table: String
    /// The columns that `read` reads, in its order.
    public let list: String
    /// The condition that the key is `$1`, `$2`, ….
    public let isKey: String
    let inserting: String
    let updating: String
    let upserting: String
    private let writers: [Write]
    private let make: @Sendable (any SQLRow, Int) throws -> Row

    /// A column that is looked for and counted by, and is not read back: the row says it otherwise.
    public struct Derived: Sendable {
        let names: [String]
        let role: ColumnRole
        let write: Write

        public init<Value: ColumnValue>(_ name: String, _ value: @escaping @Sendable (Row) -> Value) {
            self.init(Column(name, value))
        }

        public static func key<Value: ColumnValue>(
            _ name: String, _ value: @escaping @Sendable (Row) -> Value
        ) -> Self { Self(Column.key(name, value)) }

        public static func once<Value: ColumnValue>(
            _ name: String, _ value: @escaping @Sendable (Row) -> Value
        ) -> Self { Self(Column.once(name, value)) }

        public static func customer(
            _ customer: @escaping @Sendable (Row) -> CustomerID, named name: String = "customer_id"
        ) -> Self { Self(Column.customer(customer, named: name)) }

        @usableFromInline
        init<Value>(_ column: Column<Row, Value>) {
            names = column.names
            role = column.role
            write = column.write
        }
    }

    /// The columns in the order of the memberwise initializer, which comes last, so that none is forgotten.
    @inlinable
    public init<each Value>(
        _ table: String, _ columns: repeat Column<Row, each Value>, derived: [Derived] = [],
        make: @escaping @Sendable (repeat each Value) throws -> Row
    ) {
        var read: [Derived] = []
        for column in repeat each columns { read.append(Derived(column)) }
        self.init(table, read: read, derived: derived) { row, first in
            var place = first
            return try make(repeat try (each columns).take(row, &place))
        }
    }

    @usableFromInline
    init(
        _ table: String, read: [Derived], derived: [Derived], make: @escaping @Sendable (any SQLRow, Int) throws -> Row
    ) {
        let columns = (read + derived).flatMap { column in column.names.map { (name: $0, role: column.role) } }
        precondition(Set(columns.map(\.name)).count == columns.count, "a column of \(table) is declared twice")
        let places = columns.indices.map { "$\($0 + 1)" }.joined(separator: ", ")
        let keys = columns.indices.filter { columns[$0].role == .key }
        let changing = columns.indices.filter { columns[$0].role == .value }.map { columns[$0].name }
        func equals(_ indices: [Int], _ separator: String) -> String {
            indices.map { "\(columns[$0].name) = $\($0 + 1)" }.joined(separator: separator)
        }
        self.table = table
        self.make = make
        writers = (read + derived).map(\.write)
        list = read.flatMap(\.names).joined(separator: ", ")
        isKey = keys.enumerated().map { "\(columns[$1].name) = $\($0 + 1)" }.joined(separator: " AND ")
        inserting = "INSERT INTO \(table)(\(columns.map(\.name).joined(separator: ", "))) VALUES (\(places))"
        updating = """
            UPDATE \(table) SET \(equals(columns.indices.filter { columns[$0].role == .value }, ", "))
             WHERE \(equals(keys, " AND "))
            """
        upserting = """
            \(inserting) ON CONFLICT (\(keys.map { columns[$0].name }.joined(separator: ", "))) DO UPDATE SET
             \(changing.map { "\($0) = excluded.\($0)" }.joined(separator: ", "))
            """
    }

    /// The row whose columns begin at `first`.
    public func read(_ row: any SQLRow, from first: Int) throws -> Row { try make(row, first) }

    /// The row of a query that selects nothing else.
    public func read(_ row: any SQLRow) throws -> Row { try make(row, 0) }

    func values(_ row: Row) -> [SQLValue] {
        var values: [SQLValue] = []
        values.reserveCapacity(writers.count + 4)
        for write in writers { write(row, &values) }
        return values
    }
}

extension SQLConnection {
    /// The rows that `rest` leaves: WHERE, ORDER BY, LIMIT.
    public func rows<Row>(_ columns: Columns<Row>, _ rest: String, _ arguments: [SQLValue] = []) throws -> [Row] {
        try rows("SELECT \(columns.list) FROM \(columns.table) \(rest)", arguments, columns.read)
    }

    /// The first of them; nil when there is none.
    public func first<Row>(_ columns: Columns<Row>, _ rest: String, _ arguments: [SQLValue] = []) throws -> Row? {
        try first("SELECT \(columns.list) FROM \(columns.table) \(rest)", arguments, columns.read)
    }

    /// The row with this key; nil when there is none.
    public func find<Row>(_ columns: Columns<Row>, key: [SQLValue]) throws -> Row? {
        try first(columns, "WHERE \(columns.isKey)", key)
    }

    /// Enters a row, which is new, or else what `conflict` says happens; returns how many there were to enter.
    @discardableResult
    public func insert<Row>(_ row: Row, into columns: Columns<Row>, _ conflict: String = "") throws -> Int {
        try execute(conflict.isEmpty ? columns.inserting : "\(columns.inserting) \(conflict)", columns.values(row))
    }

    /// Sets all of a row but its key and what it keeps, where `condition` holds of what is stored: "AND …".
    @discardableResult
    public func update<Row>(_ row: Row, in columns: Columns<Row>, _ condition: String = "") throws -> Int {
        try execute(condition.isEmpty ? columns.updating : "\(columns.updating) \(condition)", columns.values(row))
    }

    /// Enters a row, or updates the one that has its key.
    public func upsert<Row>(_ row: Row, into columns: Columns<Row>) throws {
        try execute(columns.upserting, columns.values(row))
    }
}
