import TidemillCore
public import TidemillOperations
public import TidemillStore

/// JSON, as text.
extension Payload: ColumnValue {
    public init(_ row: any SQLRow, at column: Int) throws { self = try StoredBody.parse(row.text(column)) }
    public func bind(to values: inout [SQLValue]) { values.append(.text(json)) }
}

/// A value that the engine writes and reads as a document of its own.
protocol StoredDocument: ColumnValue {
    var stored: Payload { get }
    init(stored: Payload) throws
}

extension StoredDocument {
    init(_ row: any SQLRow, at column: Int) throws { try self.init(stored: StoredBody.parse(row.text(column))) }
    func bind(to values: inout [SQLValue]) { values.append(.text(stored.json)) }
}

/// Money in three columns: the amount's two, and its currency.
extension Money: ColumnValue {
    public static func columns(_ name: String) -> [String] { Amount.columns(name) + ["\(name)_currency"] }
    public init(_ row: any SQLRow, at column: Int) { self.init(Amount(row, at: column), row.text(column + 2)) }
    public func bind(to values: inout [SQLValue]) {
        amount.bind(to: &values)
        currency.bind(to: &values)
    }
}

extension Columns where Row: Shaped {
    /// A table whose rows are documents, as calls answer with them, and beside them what queries sort and filter by.
    static func documents(_ table: String, _ indexed: Derived...) -> Columns {
        Columns(table, .document, derived: indexed) { $0 }
    }

    /// The same of documents that are read again and again.
    static func documents(_ table: String, read: ReadDocuments<Row>, _ indexed: Derived...) -> Columns {
        Columns(table, .document(read: read), derived: indexed) { $0 }
    }
}

extension Column where Row: Shaped, Value == Row {
    /// The document of the row, in `body`.
    static var document: Self {
        .own("body", { .text(StoredBody.encode($0)) }) { try StoredBody.decode(Row.self, $0.text($1)) }
    }

    static func document(read: ReadDocuments<Row>) -> Self {
        .own("body", { .text(StoredBody.encode($0)) }) { row, column in
            try row.withBlob(column) { bytes in try read.value(bytes) { try StoredBody.decode(Row.self, $0) } }
        }
    }
}
