public import TidemillCore
import TidemillOperations
public import TidemillStore

/// The meters of all features, version by version. A feature gets a new version when its meter changes; metering counts
/// events for the versions that are filling or current, and answers come from the current ones.
public enum MeterVersions {
    /// What events are counted for, by feature and version.
    public static func active(on connection: any SQLConnection) throws -> [(
        version: MeterVersion, state: MeterVersion.State
    )] {
        try connection.rows(
            """
            SELECT id, feature_id, version, definition, state FROM meter_versions
             WHERE state IN ('filling', 'current') ORDER BY feature_id, version
            """, [], read)
    }

    /// The version that answers for a feature; nil when it has none yet.
    public static func current(of feature: FeatureID, on connection: any SQLConnection) throws -> MeterVersion? {
        try connection.first(
            """
            SELECT id, feature_id, version, definition, state FROM meter_versions
             WHERE feature_id = $1 AND state = 'current' ORDER BY version DESC
            """, [.text(feature.text)], read
        )?.version
    }

    /// Makes a version that has caught up the one that answers, and retires its predecessor.
    public static func makeCurrent(_ version: MeterVersion, now: Timestamp, on connection: any SQLConnection) throws {
        try connection.execute(
            "UPDATE meter_versions SET state = 'retired' WHERE feature_id = $1 AND state = 'current' AND id <> $2",
            [.text(version.featureID.text), .integer(version.id)])
        try connection.execute(
            "UPDATE meter_versions SET state = 'current', current_at = $2 WHERE id = $1",
            [.integer(version.id), .integer(now.microseconds)])
    }

    /// Gives the feature a meter, or another one: a new version that is to be filled in. A version that was still
    /// filling is given up. Does nothing when the meter counts what it counted before.
    static func change(
        _ feature: FeatureID, to meter: MeterDefinition, now: Timestamp, on connection: any SQLConnection
    ) throws {
        let living = try connection.rows(
            """
            SELECT id, feature_id, version, definition, state FROM meter_versions
             WHERE feature_id = $1 AND state IN ('filling', 'current') ORDER BY version
            """, [.text(feature.text)], read)
        guard living.last?.version.meter != meter else { return }
        try connection.execute(
            "UPDATE meter_versions SET state = 'retired' WHERE feature_id = $1 AND state = 'filling'",
            [.text(feature.text)])
        // Back to what is counted already.
        if let current = living.last(where: { $0.state == .current }), current.version.meter == meter { return }
        let next = try connection.first(
            """
            SELECT COALESCE(MAX(id), 0) + 1,
                   COALESCE(MAX(CASE WHEN feature_id = $1 THEN version END), 0) + 1
              FROM meter_versions
            """, [.text(feature.text)]
        ) { (id: $0.integer(0), version: $0.integer(1)) }
        try connection.execute(
            """
            INSERT INTO meter_versions(id, feature_id, version, definition, state, created_at)
            VALUES ($1, $2, $3, $4, 'filling', $5)
            """,
            [
                .integer(next?.id ?? 1), .text(feature.text), .integer(next?.version ?? 1),
                .text(StoredBody.encode(Meter(meter))), .integer(now.microseconds),
            ])
    }

    private static func read(_ row: any SQLRow) throws -> (version: MeterVersion, state: MeterVersion.State) {
        guard let state = MeterVersion.State(rawValue: row.text(4)) else {
            throw StoreError(.corrupt, "a meter version is in the unknown state \"\(row.text(4))\"; restore a backup")
        }
        let version = MeterVersion(
            id: row.integer(0), featureID: FeatureID(row.text(1)), version: row.integer(2),
            meter: try StoredBody.decode(Meter.self, row.text(3)).definition)
        return (version, state)
    }
}
