public import TidemillCore

/// How a delivery is processed that a worker ended under.
public struct DeliveryCare: Sendable, Hashable {
    /// Workers that may have ended at the same record before it is set aside: the one nobody noted, the one that took the
    /// delivery over, and those that went record by record.
    static let triesMax: Int64 = 3

    /// The records that were committed when this worker began.
    public let position: Int64
    /// Workers in a row that began there, this one with them.
    public let tries: Int64
    /// Whether records are committed one at a time: then the position tells at which one a worker ends.
    public let isCareful: Bool

    /// The number of the record that is rejected unread; nil for none.
    public var aside: Int64? { isCareful && tries > Self.triesMax ? position + 1 : nil }
    /// Whether even setting the record aside ends workers: the rest of the file fails.
    public var isHopeless: Bool { isCareful && tries > Self.triesMax + 2 }
}

/// The table `delivery_crashes`: which of the deliveries that ended workers left behind ends them.
public enum DeliveryCrashes {
    /// What these workers were at, or would have been.
    public static func left(
        by owners: Set<String>, on connection: any SQLConnection
    ) throws -> [DeliveryID] {
        try owners.sorted().flatMap { owner in
            try connection.rows(
                "SELECT id FROM deliveries WHERE acknowledged = 0 AND owner = $1 AND state = 'claimed'", [.text(owner)]
            ) { DeliveryID($0.text(0)) }
        }
    }

    /// Those of `ids` under which a worker ended that had taken them over itself.
    public static func known(_ ids: Set<DeliveryID>, on connection: any SQLConnection) throws -> Set<DeliveryID> {
        Set(try connection.rows("SELECT delivery FROM delivery_crashes") { DeliveryID($0.text(0)) }).intersection(ids)
    }

    /// Notes that `owner` begins to process the delivery, where its position stands. The same owner begins once.
    public static func begin(
        _ id: DeliveryID, owner: String, on connection: any SQLConnection
    ) throws -> DeliveryCare {
        let position =
            try connection.first("SELECT position FROM deliveries WHERE id = $1", [.text(id.text)]) { $0.integer(0) }
            ?? 0
        let known = try connection.first(
            "SELECT owner, position, tries, is_careful FROM delivery_crashes WHERE delivery = $1", [.text(id.text)]
        ) { (owner: $0.text(0), care: DeliveryCare($0)) }
        if let known, known.owner == owner { return known.care }
        let isSame = known.map { $0.care.isCareful && $0.care.position == position } ?? false
        let care = DeliveryCare(
            position: position, tries: isSame ? (known?.care.tries ?? 0) + 1 : 1, isCareful: known != nil)
        try connection.execute(
            """
            INSERT INTO delivery_crashes(delivery, owner, position, tries, is_careful) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (delivery) DO UPDATE SET owner = $2, position = $3, tries = $4, is_careful = $5
            """,
            [
                .text(id.text), .text(owner), .integer(care.position), .integer(care.tries),
                .integer(care.isCareful ? 1 : 0),
            ])
        return care
    }

    /// The delivery has ended, and no worker under it.
    public static func end(_ id: DeliveryID, on connection: any SQLConnection) throws {
        try connection.execute("DELETE FROM delivery_crashes WHERE delivery = $1", [.text(id.text)])
    }
}

extension DeliveryCare {
    fileprivate init(_ row: any SQLRow) {
        self.init(position: row.integer(1), tries: row.integer(2), isCareful: row.integer(3) != 0)
    }
}
