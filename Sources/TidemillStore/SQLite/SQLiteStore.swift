import Foundation
import GRDB
import GRDBSQLite
import Glibc
import Synchronization
public import TidemillCore

/// The store in one SQLite file: WAL, every commit fsync'd, several processes at once.
public final class SQLiteStore: Store {
    private let pool: DatabasePool
    private let commits: SQLiteCommitWatch
    private let log = WriteAheadLog()
    private let access = AccessWatch()
    private let memory = StoreMemory()
    private let pauses = Mutex(WriteLockPauses())
    public let path: String
    public let metrics: MetricRegistry

    /// Whether what is committed must outlast the machine.
    public enum Durability: Sendable {
        /// A commit is on disk when it returns.
        case synced
        /// For a store that is thrown away: a dry run's copy, a test of scripts.
        case unsynced
    }

    /// Opens or creates the file (its folder 0750), and migrates it. `environment` is stamped into a new store; another
    /// name on an old one is `incompatible`.
    public convenience init(
        path: String, environment: String, durability: Durability = .synced, clock: any Wallclock = SystemWallclock(),
        metrics: MetricRegistry = .unread
    ) throws {
        try self.init(
            path: path, environment: environment, durability: durability, clock: clock, metrics: metrics,
            migrations: Migrations.all)
    }

