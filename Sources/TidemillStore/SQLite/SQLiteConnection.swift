import Foundation
import GRDB
import GRDBSQLite
import TidemillCore

/// Tells SQLite to copy the bytes before the bind returns.
private let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

/// `$0` to `$31` as C reads them: to make one for every value of every statement costs more than to bind it.
private let parameterNames = (0..<32).map { Array("$\($0)".utf8CString) }

/// What begins, ends and undoes a savepoint, by how many are around it: texts that are the same each time are statements
/// that are prepared once.
private let savepointStatements = (0..<16).map(SavepointStatements.init)

private struct SavepointStatements {
    let begin: String
    let release: String
    let undo: String

    init(depth: Int) {
        begin = "SAVEPOINT s\(depth)"
        release = "RELEASE s\(depth)"
        undo = "ROLLBACK TO s\(depth)"
    }
}

/// SQLite's side of `SQLConnection`: GRDB's cached statements, bound and stepped directly, because GRDB binds
/// positional arguments to `$n` by first appearance and costs twice the time (storage.md).
final class SQLiteConnection: SQLConnection {
    private let db: Database
    private let path: String
    private var savepoints = 0
    private let isCounted: Bool
    private let access: AccessWatch?
    /// What is to be counted when the transaction has committed.
    private(set) var notes: [MetricNote] = []
    let memory: StoreMemory?
    /// The store that is written; nil: what is read is committed.
    private let written: SQLiteStore?
    private let watch: ReadWatch?

    init(
        _ db: Database, path: String, isCounted: Bool = false, access: AccessWatch? = nil, memory: StoreMemory? = nil,
        written: SQLiteStore? = nil, watch: ReadWatch? = nil
    ) {
        self.watch = watch
        self.access = access
        self.memory = memory
        self.written = written
        self.db = db
        self.path = path
        self.isCounted = isCounted
    }

    func note(_ note: MetricNote) {
        if isCounted { notes.append(note) }
    }

    func execute(_ sql: String, _ arguments: [SQLValue]) throws -> Int {
        try withStatement(sql) { statement in
            try bind(arguments, from: 1, to: statement)
            while try step(statement, sql) {}
            return Int(sqlite3_changes(db.sqliteConnection))
        }
    }

    func execute(_ sql: String, blob: UnsafeRawBufferPointer, _ arguments: [SQLValue]) throws -> Int {
        try withStatement(sql) { statement in
            let index = sqlite3_bind_parameter_index(statement, "$1")
            // SQLITE_STATIC (nil): the bytes outlive the step, and the bindings are cleared after it.
            try check(sqlite3_bind_blob64(statement, index, blob.baseAddress, UInt64(blob.count), nil), sql)
            try bind(arguments, from: 2, to: statement)
            while try step(statement, sql) {}
            return Int(sqlite3_changes(db.sqliteConnection))
        }
    }

    func query(_ sql: String, _ arguments: [SQLValue], _ body: (any SQLRow) throws -> Void) throws {
        try withStatement(sql) { statement in
            try bind(arguments, from: 1, to: statement)
            let row = SQLiteRow(statement: statement)
            while try step(statement, sql) { try body(row) }
        }
    }

    func savepoint<T>(_ body: () throws -> T) throws -> T {
        let statements =
            savepoints < savepointStatements.count
            ? savepointStatements[savepoints] : SavepointStatements(depth: savepoints)
        let noted = notes.count
        try execute(statements.begin)
        savepoints += 1
        defer { savepoints -= 1 }
        do {
            let result = try body()
            try execute(statements.release)
            return result
        } catch {
            notes.removeSubrange(noted...)
            if db.isInsideTransaction {
                try execute(statements.undo)
                try execute(statements.release)
            }
            throw error
        }
    }

    func accessChanges(since asker: AnyObject) throws -> AccessChanges {
        guard let access else { return .everybody }
        return access.take(asker, dataVersion: try dataVersion())
    }

    func committed<T>(_ body: (any SQLConnection) throws -> T) throws -> T {
        guard let written else { return try body(self) }
        return try written.read(body)
    }

    func dataVersion() throws -> Int64 {
        try first("PRAGMA data_version", []) { $0.integer(0) } ?? 0
    }

    /// Errors of the database leave as StoreError, so that bodies can tell a full disk from a fault of their own.
    private func withStatement<T>(_ sql: String, _ body: (OpaquePointer) throws -> T) throws -> T {
        do {
            return try withHandle(sql, body)
        } catch let error as DatabaseError {
            throw StoreError(error, path: path)
        }
    }

    /// A statement in use by an outer query must not be stepped again by an inner one: a second, uncached copy then.
    private func withHandle<T>(_ sql: String, _ body: (OpaquePointer) throws -> T) throws -> T {
        try watch?.check()
        var statement = try db.cachedStatement(sql: sql)
        if sqlite3_stmt_busy(statement.sqliteStatement) != 0 {
            statement = try db.makeStatement(sql: sql)
        }
        let handle = statement.sqliteStatement
        defer {
            sqlite3_reset(handle)
            sqlite3_clear_bindings(handle)
            withExtendedLifetime(statement) {}
        }
        return try body(handle)
    }

    private func bind(_ arguments: [SQLValue], from first: Int, to statement: OpaquePointer) throws {
        for (offset, value) in arguments.enumerated() {
            let number = first + offset
            let index =
                number < parameterNames.count
                ? sqlite3_bind_parameter_index(statement, parameterNames[number])
                : sqlite3_bind_parameter_index(statement, "$\(number)")
            guard index > 0 else { continue }
            let code =
                switch value {
                case .null: sqlite3_bind_null(statement, index)
                case .integer(let value): sqlite3_bind_int64(statement, index, value)
                case .text(let text): sqlite3_bind_text(statement, index, text, Int32(text.utf8.count), transient)
                case .blob(let data):
                    data.withUnsafeBytes {
                        $0.isEmpty
                            ? sqlite3_bind_zeroblob(statement, index, 0)
                            : sqlite3_bind_blob64(statement, index, $0.baseAddress, UInt64($0.count), transient)
                    }
                }
            try check(code, nil)
        }
    }

    private func step(_ statement: OpaquePointer, _ sql: String) throws -> Bool {
        let code = sqlite3_step(statement)
        if code == SQLITE_ROW { return true }
        try check(code, sql)
        return false
    }

    private func check(_ code: Int32, _ sql: String?) throws {
        guard code != SQLITE_OK, code != SQLITE_DONE else { return }
        throw DatabaseError(
            resultCode: ResultCode(rawValue: code), message: String(cString: sqlite3_errmsg(db.sqliteConnection)),
            sql: sql)
    }
}

struct SQLiteRow: SQLRow {
    let statement: OpaquePointer

    func isNull(_ column: Int) -> Bool { sqlite3_column_type(statement, Int32(column)) == SQLITE_NULL }
    func integer(_ column: Int) -> Int64 { sqlite3_column_int64(statement, Int32(column)) }

    func text(_ column: Int) -> String {
        guard let bytes = sqlite3_column_text(statement, Int32(column)) else { return "" }
        let count = Int(sqlite3_column_bytes(statement, Int32(column)))
        return String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
    }

    func blob(_ column: Int) -> Data {
        withBlob(column) { Data($0) }
    }

    func withBlob<T>(_ column: Int, _ body: (UnsafeRawBufferPointer) throws -> T) rethrows -> T {
        let bytes = sqlite3_column_blob(statement, Int32(column))
        return try body(
            UnsafeRawBufferPointer(start: bytes, count: Int(sqlite3_column_bytes(statement, Int32(column)))))
    }
}
