import TidemillCore
import TidemillOperations
import TidemillStore

/// How calls and the catalog change meters: a changed meter is a new version, which is filled in while the old one goes
/// on answering (storage.md, "Events").
extension MeterRegistry {
    /// Gives the feature a meter, or another one. A version that was still being filled in is given up. Does nothing
    /// when the meter counts what it counted before.
    static func change(
        _ feature: FeatureID, to meter: MeterDefinition, now: Timestamp, on connection: any SQLConnection
    ) throws {
        let living = try connection.rows(
            """
            SELECT definition, state FROM meter_versions
             WHERE feature_id = $1 AND state IN ('current', 'filling') ORDER BY version
            """, [.text(feature.text)]
        ) {
            (
                meter: try definition($0.text(0)),
                isCurrent: $0.text(1) == MeterVersion.State.current.rawValue
            )
        }
        guard living.last?.meter != meter else { return }
        try giveUpFilling(feature, on: connection)
        // Back to what is counted already.
        guard living.last(where: \.isCurrent)?.meter != meter else { return }
        let id = try connection.first("SELECT COALESCE(MAX(id), 0) + 1 FROM meter_versions") { $0.integer(0) }
        let version = try connection.first(
            "SELECT COALESCE(MAX(version), 0) + 1 FROM meter_versions WHERE feature_id = $1", [.text(feature.text)]
        ) { $0.integer(0) }
        try connection.execute(
            """
            INSERT INTO meter_versions(id, feature_id, version, definition, state, created_at)
            VALUES ($1, $2, $3, $4, 'filling', $5)
            """,
            [
                .integer(id ?? 1), .text(feature.text), .integer(version ?? 1), .text(meter.payload.json),
                .integer(now.microseconds),
            ])
    }
}
