import TidemillCore
import TidemillOperations
import TidemillStore

/// What the catalog keeps a row of: a document with an id.
protocol CatalogDocument: Shaped {
    associatedtype ID: ColumnValue & CustomStringConvertible
    var id: ID { get }
    static var columns: Columns<Self> { get }
    /// How calls name one, which makes it, and what they answer where it is not there.
    static var words: (noun: String, maker: OperationID, notFound: OperationError.Code) { get }
}

/// A table of the catalog. The catalog's generation changes with every write.
struct CatalogTable<Document: CatalogDocument> {
    let connection: any SQLConnection

    func find(_ id: Document.ID) throws -> Document? {
        var key: [SQLValue] = []
        id.bind(to: &key)
        return try connection.find(Document.columns, key: key)
    }

    func require(_ id: Document.ID, for operation: OperationID) throws -> Document {
        guard let document = try find(id) else { throw try Self.notFound(id, operation, connection) }
        return document
    }

    func insert(_ document: Document) throws {
        try connection.insert(document, into: Document.columns)
        try CatalogState.changed(on: connection)
    }

    func update(_ document: Document) throws {
        try connection.update(document, in: Document.columns)
        try CatalogState.changed(on: connection)
    }

    func all() throws -> [Document] { try connection.rows(Document.columns, "ORDER BY id") }

    static func notFound(
        _ id: Document.ID, _ operation: OperationID, _ connection: any SQLConnection
    ) throws -> OperationError {
        let (noun, maker, code) = Document.words
        let hint = try NearID.hint(for: id.description, Document.columns.table, on: connection)
        return .missing(code, noun, id.description, hint: hint, maker: maker, for: operation)
    }
}
