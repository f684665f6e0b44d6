import TidemillCore
import TidemillOperations
import TidemillStore

extension CreateFeature: EmbeddedOperation {
    static func perform(_ input: Input, in scope: CallScope) throws -> Feature {
        if let known = try scope.features.find(input.id) {
            let taken = OperationError(
                .duplicatedEntity,
                known.featureStatus == .suspended
                    ? "createFeature: the feature \"\(input.id)\" exists already and is archived; bring it back with unarchiveFeature"
                    : "createFeature: the feature \"\(input.id)\" exists already; change it with updateFeature")
            throw known.featureStatus != .suspended ? taken.presenting(known) : taken
        }
        let feature = Feature(
            id: input.id, displayName: input.displayName, description: input.description,
            featureType: input.featureType, meterType: input.resolvedMeterType, featureStatus: input.featureStatus,
            featureUnits: input.featureUnits, featureUnitsPlural: input.featureUnitsPlural,
            enumConfiguration: input.enumConfiguration, meter: input.meter,
            unitTransformation: input.unitTransformation, metadata: input.metadata, createdAt: scope.now,
            updatedAt: scope.now)
        try scope.features.insert(feature)
        try scope.announce(feature, "created")
        if let meter = input.meter {
            try MeterRegistry.change(input.id, to: meter.definition, now: scope.now, on: scope.connection)
        }
        return feature
    }
}

extension GetFeature: EmbeddedOperation {
    static func perform(_ input: Input, in scope: CallScope) throws -> Feature {
        try scope.features.require(input.id, for: .getFeature)
    }
}

extension ListFeatures: EmbeddedOperation {
    static func perform(_ input: Input, in scope: CallScope) throws -> Page<Feature> {
        var query = PageQuery(table: "features", column: "body")
        query.require("id", input.id.map { .text($0.text) })
        query.require("feature_type", oneOf: input.featureType?.map(\.rawValue))
        query.require("meter_type", oneOf: input.meterType?.map(\.rawValue))
        query.require("status", oneOf: input.status?.map(\.rawValue))
        query.require(createdAt: input.createdAt)
        return try query.page(input.paging, on: scope.connection) { try StoredBody.decode(Feature.self, $0.text(2)) }
    }
}

extension UpdateFeature: EmbeddedOperation {
    static func perform(_ input: Input, in scope: CallScope) throws -> Feature {
        var feature = try scope.features.require(input.id, for: .updateFeature)
        try checkAgainstType(input, of: feature)
        try checkUnits(input, of: feature, in: scope)
        feature.displayName = input.displayName ?? feature.displayName
        feature.description = input.description.applied(to: feature.description)
        feature.featureUnits = input.featureUnits.applied(to: feature.featureUnits)
        feature.featureUnitsPlural = input.featureUnitsPlural.applied(to: feature.featureUnitsPlural)
        feature.enumConfiguration = input.enumConfiguration ?? feature.enumConfiguration
        feature.unitTransformation = input.unitTransformation.applied(to: feature.unitTransformation)
        feature.metadata = input.metadata ?? feature.metadata
        if let meter = input.meter {
            feature.meter = meter
            try MeterRegistry.change(input.id, to: meter.definition, now: scope.now, on: scope.connection)
        }
        feature.updatedAt = scope.now
        try scope.features.update(feature)
        try scope.announce(feature, "updated")
        return feature
    }

    /// What live subscriptions are counted in stays (stigg.md B.3).
    private static func checkUnits(_ input: Input, of feature: Feature, in scope: CallScope) throws {
        let new = input.unitTransformation.applied(to: feature.unitTransformation)
        guard new?.divide != feature.unitTransformation?.divide || new?.round != feature.unitTransformation?.round,
            try PackageUse.isUsed(feature.id, in: scope)
        else { return }
        throw OperationError(
            .integrityViolation,
            "updateFeature: 'unitTransformation' of feature \"\(feature.id)\" cannot change while live subscriptions use it; create another feature"
        )
    }

    /// The type stays, so that what is changed must go with it.
    private static func checkAgainstType(_ input: Input, of feature: Feature) throws {
        let type = feature.featureType.rawValue
        if input.meter != nil, feature.featureType != .number || feature.meterType == .none {
            throw OperationError(
                .meteringNotAvailable,
                "updateFeature: 'meter' needs featureType NUMBER and meterType INCREMENTAL or FLUCTUATING; feature \"\(feature.id)\" has \(type) and \(feature.meterType.rawValue)"
            )
        }
        if case .set = input.unitTransformation, feature.featureType != .number {
            throw OperationError(
                .invalidArgument, "updateFeature: 'unitTransformation' must be left out for a feature of type \(type)")
        }
        if let values = input.enumConfiguration {
            let isUnique = Set(values.map(\.value)).count == values.count
            guard feature.featureType == .enum ? !values.isEmpty && isUnique : values.isEmpty else {
                throw OperationError(
                    .invalidArgument,
                    feature.featureType == .enum
                        ? "updateFeature: 'enumConfiguration' must hold at least one value, and none twice"
                        : "updateFeature: 'enumConfiguration' must be left out for a feature of type \(type)")
            }
        }
    }
}

/// The API has no archived status of a feature: it is SUSPENDED (stigg.md E.27). Plans that have it keep it.
extension ArchiveFeature: EmbeddedOperation {
    static func perform(_ input: Input, in scope: CallScope) throws -> Feature {
        var feature = try scope.features.require(input.id, for: .archiveFeature)
        guard feature.featureStatus != .suspended else { return feature }
        feature.featureStatus = .suspended
        feature.updatedAt = scope.now
        try scope.features.update(feature)
        try scope.announce(feature, "deleted")
        return feature
    }
}

extension UnarchiveFeature: EmbeddedOperation {
    static func perform(_ input: Input, in scope: CallScope) throws -> Feature {
        var feature = try scope.features.require(input.id, for: .unarchiveFeature)
        guard feature.featureStatus == .suspended else { return feature }
        feature.featureStatus = .active
        feature.updatedAt = scope.now
        try scope.features.update(feature)
        try scope.announce(feature, "updated")
        return feature
    }
}