    /// As above, with a list of migrations of its own.
    init(
        path: String, environment: String, durability: Durability = .synced, clock: any Wallclock,
        metrics: MetricRegistry = .unread, migrations: [Migration]
    ) throws {
        self.path = path
        self.metrics = metrics
        commits = SQLiteCommitWatch(path: path)
        let folder = (path as NSString).deletingLastPathComponent
        do {
            if !folder.isEmpty {
                try FileManager.default.createDirectory(
                    atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o750])
            }
            var configuration = Configuration()
            configuration.busyMode = .callback(SQLiteStore.waitBriefly)
            configuration.maximumReaderCount = 6
            configuration.prepareDatabase { db in
                try db.execute(sql: "PRAGMA cache_size=-32000")
                try db.execute(sql: "PRAGMA temp_store=MEMORY")
                // What is deleted is overwritten where its page is written anyway. Debian's default writes every freed
                // page once more: half of what a large burn-down or a fold of usage logs.
                try db.execute(sql: "PRAGMA secure_delete=FAST")
            }
            pool = try DatabasePool(path: path, configuration: configuration)
            try pool.writeWithoutTransaction { db in
                // After the pool is made: it sets NORMAL on its writer, which syncs nothing but checkpoints.
                try db.execute(sql: "PRAGMA synchronous=\(durability == .synced ? "FULL" : "OFF")")
                log.follow(db)
            }
        } catch let error as DatabaseError {
            throw StoreError(error, path: path)
        } catch let error as CocoaError {
            throw StoreError(.unavailable, "cannot create the store's folder \(folder): \(error.localizedDescription)")
        }
        let current = try read { try Migrations.current(on: $0) }
        if current > 0, current < migrations.last?.number ?? 0 {
            // Kept beside the store for a person to go back to; one that is there is whole, and the same.
            let copy = path + ".before-\(current)"
            if !FileManager.default.fileExists(atPath: copy) { try backup(to: copy) }
        }
        try write { try Migrations.apply(migrations, on: $0, environment: environment, now: clock.now) }
    }

    /// Waits in fixed steps of half a millisecond, 10 seconds at most: with short transactions another process gets in
    /// quickly, where SQLite's own growing steps starve (storage.md, "Settings").
    private static let waitBriefly: Database.BusyCallback = { attempts in
        guard attempts < 20_000 else { return false }
        usleep(500)
        return true
    }

    public func read<T>(_ body: (any SQLConnection) throws -> T) throws -> T {
        let watch = WantedRead.isWanted.map(ReadWatch.init)
        do {
            return try withoutActuallyEscaping(body) { body in
                try pool.unsafeRead { db in
                    // One explicit read transaction: every query of `body` sees the same snapshot.
                    try db.execute(sql: "BEGIN DEFERRED")
                    defer { try? db.execute(sql: "COMMIT") }  // a read has nothing to lose
                    let connection = SQLiteConnection(db, path: path, memory: memory, watch: watch)
                    guard let watch else { return try body(connection) }
                    return try watch.watching(db) { try body(connection) }
                }
            }
        } catch let error as DatabaseError {
            throw StoreError(error, path: path)
        }
    }

    public func write<T>(customer: CustomerID?, _ body: (any SQLConnection) throws -> T) throws -> T {
        let asked = ContinuousClock.now
        do {
            return try pool.writeWithoutTransaction { db in
                leaveRoom()
                access.prepare(db)
                try db.execute(sql: "BEGIN IMMEDIATE")
                let start = ContinuousClock.now
                defer { pauses.withLock { $0.wasHeld(from: start, to: .now) } }
                let wait = asked.duration(to: start)
                do {
                    let connection = SQLiteConnection(
                        db, path: path, isCounted: metrics.isRead, access: access, memory: memory, written: self)
                    let result = try body(connection)
                    let done = ContinuousClock.now
                    try db.execute(sql: "COMMIT")
                    // Both at once, whoever reads the numbers meanwhile: a write that goes on is in neither.
                    connection.note(MetricNote(.writeWait, [], .observe(wait)))
                    connection.note(MetricNote(.commitDuration, [], .observe(done.duration(to: .now))))
                    metrics.take(connection.notes)
                    return result
                } catch {
                    metrics.observe(.writeWait, [], wait)
                    // SQLite may have rolled back already (disk full); then there is nothing to undo.
                    if db.isInsideTransaction { try? db.execute(sql: "ROLLBACK") }
                    throw error
                }
            }
        } catch let error as DatabaseError {
            throw StoreError(error, path: path)
        }
    }

    /// Lets other processes have the lock, where this one has held it for long. Called on the writer's queue: whoever of
    /// this process waits there has the lock after it anyway.
    private func leaveRoom() {
        let pause = pauses.withLock { $0.due(at: .now) }
        if pause > .zero { usleep(UInt32(clamping: pause.microseconds)) }
    }

    public func commitStamp() -> Int64? { commits.stamp() }

    /// Writes the log back into the database once it has grown by 16 MiB. Other processes go on meanwhile, and their
    /// own short commits never pay for it: 200 ms for a commit that happened to (p99 of another process's write).
    public func settle() throws {
        do {
            try pool.writeWithoutTransaction { try log.settle($0) }
        } catch let error as DatabaseError {
            throw StoreError(error, path: path)
        }
    }

    /// A consistent copy under the name `destination`, where there is the whole copy on disk or nothing, whenever the
    /// process ends. Writers go on meanwhile: the copy is of the moment at which it began. `progress` hears the pages
    /// that are done, and how many there are. Refuses a name that is taken.
    public func backup(to destination: String, progress: (Int, Int) -> Void = { _, _ in }) throws {
        guard !FileManager.default.fileExists(atPath: destination) else {
            throw StoreError(.conflict, "\(destination) exists already; give a new name, or remove it")
        }
        let folder = (destination as NSString).deletingLastPathComponent
        let name = (destination as NSString).lastPathComponent
        let hidden = (folder as NSString).appendingPathComponent(".\(name).\(getpid())")
        let leftovers = [hidden, hidden + "-journal", hidden + "-wal", hidden + "-shm"]
        for leftover in leftovers { unlink(leftover) }
        Self.removeLeftovers(of: ".\(name).", in: folder.isEmpty ? "." : folder)
        do {
            // Its owner's alone from the first byte on; what SQLite writes beside it takes the same mode.
            let file = open(hidden, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
            if file >= 0 { _ = Glibc.close(file) }
            try copy(to: hidden, progress)
        } catch {
            for leftover in leftovers { unlink(leftover) }
            throw error
        }
        // `link` takes no name that somebody else took meanwhile.
        guard chmod(hidden, 0o600) == 0, Self.sync(hidden), link(hidden, destination) == 0,
            unlink(hidden) == 0, Self.sync(folder.isEmpty ? "." : folder)
        else {
            let reason = String(cString: strerror(errno))
            unlink(hidden)
            throw StoreError(.unavailable, "cannot keep a copy of the store as \(destination): \(reason)")
        }
    }

    /// What backups of this name left whose process was killed.
    private static func removeLeftovers(of prefix: String, in folder: String) {
        // What cannot be listed belongs to somebody else.
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        for name in names where name.hasPrefix(prefix) {
            let number = name.dropFirst(prefix.count).prefix { $0.isNumber }
            guard let process = pid_t(number), kill(process, 0) != 0, errno == ESRCH else { continue }
            unlink((folder as NSString).appendingPathComponent(name))
        }
    }

    /// Looks at a store without opening it as one: it is not made, not migrated and not waited for.
    public static func glance<T>(at path: String, _ body: (any SQLConnection) throws -> T) throws -> T {
        do {
            var configuration = Configuration()
            configuration.readonly = true
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            return try withoutActuallyEscaping(body) { body in
                try queue.unsafeRead { try body(SQLiteConnection($0, path: path)) }
            }
        } catch let error as DatabaseError {
            throw StoreError(error, path: path)
        }
    }

    /// Copies the store at `source` as it is at this moment, without opening it as a store: nothing about it changes, not
    /// even its version, and writers go on. The copy is to be thrown away: it is not put on disk, nor looked over.
    public static func copy(
        _ source: String, to destination: String, progress: (Int, Int) -> Void = { _, _ in }
    ) throws {
        do {
            var configuration = Configuration()
            configuration.readonly = true
            configuration.busyMode = .callback(waitBriefly)
            let from = try DatabaseQueue(path: source, configuration: configuration)
            let to = try DatabaseQueue(path: destination)
            try withoutActuallyEscaping(progress) { progress in
                try from.unsafeRead { source in
                    // Held to the end: pages that others write meanwhile do not begin the copy anew.
                    try source.execute(sql: "BEGIN DEFERRED")
                    defer { try? source.execute(sql: "COMMIT") }  // a read has nothing to lose
                    try to.writeWithoutTransaction { db in
                        try db.execute(sql: "PRAGMA synchronous=OFF")
                        try source.backup(to: db, pagesPerStep: 2000) { step in
                            progress(step.completedPageCount, step.totalPageCount)
                        }
                    }
                }
            }
            try to.close()
            try from.close()
        } catch let error as DatabaseError {
            throw StoreError(error, path: source)
        }
    }

    /// One read transaction holds the moment; the copy is made page by page from it.
    private func copy(to path: String, _ progress: (Int, Int) -> Void) throws {
        do {
            let target = try DatabaseQueue(path: path)
            try withoutActuallyEscaping(progress) { progress in
                try pool.unsafeRead { source in
                    try source.execute(sql: "BEGIN DEFERRED")
                    defer { try? source.execute(sql: "COMMIT") }  // a read has nothing to lose
                    try target.writeWithoutTransaction { db in
                        try source.backup(to: db, pagesPerStep: 2000) { step in
                            progress(step.completedPageCount, step.totalPageCount)
                        }
                        // One file that stands by itself, and is whole.
                        try db.execute(sql: "PRAGMA journal_mode=DELETE")
                        guard try String.fetchOne(db, sql: "PRAGMA quick_check(1)") == "ok" else {
                            throw StoreError(
                                .corrupt, "the copy of the store is damaged, and perhaps the store; do not rely on it")
                        }
                    }
                }
            }
            try target.close()
        } catch let error as DatabaseError {
            throw StoreError(error, path: path)
        }
    }

    /// Puts a file or folder on disk.
    private static func sync(_ path: String) -> Bool {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        let isDone = fsync(descriptor) == 0
        _ = Glibc.close(descriptor)
        return isDone
    }

    public func close() throws {
        commits.close()
        try pool.close()
    }
}

extension StoreError {
    init(_ error: DatabaseError, path: String) {
        let detail = error.message ?? "SQLite error \(error.resultCode.rawValue)"
        switch error.resultCode {
        case .SQLITE_CONSTRAINT:
            self.init(.conflict, detail)
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            self.init(.busy, "the store \(path) stayed locked by another process for 10 s; it will be tried again")
        case .SQLITE_INTERRUPT:
            self.init(.busy, "the read of the store was given up: nobody waits for it any more")
        case .SQLITE_FULL:
            self.init(.full, "the disk that holds the store \(path) is full; free some space")
        case .SQLITE_CANTOPEN, .SQLITE_IOERR, .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_NOMEM:
            self.init(.unavailable, "the store \(path) cannot be used: \(detail); check path, permissions and disk")
        case .SQLITE_CORRUPT, .SQLITE_NOTADB:
            self.init(.corrupt, "the store \(path) is damaged or no SQLite database: \(detail); restore a backup")
        default:
            self.init(.misuse, "\(detail)\(error.sql.map { " in: \($0)" } ?? "")")
        }
    }
}
