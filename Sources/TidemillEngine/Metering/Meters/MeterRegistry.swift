import TidemillCore
import TidemillOperations
import TidemillStore

/// The meter versions in the store, and how far each has come.
enum MeterRegistry {
    /// Changes whenever the versions to be metered change: a sum over what makes them up.
    static func generation(on connection: any SQLConnection) throws -> Int64 {
        try connection.first(
            """
            SELECT COUNT(*) * 1000003 + COALESCE(SUM(CASE state WHEN 'kept' THEN id * 7919 ELSE id END), 0) + 1
              FROM meter_versions WHERE state <> 'retired'
            """
        ) { $0.integer(0) } ?? 0
    }

    static func load(on connection: any SQLConnection) throws -> MeterSet {
        MeterSet(try versions(on: connection), generation: try generation(on: connection))
    }

    /// Every version that events are metered for: the current ones, those that are being filled in, and those that closed
    /// time is billed by.
    static func versions(on connection: any SQLConnection) throws -> [MeterVersion] {
        try connection.rows(
            """
            SELECT id, feature_id, version, definition, state FROM meter_versions WHERE state <> 'retired' ORDER BY id
            """
        ) { row in
            MeterVersion(
                id: row.integer(0), featureID: FeatureID(row.text(1)), version: row.integer(2),
                meter: try definition(row.text(3)), isKept: row.text(4) == MeterVersion.State.kept.rawValue)
        }
    }

    /// A version by its id, and whether its usage is still counted.
    static func find(_ id: Int64, on connection: any SQLConnection) throws -> (MeterVersion, isCounting: Bool)? {
        try connection.first(
            "SELECT feature_id, version, definition, state FROM meter_versions WHERE id = $1", [.integer(id)]
        ) { row in
            (
                MeterVersion(
                    id: id, featureID: FeatureID(row.text(0)), version: row.integer(1),
                    meter: try definition(row.text(2)), isKept: row.text(3) == MeterVersion.State.kept.rawValue),
                row.text(3) != MeterVersion.State.retired.rawValue
            )
        }
    }

    /// What has been billed by a version was counted by it, and goes on being so.
    private static let isBilledBy = "EXISTS (SELECT 1 FROM metered_windows WHERE meter = meter_versions.id)"

    static func definition(_ json: String) throws -> MeterDefinition {
        do {
            return try MeterDefinition(stored: Payload(json: json))
        } catch {
            throw StoreError(.corrupt, "a stored meter cannot be read: \(error)")
        }
    }

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
            """
            SELECT id, version, definition, state FROM meter_versions
             WHERE feature_id = $1 AND state IN ('current', 'filling')
            ORDER BY CASE state WHEN 'current' THEN 0 ELSE 1 END, id LIMIT 1
            """, [.text(feature.text)]
        ) { row in
            (
                MeterVersion(
                    id: row.integer(0), featureID: feature, version: row.integer(1), meter: try definition(row.text(2))),
                row.text(3) == "filling" && hasEvents
            )
        }
    }
}
