import Foundation
import GRDBSQLite
import Synchronization

/// A connection of its own that does nothing but tell whether anybody has committed: `PRAGMA data_version` changes with
/// every commit of another connection, of this process or another one. Without the pool's hand-over it takes a few
/// microseconds.
final class SQLiteCommitWatch: Sendable {
    // The handle is reached under the lock only.
    private struct Handle: @unchecked Sendable {
        var database: OpaquePointer?
        var statement: OpaquePointer?
    }

    private let path: String
    private let handle = Mutex(Handle())

    init(path: String) {
        self.path = path
    }

    /// Nil where it cannot be told: whoever asks reads the store then.
    func stamp() -> Int64? {
        handle.withLock { handle in
            if handle.statement == nil { open(&handle) }
            guard let statement = handle.statement else { return nil }
            defer { sqlite3_reset(statement) }
            return sqlite3_step(statement) == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : nil
        }
    }

    private func open(_ handle: inout Handle) {
        if handle.database == nil {
            let flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX
            guard sqlite3_open_v2(path, &handle.database, flags, nil) == SQLITE_OK else {
                sqlite3_close_v2(handle.database)
                handle.database = nil
                return
            }
        }
        sqlite3_prepare_v2(handle.database, "PRAGMA data_version", -1, &handle.statement, nil)
    }

    func close() {
        handle.withLock { handle in
            sqlite3_finalize(handle.statement)
            sqlite3_close_v2(handle.database)
            handle = Handle()
        }
    }

    deinit { close() }
}
