import TidemillCore
import TidemillOperations
import TidemillStore

/// Turns what is asked for into entitlements, once it goes with the features and credit currencies that there are.
struct EntitlementCheck {
    let scope: CallScope
    let operation: OperationID

    /// The entitlements in their order. Those that were there before keep when they were created, and may go on with a
    /// feature that is suspended by now.
    func entitlements(
        _ inputs: [PackageEntitlementInput], before: [PackageEntitlement] = [], at path: FieldPath
    ) throws -> [PackageEntitlement] {
        guard inputs.count <= PackageVersion.entitlementsMax else {
            throw problem(path, "must hold at most \(PackageVersion.entitlementsMax) entitlements, got \(inputs.count)")
        }
        let known = Dictionary(before.map { ($0.reference, $0) }) { first, _ in first }
        var seen: Set<EntitlementReference> = []
        return try inputs.enumerated().map { index, input in
            let place = path.item(index)
            let made: PackageEntitlement
            switch input {
            case .feature(let input):
                made = .feature(try feature(input, known[.init(id: input.id.text, type: .feature)]?.feature, place))
            case .credit(let input):
                made = .credit(try credit(input, known[.init(id: input.id, type: .credit)]?.credit, place))
            }
            guard seen.insert(made.reference).inserted else {
                throw OperationError(
                    .duplicatedEntity,
                    "\(operation.rawValue): '\(place).id' names \"\(made.id)\" a second time; one entitlement to it is enough"
                )
            }
            return made
        }
    }

    // MARK: - Features

    private func feature(
        _ input: FeatureEntitlementInput, _ old: FeatureEntitlement?, _ path: FieldPath
    ) throws -> FeatureEntitlement {
        let feature = try scope.features.require(input.id, for: operation)
        if old == nil { try requireActive(feature) }
        if let name = input.reset.misplaced {
            throw OperationError(
                .invalidEntitlementResetPeriod,
                "\(operation.rawValue): '\(path.member(name))' must go with its resetPeriod, got \(input.resetPeriod.map(\.rawValue) ?? "none")"
            )
        }
        try check(input, against: feature, path)
        let made = FeatureEntitlement(
            id: input.id, behavior: input.behavior, createdAt: old?.createdAt ?? scope.now,
            description: input.description, displayNameOverride: input.displayNameOverride,
            enumValues: input.enumValues, hasSoftLimit: input.hasSoftLimit,
            hasUnlimitedUsage: input.hasUnlimitedUsage, hiddenFromWidgets: input.hiddenFromWidgets,
            isCustom: input.isCustom, isGranted: input.isGranted, order: input.order, resetPeriod: input.resetPeriod,
            resetPeriodConfiguration: input.reset.configuration, updatedAt: old?.updatedAt ?? scope.now,
            usageLimit: input.usageLimit)
        return made == old ? made : made.updated(at: scope.now)
    }

    /// What goes with which type of feature (stigg.md B.5).
    private func check(_ input: FeatureEntitlementInput, against feature: Feature, _ path: FieldPath) throws {
        let type = feature.featureType
        if input.resetPeriod != nil, type != .number || feature.meterType == .none {
            throw OperationError(
                .invalidEntitlementResetPeriod,
                "\(operation.rawValue): '\(path).resetPeriod' needs a feature whose usage is counted; \"\(feature.id)\" has featureType \(type.rawValue) and meterType \(feature.meterType.rawValue)"
            )
        }
        if type != .number {
            let extra: [(String, Bool)] = [
                ("usageLimit", input.usageLimit != nil), ("hasUnlimitedUsage", input.hasUnlimitedUsage == true),
                ("hasSoftLimit", input.hasSoftLimit == true),
            ]
            if let (name, _) = extra.first(where: \.1) {
                throw problem(
                    path.member(name), "must be left out: feature \"\(feature.id)\" is of type \(type.rawValue)")
            }
        }
        if input.hasUnlimitedUsage == true, input.usageLimit != nil {
            throw problem(path.member("usageLimit"), "must be left out where hasUnlimitedUsage is true")
        }
        let values = input.enumValues ?? []
        guard type == .enum else {
            guard values.isEmpty else {
                throw problem(
                    path.member("enumValues"), "must be left out: feature \"\(feature.id)\" is of type \(type.rawValue)"
                )
            }
            return
        }
        let isOpen = input.isCustom == true || !input.isGranted
        guard !values.isEmpty || isOpen else {
            throw problem(path.member("enumValues"), "is required: the values of \"\(feature.id)\" that are included")
        }
        let allowed = (feature.enumConfiguration ?? []).map(\.value)
        if let stranger = values.first(where: { !allowed.contains($0) }) {
            throw problem(
                path.member("enumValues"),
                "must be among the values of \"\(feature.id)\" (\(allowed.prefix(20).joined(separator: ", "))), got \"\(stranger.escapingControls)\""
            )
        }
        guard Set(values).count == values.count else {
            throw problem(path.member("enumValues"), "must hold different values, got one twice")
        }
    }

    private func requireActive(_ feature: Feature) throws {
        guard feature.featureStatus != .suspended else {
            throw OperationError(
                .entityIsArchived,
                "\(operation.rawValue): feature \"\(feature.id)\" is suspended; bring it back with unarchiveFeature")
        }
    }

    // MARK: - Credits

    private func credit(
        _ input: CreditEntitlementInput, _ old: CreditEntitlement?, _ path: FieldPath
    ) throws -> CreditEntitlement {
        let currency = try scope.currencies.require(input.id, for: operation)
        guard old != nil || currency.archivedAt == nil else {
            throw OperationError(
                .entityIsArchived,
                "\(operation.rawValue): the credit currency \"\(input.id)\" is archived; bring it back with unarchiveCustomCurrency"
            )
        }
        guard input.amount != nil || input.isCustom == true || !input.isGranted else {
            throw problem(
                path.member("amount"), "is required: how many credits; leave it out only where isCustom is true")
        }
        if let dependency = input.dependencyFeatureID {
            let feature = try scope.features.require(dependency, for: operation)
            guard feature.featureType == .number else {
                throw problem(
                    path.member("dependencyFeatureId"),
                    "must be a feature of type NUMBER, got \"\(dependency)\" of type \(feature.featureType.rawValue)")
            }
        }
        let made = CreditEntitlement(
            id: input.id, amount: input.amount, behavior: input.behavior, cadence: input.cadence,
            createdAt: old?.createdAt ?? scope.now, description: input.description,
            displayNameOverride: input.displayNameOverride, hasSoftLimit: input.hasSoftLimit,
            hiddenFromWidgets: input.hiddenFromWidgets, isCustom: input.isCustom, isGranted: input.isGranted,
            order: input.order, updatedAt: old?.updatedAt ?? scope.now,
            dependencyFeatureID: input.dependencyFeatureID)
        return made == old ? made : made.updated(at: scope.now)
    }

    private func problem(_ path: FieldPath, _ what: String) -> OperationError {
        OperationError(.invalidArgument, "\(operation.rawValue): '\(path)' \(what)")
    }
}

extension FeatureEntitlement {
    fileprivate func updated(at instant: Timestamp) -> FeatureEntitlement {
        var updated = self
        updated.updatedAt = instant
        return updated
    }
}

extension CreditEntitlement {
    fileprivate func updated(at instant: Timestamp) -> CreditEntitlement {
        var updated = self
        updated.updatedAt = instant
        return updated
    }
}
