public import TidemillCore

/// How a delivery is processed that workers ended under: in ever smaller batches past what they had in hand, so that the
/// position tells at which record they end, and a file that ends nobody soon goes at full speed again.
public struct DeliveryCare: Sendable, Hashable {
    /// Records of an ordinary batch, and how many such a worker has in hand: one being decoded, two waiting, one being
    /// committed. In smaller batches it has one.
    public static let batchRecordsMax = 8192
    static let batchesInHand: Int64 = 4
    /// Records of a batch for the second worker that ends, and for all further ones.
    static let smallBatch: Int64 = 128
    static let single: Int64 = 1
    /// Workers that may end at a record that was alone in its batch, before it is set aside. Whoever kills workers at
    /// random does not meet the same record so often.
    static let triesMax: Int64 = 4

    /// The records that were committed when this worker began.
    public let position: Int64
    /// Records in one batch; nil for ordinary batches.
    public let batch: Int64?
    /// Up to which record it goes so: past all that the worker before had in hand.
    public let until: Int64
    /// Workers that have ended in the middle of the record after `position`, alone in its batch.
    public let ended: Int64

    /// Whether each record is noted before it is processed: `DeliveryCrashes.enter`.
    public var isSingle: Bool { batch == Self.single }
    /// The number of the record that is rejected unread; nil for none.
    public var aside: Int64? { ended >= Self.triesMax ? position + 1 : nil }
    /// Whether even setting the record aside ends workers: the rest of the file fails.
    public var isHopeless: Bool { ended >= Self.triesMax + 3 }

    /// What the next worker does that finds `position` records committed, after a worker that went as `last` says and had
    /// entered the record `entered`.
    static func after(_ last: DeliveryCare?, entered: Int64?, at position: Int64) -> DeliveryCare {
        guard let last else { return DeliveryCare(position: position, batch: nil, until: position, ended: 0) }
        guard let batch = last.batch, position < last.until else {
            // It ended with ordinary batches.
            let inHand = batchesInHand * Int64(batchRecordsMax)
            return DeliveryCare(position: position, batch: smallBatch, until: position + inHand, ended: 0)
        }
        let before = position == last.position ? last.ended : 0
        return DeliveryCare(
            position: position, batch: single, until: position + batch,
            ended: entered == position + 1 ? before + 1 : before)
    }
}

/// The table `delivery_crashes`: which of the deliveries that ended workers left behind ends them.
public enum DeliveryCrashes {
    private struct Entry: Sendable {
        let delivery: DeliveryID
        let owner: String
        let care: DeliveryCare
        let entered: Int64?
    }

    private static let columns = Columns<Entry>(
        "delivery_crashes", .key("delivery", \.delivery), Column("owner", \.owner), Column("care", \.care),
        Column("entered", \.entered), make: Entry.init)

    /// What these workers of a spool were at, or would have been.
    public static func left(
        by owners: Set<String>, inSpool spool: String, on connection: any SQLConnection
    ) throws -> [DeliveryID] {
        try owners.sorted().flatMap { owner in
            try connection.values(
                """
                SELECT id FROM deliveries
                 WHERE acknowledged = 0 AND inbox <> '' AND spool_id = $2 AND owner = $1 AND state = 'claimed'
                """, [.text(owner), .text(spool)])
        }
    }

    /// Those of `ids` under which a worker ended that had taken them over itself.
    public static func known(_ ids: Set<DeliveryID>, on connection: any SQLConnection) throws -> Set<DeliveryID> {
        Set(try connection.values("SELECT delivery FROM delivery_crashes")).intersection(ids)
    }

    /// Notes that `owner` begins to process the delivery, where its position stands. The same owner begins once.
    public static func begin(
        _ id: DeliveryID, owner: String, on connection: any SQLConnection
    ) throws -> DeliveryCare {
        let position: Int64 =
            try connection.value("SELECT position FROM deliveries WHERE id = $1", [.text(id.text)])
            ?? 0
        let known = try connection.find(columns, key: [.text(id.text)])
        if let known, known.owner == owner { return known.care }
        let care = DeliveryCare.after(known?.care, entered: known?.entered, at: position)
        try connection.upsert(Entry(delivery: id, owner: owner, care: care, entered: nil), into: columns)
        return care
    }

    /// Notes the record that is processed next, alone in its batch: a worker that ends before it is committed ends in it.
    public static func enter(_ id: DeliveryID, record: Int64, on connection: any SQLConnection) throws {
        try connection.execute(
            "UPDATE delivery_crashes SET entered = $2 WHERE delivery = $1", [.text(id.text), .integer(record)])
    }

    /// The delivery has ended, and no worker under it.
    public static func end(_ id: DeliveryID, on connection: any SQLConnection) throws {
        try connection.execute("DELETE FROM delivery_crashes WHERE delivery = $1", [.text(id.text)])
    }
}

extension DeliveryCare: ColumnValue {
    public static func columns(_ name: String) -> [String] { ["position", "batch", "until", "ended"] }
    public init(_ row: any SQLRow, at column: Int) {
        self.init(
            position: row.integer(column), batch: row.optionalInteger(column + 1), until: row.integer(column + 2),
            ended: row.integer(column + 3))
    }
    public func bind(to values: inout [SQLValue]) {
        values += [.integer(position), .integer(batch), .integer(until), .integer(ended)]
    }
}
