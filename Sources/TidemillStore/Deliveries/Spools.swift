import Foundation
public import TidemillCore

/// A spool as a worker opened it: its stamped id, and where it was then.
public struct KnownSpool: Sendable, Hashable {
    public var id: String
    public var host: String
    public var path: String
    public var device: Int64
    public var inode: Int64
    /// The folders that its worker takes files from.
    public var inboxes: [String]

    public init(id: String, host: String, path: String, device: Int64, inode: Int64, inboxes: [String] = []) {
        self.inboxes = inboxes
        self.id = id
        self.host = host
        self.path = path
        self.device = device
        self.inode = inode
    }

    /// As a person looks for it.
    public var place: String { "\(path) on \(host)" }

    /// Whether both are one folder, by whatever path.
    public func isSameFolder(as other: KnownSpool) -> Bool { device == other.device && inode == other.inode }
}

/// The table `spools`.
public enum Spools {
    private static let columns = "id, host, path, device, inode, inboxes"

    public static func find(_ id: String, on connection: any SQLConnection) throws -> KnownSpool? {
        try connection.first("SELECT \(columns) FROM spools WHERE id = $1", [.text(id)], KnownSpool.init)
    }

    /// All that a worker opened, the last one first.
    public static func list(on connection: any SQLConnection) throws -> [(spool: KnownSpool, openedAt: Timestamp)] {
        try connection.rows("SELECT \(columns), opened_at FROM spools ORDER BY opened_at DESC, id") {
            (try KnownSpool($0), Timestamp(microseconds: $0.integer(6)))
        }
    }

    /// Notes where the spool is now.
    public static func enter(_ spool: KnownSpool, at now: Timestamp, on connection: any SQLConnection) throws {
        try connection.execute(
            """
            INSERT INTO spools(\(columns), opened_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
            ON CONFLICT (id) DO UPDATE SET
              host = $2, path = $3, device = $4, inode = $5, inboxes = $6, opened_at = $7
            """,
            [
                .text(spool.id), .text(spool.host), .text(spool.path), .integer(spool.device), .integer(spool.inode),
                .text(String(decoding: try JSONEncoder().encode(spool.inboxes), as: UTF8.self)),
                .integer(now.microseconds),
            ])
    }

    /// Forgets where the spool was: in a copy of the store, which a copy of the spool goes with.
    public static func forget(_ id: String, on connection: any SQLConnection) throws {
        try connection.execute("DELETE FROM spools WHERE id = $1", [.text(id)])
    }
}

extension KnownSpool {
    fileprivate init(_ row: any SQLRow) throws {
        let inboxes: [String]
        do { inboxes = try JSONDecoder().decode([String].self, from: Data(row.text(5).utf8)) } catch {
            throw StoreError(.corrupt, "the inboxes of the spool \(row.text(2)) cannot be read; restore a backup")
        }
        self.init(
            id: row.text(0), host: row.text(1), path: row.text(2), device: row.integer(3), inode: row.integer(4),
            inboxes: inboxes)
    }
}

/// What one spool has in hand.
public struct OpenDeliveries: Sendable, Hashable {
    /// Nil for rows of an older program that no spool has claimed as its own yet.
    public var spoolID: String?
    /// Where a worker opened it last.
    public var spool: KnownSpool?
    public var count: Int64
    public var oldest: Timestamp
}
