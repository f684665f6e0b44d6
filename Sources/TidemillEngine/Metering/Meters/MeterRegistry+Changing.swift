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
            columns, "WHERE feature_id = $1 AND state IN ('current', 'filling') ORDER BY version", [.text(feature.text)]
        )
        guard living.last?.version.meter != meter else { return }
        try giveUpFilling(feature, on: connection)
        // Back to what is counted already.
        guard living.last(where: { $0.state == .current })?.version.meter != meter else { return }
        let id: Int64? = try connection.value("SELECT COALESCE(MAX(id), 0) + 1 FROM meter_versions")
        let version: Int64? = try connection.value(
            "SELECT COALESCE(MAX(version), 0) + 1 FROM meter_versions WHERE feature_id = $1", [.text(feature.text)])
        let new = MeterVersion(id: id ?? 1, featureID: feature, version: version ?? 1, meter: meter)
        try insert(StoredMeter(version: new, state: .filling, createdAt: now), on: connection)
    }
}
