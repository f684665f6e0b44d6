public import TidemillCore

/// A spool as a worker opened it: its stamped id, and where it was then.
public struct KnownSpool: Sendable, Hashable {
    public var id: String
    public var host: String
    public var path: String
    public var device: Int64
    public var inode: Int64

    public init(id: String, host: String, path: String, device: Int64, inode: Int64) {
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
    private static let columns = "id, host, path, device, inode"

    public static func find(_ id: String, on connection: any SQLConnection) throws -> KnownSpool? {
        try connection.first("SELECT \(columns) FROM spools WHERE id = $1", [.text(id)], KnownSpool.init)
    }

    /// All that a worker opened, the last one first.
    public static func list(on connection: any SQLConnection) throws -> [(spool: KnownSpool, openedAt: Timestamp)] {
        try connection.rows("SELECT \(columns), opened_at FROM spools ORDER BY opened_at DESC, id") {
            (KnownSpool($0), Timestamp(microseconds: $0.integer(5)))
        }
    }

    /// Notes where the spool is now.
    public static func enter(_ spool: KnownSpool, at now: Timestamp, on connection: any SQLConnection) throws {
        try connection.execute(
            """
            INSERT INTO spools(\(columns), opened_at) VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (id) DO UPDATE SET host = $2, path = $3, device = $4, inode = $5, opened_at = $6
            """,
            [
                .text(spool.id), .text(spool.host), .text(spool.path), .integer(spool.device), .integer(spool.inode),
                .integer(now.microseconds),
            ])
    }

    /// Forgets where the spool was: in a copy of the store, which a copy of the spool goes with.
    public static func forget(_ id: String, on connection: any SQLConnection) throws {
        try connection.execute("DELETE FROM spools WHERE id = $1", [.text(id)])
    }
}

extension KnownSpool {
    fileprivate init(_ row: any SQLRow) {
        self.init(
            id: row.text(0), host: row.text(1), path: row.text(2), device: row.integer(3), inode: row.integer(4))
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

/// A delivery belongs to the spool that holds its file: only workers there can go on with it.
extension DeliveryLedger {
    /// Deliveries of inboxes that are claimed or held, by spool, without those of the spool `own`.
    public static func open(
        exceptIn own: String?, on connection: any SQLConnection
    ) throws -> [OpenDeliveries] {
        try connection.rows(
            """
            SELECT spool_id, COUNT(*), MIN(received_at) FROM deliveries
             WHERE state IN ('claimed', 'held') AND inbox <> '' AND (spool_id IS NULL OR $1 IS NULL OR spool_id <> $1)
             GROUP BY spool_id ORDER BY MIN(received_at)
            """, [.text(own)]
        ) { row in
            OpenDeliveries(
                spoolID: row.optionalText(0), spool: nil, count: row.integer(1),
                oldest: Timestamp(microseconds: row.integer(2)))
        }.map { found in
            var found = found
            found.spool = try found.spoolID.flatMap { try Spools.find($0, on: connection) }
            return found
        }
    }

    /// How many deliveries the workers of a spool are at; of a spool without an id yet, those that have none either.
    public static func inProgress(inSpool id: String?, on connection: any SQLConnection) throws -> Int64 {
        try connection.first(
            """
            SELECT COUNT(*) FROM deliveries
             WHERE state = 'claimed' AND inbox <> '' AND (spool_id = $1 OR ($1 IS NULL AND spool_id IS NULL))
            """, [.text(id)]
        ) { $0.integer(0) } ?? 0
    }

    /// Rows that an older program wrote and no spool has claimed as its own: not acknowledged, and of an inbox.
    public static func withoutSpool(on connection: any SQLConnection) throws -> [Delivery] {
        try connection.rows(
            """
            SELECT \(Delivery.columns) FROM deliveries
             WHERE acknowledged = 0 AND inbox <> '' AND spool_id IS NULL ORDER BY id
            """
        ) { try Delivery($0) }
    }

    /// Gives such rows to the spool that has their files; returns how many nobody else had taken meanwhile.
    public static func assign(
        _ ids: [DeliveryID], toSpool id: String, on connection: any SQLConnection
    ) throws -> Int {
        try ids.reduce(0) {
            try $0
                + connection.execute(
                    "UPDATE deliveries SET spool_id = $2 WHERE id = $1 AND spool_id IS NULL",
                    [.text($1.text), .text(id)])
        }
    }

    /// Ends a delivery that nobody will go on with, whoever owned it: a worker that is at it nevertheless has lost it.
    /// False when it is not open.
    public static func fail(
        _ id: DeliveryID, code: String, message: String, at now: Timestamp, on connection: any SQLConnection
    ) throws -> Bool {
        try connection.execute(
            """
            UPDATE deliveries SET state = 'failed', owner = '', finished_at = $2, code = $3, message = $4
             WHERE id = $1 AND state IN ('claimed', 'held')
            """, [.text(id.text), .integer(now.microseconds), .text(code), .text(message)]) == 1
    }

    /// Which of `ids` belong to another spool, though their files lie here.
    public static func ofOtherSpools(
        _ ids: [DeliveryID], than own: String, on connection: any SQLConnection
    ) throws -> Set<DeliveryID> {
        try ids.reduce(into: []) { found, id in
            let isOther = try connection.first(
                "SELECT 1 FROM deliveries WHERE id = $1 AND spool_id <> $2", [.text(id.text), .text(own)]
            ) { _ in true }
            if isOther == true { found.insert(id) }
        }
    }
}
