import TidemillCore
import TidemillOperations

/// A feature as a bill counts it.
struct CountedFeature {
    /// With the meter that counts.
    let feature: Feature
    /// Nil for reports.
    let version: MeterVersion?
    var deltas: CustomerDeltas?

    /// As windows keep it.
    var meter: Int64 { version?.id ?? 0 }
}

/// Features as a bill counts them: closed time by the versions of their meters that it keeps, all else by those of now.
struct CountedFeatures {
    let session: SubscriptionSession
    var known: [MeteredWindow] = []
    /// Of all features together.
    private let deltas = CustomerDeltas()

    init(session: SubscriptionSession, known: [MeteredWindow] = []) {
        self.session = session
        self.known = known
    }

    /// Nil for a feature that the catalog does not have. Throws where what counted then counts no more.
    func find(_ id: FeatureID) throws -> CountedFeature? {
        try find(id, known.lazy.compactMap { $0.feature == id ? $0.meter : nil }.first)
    }

    /// As it counted at an instant that is closed by now.
    func find(_ id: FeatureID, of record: SubscriptionRecord, at instant: Timestamp) throws -> CountedFeature? {
        let windows = MeteredWindowTable(
            connection: session.scope.connection, customer: record.customerID, resource: record.resourceID)
        guard let meter = try windows.meter(of: id, at: instant) else { return try find(id) }
        return try find(id, meter)
    }

    private func find(_ id: FeatureID, _ meter: Int64?) throws -> CountedFeature? {
        guard var feature = session.catalog.feature(id) else { return nil }
        let connection = session.scope.connection
        guard let meter else {
            let version = feature.meter == nil ? nil : try MeterRegistry.answering(id, on: connection)?.0
            return CountedFeature(feature: feature, version: version, deltas: deltas)
        }
        guard meter != 0 else {
            feature.meter = nil
            return CountedFeature(feature: feature, version: nil)
        }
        guard let (version, isCounting) = try MeterRegistry.find(meter, on: connection), isCounting else {
            throw OperationError(
                .usageOutOfRange,
                "\"\(id)\" has another meter by now, and what the one of then counted is kept no longer (events.keep)")
        }
        feature.meter = Meter(version.meter)
        return CountedFeature(feature: feature, version: version, deltas: deltas)
    }
}
