public import TidemillCore
import TidemillOperations
public import TidemillStore

/// A row of `meter_versions`: a version, and how far it is filled in.
struct StoredMeter: Sendable {
    let version: MeterVersion
    let state: MeterVersion.State
    let createdAt: Timestamp
    var fillPosition: Int64 = 0
    var fillUntil: Int64?
}

extension MeterVersion.State: ColumnValue {}

extension MeterDefinition: ColumnValue {
    public init(_ row: any SQLRow, at column: Int) throws {
        do { try self.init(stored: Payload(json: row.text(column))) } catch {
            throw StoreError(.corrupt, "a stored meter cannot be read: \(error)")
        }
    }
    public func bind(to values: inout [SQLValue]) { values.append(.text(payload.json)) }
}

/// The meter versions in the store, and how far each has come.
enum MeterRegistry {
    static let columns = Columns<StoredMeter>(
        "meter_versions", .key("id", \.version.id), .once("feature_id", \.version.featureID),
        .once("version", \.version.version), Column("definition", \.version.meter), Column("state", \.state),
        .once("created_at", \.createdAt), Column("fill_position", \.fillPosition), Column("fill_until", \.fillUntil)
    ) { id, feature, version, meter, state, createdAt, position, until in
        StoredMeter(
            version: MeterVersion(
                id: id, featureID: feature, version: version, meter: meter, isKept: state == .kept),
            state: state, createdAt: createdAt, fillPosition: position, fillUntil: until)
    }

    static func insert(_ meter: StoredMeter, on connection: any SQLConnection) throws {
        try connection.insert(meter, into: columns)
    }

    /// Changes whenever the versions to be metered change: a sum over what makes them up.
    static func generation(on connection: any SQLConnection) throws -> Int64 {
        try connection.value(
            """
            SELECT COUNT(*) * 1000003 + COALESCE(SUM(CASE state WHEN 'kept' THEN id * 7919 ELSE id END), 0) + 1
              FROM meter_versions WHERE state <> 'retired'
            """) ?? 0
    }

    static func load(on connection: any SQLConnection) throws -> MeterSet {
        MeterSet(try versions(on: connection), generation: try generation(on: connection))
    }

    /// Every version that events are metered for: the current ones, those that are being filled in, and those that closed
    /// time is billed by.
    static func versions(on connection: any SQLConnection) throws -> [MeterVersion] {
        try connection.rows(columns, "WHERE state <> 'retired' ORDER BY id").map(\.version)
    }

    /// A version by its id, and whether its usage is still counted.
    static func find(_ id: Int64, on connection: any SQLConnection) throws -> (MeterVersion, isCounting: Bool)? {
        try connection.find(columns, key: [.integer(id)]).map { ($0.version, $0.state != .retired) }
    }

    /// What has been billed by a version was counted by it, and goes on being so.
    private static let isBilledBy = "EXISTS (SELECT 1 FROM metered_windows WHERE meter = meter_versions.id)"

    /// The version is filled in: it answers from now on, and the one before it retires, or is kept for what is billed by
    /// it.
    static func complete(_ version: Int64, on connection: any SQLConnection) throws {
        try connection.execute(
            """
            UPDATE meter_versions SET state = CASE WHEN \(isBilledBy) THEN 'kept' ELSE 'retired' END
            WHERE state = 'current' AND id < $1
              AND feature_id = (SELECT feature_id FROM meter_versions WHERE id = $1)
            """, [.integer(version)])
        try connection.execute(
            "UPDATE meter_versions SET state = 'current' WHERE id = $1 AND state = 'filling'", [.integer(version)])
    }

    /// Gives up what was being filled in, unless something is billed by it.
    static func giveUpFilling(_ feature: FeatureID, on connection: any SQLConnection) throws {
        try connection.execute(
            """
            UPDATE meter_versions SET state = 'retired'
             WHERE feature_id = $1 AND state = 'filling' AND NOT \(isBilledBy)
            """, [.text(feature.text)])
    }

    /// Lets go of kept versions whose windows all ended before `oldest`: the events of then are gone.
    static func retireKept(before oldest: Timestamp, on connection: any SQLConnection) throws {
        try connection.execute(
            """
            UPDATE meter_versions SET state = 'retired'
             WHERE state = 'kept' AND NOT EXISTS (
               SELECT 1 FROM metered_windows WHERE meter = meter_versions.id AND end_at >= $1)
            """, [.integer(oldest.microseconds)])
    }

    /// Notes up to which block a version is filled in; −1: it is retired, and its usage is gone.
    static func move(_ version: Int64, to position: Int64, on connection: any SQLConnection) throws {
        try connection.execute(
            "UPDATE meter_versions SET fill_position = $2 WHERE id = $1", [.integer(version), .integer(position)])
    }

    /// From the next block on, new events feed these versions; what is stored before is filled in later. A version with
    /// nothing to fill in is current at once.
    static func goLive(_ set: MeterSet, on connection: any SQLConnection) throws {
        for version in set.versions where !set.isLive(version.id) {
            let last = try Sequences.current("raw_block", on: connection)
            try connection.execute(
                "UPDATE meter_versions SET fill_until = $2 WHERE id = $1 AND fill_until IS NULL",
                [.integer(version.id), .integer(last)])
            if last == 0 { try complete(version.id, on: connection) }
            set.markLive(version.id)
        }
    }
}

extension MeterRegistry {
    /// The version that answers for a feature: the current one, or the first, still being filled in, where there is no
    /// other. Nil for a feature without a meter.
    static func answering(_ feature: FeatureID, on connection: any SQLConnection) throws -> (
        MeterVersion, isFilling: Bool
    )? {
        // A store without events has nothing to fill in.
        let hasEvents = try Sequences.current("raw_block", on: connection) > 0
        return try connection.first(
            columns,
            """
            WHERE feature_id = $1 AND state IN ('current', 'filling')
             ORDER BY CASE state WHEN 'current' THEN 0 ELSE 1 END, id LIMIT 1
            """, [.text(feature.text)]
        ).map { ($0.version, $0.state == .filling && hasEvents) }
    }
}
