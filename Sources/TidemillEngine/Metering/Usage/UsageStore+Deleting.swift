import TidemillCore
import TidemillStore

extension UsageStore {
    /// Deletes the live usage of a key: it is counted anew.
    static func delete(_ key: UsageKey, on connection: any SQLConnection) throws {
        for table in [Kept.live.days, Kept.live.values] {
            try connection.execute("DELETE FROM \(table) WHERE \(isKey)", arguments(key))
        }
    }

    /// What the events of a key whose blocks are gone had come to counts again.
    static func restoreSealed(_ key: UsageKey, on connection: any SQLConnection) throws {
        for (from, to) in [(Kept.sealed.days, Kept.live.days), (Kept.sealed.values, Kept.live.values)] {
            try connection.execute("INSERT INTO \(to) SELECT * FROM \(from) WHERE \(isKey)", arguments(key))
        }
    }

    /// Deletes the usage of a meter version that is retired, in one bucket.
    static func delete(meter: Int64, bucket: Int64, on connection: any SQLConnection) throws {
        for table in [Kept.live, .sealed].flatMap({ [$0.days, $0.values] }) {
            try connection.execute(
                "DELETE FROM \(table) WHERE bucket = $1 AND meter = $2", [.integer(bucket), .integer(meter)])
        }
        try SealedParts(connection: connection).delete(meter: meter, bucket: bucket)
    }

    private static let isKey = "bucket = $1 AND meter = $2 AND day = $3 AND customer_id = $4 AND resource_id = $5"

    private static func arguments(_ key: UsageKey) -> [SQLValue] {
        [.integer(key.bucket), .integer(key.meter), .integer(key.day), .text(key.customer), .text(key.resource)]
    }
}
