import GRDB
import GRDBSQLite

/// How far SQLite's log has grown since it was last written back into the database, counted in frames of a page each.
/// The size of its file does not tell: it never shrinks, the log begins at its start again once all of it is written
/// back.
///
/// SQLite has one hook a connection for this, and its own checkpoints (`wal_autocheckpoint`) are made by it: this takes
/// their place.
final class WriteAheadLog: @unchecked Sendable {  // Reached on the writer's queue only, where its hook is called, too.
    /// Frames after which `settle` writes the log back: 16 MiB.
    static let framesBeforeSettling: Int32 = 4_096
    /// Frames after which a commit does, where nobody settles: 125 MiB.
    static let framesMax: Int32 = 32_000

    /// As of the last commit of this connection.
    private var frames: Int32 = 0
    /// How many of them the last checkpoint found written back.
    private var writtenBack: Int32 = 0

    /// Follows the commits of `db`, which lives no longer than this does.
    func follow(_ db: Database) {
        sqlite3_wal_hook(
            db.sqliteConnection,
            { context, connection, _, frames in
                guard let context else { return SQLITE_OK }
                let log = Unmanaged<WriteAheadLog>.fromOpaque(context).takeUnretainedValue()
                log.committed(frames)
                // A checkpoint that fails costs nothing but the length of the log; a later one is tried.
                if log.unwritten >= WriteAheadLog.framesMax { log.writeBack(connection) }
                return SQLITE_OK
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    private func committed(_ frames: Int32) {
        // The log has begun anew.
        if frames < self.frames { writtenBack = 0 }
        self.frames = frames
    }

    private var unwritten: Int32 { frames - min(writtenBack, frames) }

    /// Writes the log back if it has grown by `framesBeforeSettling` since that was done last. Where a reader holds a
    /// part of it back, the next attempt comes after as many frames again, not with the next commit.
    func settle(_ db: Database) throws {
        guard unwritten >= Self.framesBeforeSettling else { return }
        let code = writeBack(db.sqliteConnection)
        guard code == SQLITE_OK || code == SQLITE_BUSY else {
            throw DatabaseError(resultCode: ResultCode(rawValue: code))
        }
    }

    /// Never waits for readers or writers.
    @discardableResult
    private func writeBack(_ connection: OpaquePointer?) -> Int32 {
        var length: Int32 = 0
        var done: Int32 = 0
        let code = sqlite3_wal_checkpoint_v2(connection, nil, SQLITE_CHECKPOINT_PASSIVE, &length, &done)
        writtenBack = frames
        return code
    }
}
