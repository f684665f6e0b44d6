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
    private struct Entry: Sendable {
        let spool: KnownSpool
        let openedAt: Timestamp
    }

    private static let columns = Columns<Entry>(
        "spools", .key("id", \.spool.id), Column("host", \.spool.host), Column("path", \.spool.path),
        Column("device", \.spool.device), Column("inode", \.spool.inode),
        Column<Entry, [String]>.own("inboxes", { .text(text(of: $0.spool.inboxes)) }, read: inboxes),
        Column("opened_at", \.openedAt)
    ) { id, host, path, device, inode, inboxes, openedAt in
        Entry(
            spool: KnownSpool(id: id, host: host, path: path, device: device, inode: inode, inboxes: inboxes),
            openedAt: openedAt)
    }

    private static func text(of inboxes: [String]) -> String {
        // Texts can always be encoded.
        (try? JSONEncoder().encode(inboxes)).map { String(decoding: $0, as: UTF8.self) } ?? "[]"
    }

    private static func inboxes(_ row: any SQLRow, _ column: Int) throws -> [String] {
        do { return try JSONDecoder().decode([String].self, from: Data(row.text(column).utf8)) } catch {
            throw StoreError(.corrupt, "the inboxes of a spool cannot be read; restore a backup")
        }
    }

    public static func find(_ id: String, on connection: any SQLConnection) throws -> KnownSpool? {
        try connection.find(columns, key: [.text(id)])?.spool
    }

    /// All that a worker opened, the last one first.
    public static func list(on connection: any SQLConnection) throws -> [(spool: KnownSpool, openedAt: Timestamp)] {
        try connection.rows(columns, "ORDER BY opened_at DESC, id").map { ($0.spool, $0.openedAt) }
    }

    /// Notes where the spool is now.
    public static func enter(_ spool: KnownSpool, at now: Timestamp, on connection: any SQLConnection) throws {
        try connection.upsert(Entry(spool: spool, openedAt: now), into: columns)
    }

    /// Forgets where the spool was: in a copy of the store, which a copy of the spool goes with.
    public static func forget(_ id: String, on connection: any SQLConnection) throws {
        try connection.execute("DELETE FROM spools WHERE id = $1", [.text(id)])
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
