import TidemillCore
import TidemillOperations
import TidemillStore

extension CreatePackageEntitlements: EmbeddedOperation {
    static func perform(_ input: Input, in scope: CallScope) throws -> Output {
        let operation = Kind.operations.createEntitlements
        let writer = PackageWriter(scope: scope, operation: operation)
        let version = try writer.edit(Kind.kind, input.packageID) { body in
            let known = Set(body.entitlements.map(\.reference))
            for (index, entitlement) in input.entitlements.enumerated() where known.contains(entitlement.reference) {
                throw OperationError(
                    .duplicatedEntity,
                    "\(operation.rawValue): 'entitlements[\(index)].id' names \"\(entitlement.reference.id)\", which the \(Kind.kind.name) gives already; change it with update\(Kind.kind.word)Entitlement"
                )
            }
            // Checked by themselves first, so that a message names the place in the input.
            _ = try EntitlementCheck(scope: scope, operation: operation)
                .entitlements(input.entitlements, at: FieldPath("entitlements"))
            try writer.setEntitlements(body.entitlements.map(\.input) + input.entitlements, of: &body)
        }
        let added = Set(input.entitlements.map(\.reference))
        return Output(data: version.entitlements.filter { added.contains($0.reference) })
    }
}

extension ListPackageEntitlements: EmbeddedOperation {
    static func perform(_ input: Input, in scope: CallScope) throws -> PackageEntitlementList {
        let version = try scope.packages.version(
            Kind.kind, input.packageID, input.versionNumber, for: Kind.operations.listEntitlements)
        return PackageEntitlementList(data: version.entitlements)
    }
}

extension UpdatePackageEntitlement: EmbeddedOperation {
    static func perform(_ input: Input, in scope: CallScope) throws -> PackageEntitlement {
        let operation = Kind.operations.updateEntitlement
        let writer = PackageWriter(scope: scope, operation: operation)
        var place = 0
        let version = try writer.edit(Kind.kind, input.packageID) { body in
            place = try body.place(of: input.id, input.type, in: Kind.kind, input.packageID, operation)
            var inputs = body.entitlements.map(\.input)
            switch inputs[place] {
            case .feature(var feature):
                try refuse(input.creditFields, for: .feature, operation)
                input.apply(to: &feature)
                inputs[place] = .feature(feature)
            case .credit(var credit):
                try refuse(input.featureFields, for: .credit, operation)
                input.apply(to: &credit)
                inputs[place] = .credit(credit)
            }
            try writer.setEntitlements(inputs, of: &body)
        }
        return version.entitlements[place]
    }

    private static func refuse(_ fields: [String], for type: EntitlementType, _ operation: OperationID) throws {
        guard let first = fields.first else { return }
        throw OperationError(
            .badUserInput,
            "\(operation.rawValue): '\(first)' must be left out for an entitlement of type \(type.rawValue)")
    }
}

extension UpdatePackageEntitlement.Input {
    /// The given fields that only credits have.
    fileprivate var creditFields: [String] {
        [
            ("amount", amount.isGiven), ("cadence", cadence != nil),
            ("dependencyFeatureId", dependencyFeatureID.isGiven),
        ].filter(\.1).map(\.0)
    }

    /// The given fields that only features have.
    fileprivate var featureFields: [String] {
        [
            ("enumValues", enumValues.isGiven), ("hasUnlimitedUsage", hasUnlimitedUsage != nil),
            ("monthlyResetPeriodConfiguration", monthlyResetPeriodConfiguration.isGiven),
            ("resetPeriod", resetPeriod.isGiven), ("usageLimit", usageLimit.isGiven),
            ("weeklyResetPeriodConfiguration", weeklyResetPeriodConfiguration.isGiven),
            ("yearlyResetPeriodConfiguration", yearlyResetPeriodConfiguration.isGiven),
        ].filter(\.1).map(\.0)
    }

