import TidemillCore
import TidemillOperations
import TidemillStore

struct FeatureTable {
    let connection: any SQLConnection

    func find(_ id: FeatureID) throws -> Feature? {
        let body = try connection.first("SELECT body FROM features WHERE id = $1", [.text(id.text)]) { $0.text(0) }
        return try body.map { try StoredBody.decode(Feature.self, $0) }
    }

    func require(_ id: FeatureID, for operation: OperationID) throws -> Feature {
        guard let feature = try find(id) else { throw try Self.notFound(id, operation, connection) }
        return feature
    }

    /// Checks that usage of the feature can be reported: it is a counted number, and nothing else counts it.
    func requireReportable(_ id: FeatureID, for operation: OperationID) throws {
        let found = try connection.first(
            "SELECT feature_type, meter_type, status, has_meter FROM features WHERE id = $1", [.text(id.text)]
        ) { (type: $0.text(0), meter: $0.text(1), status: $0.text(2), hasMeter: $0.integer(3) != 0) }
        guard let found else { throw try Self.notFound(id, operation, connection) }
        guard !found.hasMeter else {
            throw OperationError(
                .cannotReportUsageWithMeter,
                "\(operation.rawValue): the usage of feature \"\(id)\" is counted from events by its meter; report events instead"
            )
        }
        guard found.type == FeatureType.number.rawValue, found.meter != MeterType.none.rawValue else {
            throw OperationError(
                .meteringNotAvailable,
                "\(operation.rawValue): feature \"\(id)\" has no usage (featureType \(found.type), meterType \(found.meter)); usage needs featureType NUMBER and meterType INCREMENTAL or FLUCTUATING"
            )
        }
        guard found.status != FeatureStatus.suspended.rawValue else {
            throw OperationError(
                .entityIsArchived,
                "\(operation.rawValue): feature \"\(id)\" is suspended; nothing can be reported for it")
        }
    }

    func insert(_ feature: Feature) throws {
        try connection.execute(
            """
            INSERT INTO features(id, feature_type, meter_type, status, has_meter, created_at, body)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            """, columns(feature))
        try CatalogState.changed(on: connection)
    }

    func update(_ feature: Feature) throws {
        try connection.execute(
            """
            UPDATE features SET feature_type = $2, meter_type = $3, status = $4, has_meter = $5, created_at = $6, body = $7
             WHERE id = $1
            """, columns(feature))
        try CatalogState.changed(on: connection)
    }

    private func columns(_ feature: Feature) -> [SQLValue] {
        [
            .text(feature.id.text), .text(feature.featureType.rawValue), .text(feature.meterType.rawValue),
            .text(feature.featureStatus.rawValue), .integer(feature.meter == nil ? 0 : 1),
            .integer(feature.createdAt.microseconds), .text(StoredBody.encode(feature)),
        ]
    }

    static func notFound(
        _ id: FeatureID, _ operation: OperationID, _ connection: any SQLConnection
    ) throws -> OperationError {
        let hint = try NearID.hint(for: id.text, "features", on: connection)
        return OperationError(
            .featureNotFound,
            "\(operation.rawValue): there is no feature \"\(id)\"\(hint); create it with createFeature or in the catalog"
        )
    }
}

extension CallScope {
    var features: FeatureTable { FeatureTable(connection: connection) }
}
