import TidemillCore
import TidemillOperations
import TidemillStore

extension Feature: CatalogDocument {
    static let words = (
        noun: "feature", maker: OperationID.createFeature, notFound: OperationError.Code.featureNotFound
    )
    static let columns = Columns<Feature>.documents(
        "features", .key("id", \.id), .init("feature_type", \.featureType.rawValue),
        .init("meter_type", \.meterType.rawValue), .init("status", \.featureStatus.rawValue),
        .init("has_meter") { $0.meter != nil }, .init("created_at", \.createdAt))
}

typealias FeatureTable = CatalogTable<Feature>

extension CatalogTable<Feature> {
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
}

extension CallScope {
    var features: FeatureTable { FeatureTable(connection: connection) }
}