    fileprivate func apply(to entitlement: inout FeatureEntitlementInput) {
        entitlement.behavior = behavior ?? entitlement.behavior
        entitlement.description = description.applied(to: entitlement.description)
        entitlement.displayNameOverride = displayNameOverride.applied(to: entitlement.displayNameOverride)
        entitlement.enumValues = enumValues.applied(to: entitlement.enumValues)
        entitlement.hasSoftLimit = hasSoftLimit ?? entitlement.hasSoftLimit
        entitlement.hiddenFromWidgets = hiddenFromWidgets ?? entitlement.hiddenFromWidgets
        entitlement.isCustom = isCustom ?? entitlement.isCustom
        entitlement.isGranted = isGranted ?? entitlement.isGranted
        entitlement.order = order.applied(to: entitlement.order)
        entitlement.hasUnlimitedUsage = hasUnlimitedUsage ?? entitlement.hasUnlimitedUsage
        entitlement.usageLimit = usageLimit.applied(to: entitlement.usageLimit)
        // A limit and no limit exclude each other: what is said now holds.
        if hasUnlimitedUsage == true, !usageLimit.isGiven { entitlement.usageLimit = nil }
        if case .set = usageLimit, hasUnlimitedUsage == nil, entitlement.hasUnlimitedUsage == true {
            entitlement.hasUnlimitedUsage = false
        }
        let period = resetPeriod.applied(to: entitlement.resetPeriod)
        if period != entitlement.resetPeriod {
            entitlement.yearlyResetPeriodConfiguration = nil
            entitlement.monthlyResetPeriodConfiguration = nil
            entitlement.weeklyResetPeriodConfiguration = nil
        }
        entitlement.resetPeriod = period
        entitlement.yearlyResetPeriodConfiguration = yearlyResetPeriodConfiguration.applied(
            to: entitlement.yearlyResetPeriodConfiguration)
        entitlement.monthlyResetPeriodConfiguration = monthlyResetPeriodConfiguration.applied(
            to: entitlement.monthlyResetPeriodConfiguration)
        entitlement.weeklyResetPeriodConfiguration = weeklyResetPeriodConfiguration.applied(
            to: entitlement.weeklyResetPeriodConfiguration)
    }

    fileprivate func apply(to entitlement: inout CreditEntitlementInput) {
        entitlement.amount = amount.applied(to: entitlement.amount)
        entitlement.cadence = cadence ?? entitlement.cadence
        entitlement.behavior = behavior ?? entitlement.behavior
        entitlement.dependencyFeatureID = dependencyFeatureID.applied(to: entitlement.dependencyFeatureID)
        entitlement.description = description.applied(to: entitlement.description)
        entitlement.displayNameOverride = displayNameOverride.applied(to: entitlement.displayNameOverride)
        entitlement.hasSoftLimit = hasSoftLimit ?? entitlement.hasSoftLimit
        entitlement.hiddenFromWidgets = hiddenFromWidgets ?? entitlement.hiddenFromWidgets
        entitlement.isCustom = isCustom ?? entitlement.isCustom
        entitlement.isGranted = isGranted ?? entitlement.isGranted
        entitlement.order = order.applied(to: entitlement.order)
    }
}

extension Change {
    fileprivate var isGiven: Bool {
        switch self {
        case .keep: false
        case .clear, .set: true
        }
    }
}

extension DeletePackageEntitlement: EmbeddedOperation {
    static func perform(_ input: Input, in scope: CallScope) throws -> PackageEntitlement {
        let operation = Kind.operations.deleteEntitlement
        let writer = PackageWriter(scope: scope, operation: operation)
        var removed: PackageEntitlement?
        _ = try writer.edit(Kind.kind, input.packageID) { body in
            let place = try body.place(of: input.id, nil, in: Kind.kind, input.packageID, operation)
            let entitlement = body.entitlements[place]
            let isCharged = body.overageCharges.contains {
                entitlement.type == .feature ? $0.featureID?.text == input.id : $0.currencyID == input.id
            }
            guard !isCharged else {
                throw OperationError(
                    .integrityViolation,
                    "\(operation.rawValue): an overage price charges for \"\(input.id)\"; take the price out first, with update\(Kind.kind.word)"
                )
            }
            removed = body.entitlements.remove(at: place)
        }
        guard let removed else { throw PackageBody.noEntitlement(input.id, Kind.kind, input.packageID, operation) }
        return removed
    }
}

