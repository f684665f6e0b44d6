import GRDB
import GRDBSQLite

/// Ends a connection's statements when nobody wants what is read any more: between two of them, and within long ones.
final class ReadWatch {
    /// Of SQLite's machine between two looks: some milliseconds.
    private static let instructions: Int32 = 50_000

    let isWanted: @Sendable () -> Bool

    init(_ isWanted: @escaping @Sendable () -> Bool) { self.isWanted = isWanted }

    func check() throws {
        if !isWanted() { throw DatabaseError(resultCode: .SQLITE_INTERRUPT, message: "nobody waits for it any more") }
    }

    /// Watches while `body` reads by `db`.
    func watching<T>(_ db: Database, _ body: () throws -> T) rethrows -> T {
        let connection = db.sqliteConnection
        sqlite3_progress_handler(
            connection, Self.instructions,
            { watch in
                guard let watch else { return 0 }
                return Unmanaged<ReadWatch>.fromOpaque(watch).takeUnretainedValue().isWanted() ? 0 : 1
            }, Unmanaged.passUnretained(self).toOpaque())
        defer {
            sqlite3_progress_handler(connection, 0, nil, nil)
            withExtendedLifetime(self) {}
        }
        return try body()
    }
}