extension PackageBody {
    /// Where the entitlement stands. An id that is a feature's and a currency's at once needs the type.
    fileprivate func place(
        of id: String, _ type: EntitlementType?, in kind: PackageKind, _ package: String, _ operation: OperationID
    ) throws -> Int {
        let places = entitlements.indices.filter { entitlements[$0].id == id }
        if let place = places.first(where: { type == nil || entitlements[$0].type == type }) { return place }
        guard let other = places.first else { throw Self.noEntitlement(id, kind, package, operation) }
        throw OperationError(
            .badUserInput,
            "\(operation.rawValue): 'type' must be that of the entitlement, \(entitlements[other].type.rawValue); delete it and create another to change it"
        )
    }

    fileprivate static func noEntitlement(
        _ id: String, _ kind: PackageKind, _ package: String, _ operation: OperationID
    ) -> OperationError {
        OperationError(
            .noFeatureEntitlement,
            "\(operation.rawValue): the draft of the \(kind.name) \"\(package)\" gives no \"\(id)\"; add it with create\(kind.word)Entitlements"
        )
    }
}

extension EitherEntitlement where Feature == FeatureEntitlementInput, Credit == CreditEntitlementInput {
    var reference: EntitlementReference {
        switch self {
        case .feature(let input): EntitlementReference(id: input.id.text, type: .feature)
        case .credit(let input): EntitlementReference(id: input.id, type: .credit)
        }
    }
}

// MARK: - Charges

extension ListPackageCharges: EmbeddedOperation {
    static func perform(_ input: ChargesOfPackage<Kind>, in scope: CallScope) throws -> Page<Charge> {
        let version = try scope.packages.version(
            Kind.kind, input.id, input.versionNumber, for: Kind.operations.listCharges)
        return Page(of: try PackageUse.marked(version.charges, of: version, in: scope), input.paging)
    }
}

extension ListPackageOverageCharges: EmbeddedOperation {
    static func perform(_ input: ChargesOfPackage<Kind>, in scope: CallScope) throws -> Page<Charge> {
        let version = try scope.packages.version(
            Kind.kind, input.id, input.versionNumber, for: Kind.operations.listOverageCharges)
        return Page(of: try PackageUse.marked(version.overageCharges, of: version, in: scope), input.paging)
    }
}

extension Page where Element == Charge {
    /// One page of charges in the order in which they were given. A cursor whose charge is gone begins nothing.
    init(of charges: [Charge], _ paging: Paging) {
        let limit = Int(paging.limit)
        var range = charges.indices
        if let cursor = paging.after {
            let place = charges.firstIndex { $0.id == cursor.id } ?? charges.count - 1
            range = min(place + 1, charges.count)..<charges.count
            range = range.prefix(limit)
        } else if let cursor = paging.before {
            let place = charges.firstIndex { $0.id == cursor.id } ?? 0
            range = max(0, place - limit)..<place
        } else {
            range = range.prefix(limit)
        }
        let page = Array(charges[range])
        func cursor(_ charge: Charge?) -> Cursor? { charge.map { Cursor(createdAt: $0.createdAt, id: $0.id) } }
        self.init(
            data: page,
            pagination: Pagination(
                next: range.upperBound < charges.count ? cursor(page.last) : nil,
                prev: range.lowerBound > 0 ? cursor(page.first) : nil))
    }
}
