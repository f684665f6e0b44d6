import Foundation
import TidemillCore
import TidemillOperations
import TidemillStore

extension CatalogSession {
    /// Writes one after the other, each by itself: what is wrong with any of them is told together, and then nothing of
    /// all is kept. Throws `CatalogProblems`, or the store's error.
    func write(_ writes: [Write]) throws {
        let scope = settings.scope(CallContext(caller, now: now, actor: actor), on: connection)
        var problems: [CatalogProblem] = []
        for write in writes {
            do {
                try connection.savepoint { try perform(write.step, scope) }
            } catch let error as OperationError where !error.isStoreFailure {
                problems.append(CatalogProblem(error, at: write.path))
            }
        }
        guard problems.isEmpty else { throw CatalogProblems(problems: problems) }
    }

    private func perform(_ step: Write.Step, _ scope: CallScope) throws {
        switch step {
        case .insert(let item):
            try insert(item, scope)
            try AppliedItem(declared: item.fields, stored: try stored(item.key)?.fields ?? [:])
                .save(as: item.key, now: now, on: connection)
            try scope.audit("catalog.add", nil, Self.details(item.key, Set(item.fields.keys)))
        case .set(let item, let fields):
            let before = try stored(item.key)?.fields ?? [:]
            try set(item, fields, scope)
            try remember(item, fields, before: before)
            try scope.audit("catalog.change", nil, Self.details(item.key, fields))
        case .note(let item, let fields):
            try remember(item, fields, before: try stored(item.key)?.fields ?? [:])
        case .remove(let key):
            try remove(key, scope)
            try AppliedItem.forget(key, on: connection)
            try scope.audit("catalog.remove", nil, Self.details(key, []))
        }
    }

    private static func details(_ key: CatalogItem.Key, _ fields: Set<String>) -> Payload {
        [
            "kind": .string(key.kind.rawValue), "id": .string(key.id),
            "fields": .array(fields.sorted().map { .string($0) }),
        ]
    }

    /// Notes what was applied of a thing that was there. Of the other fields, those that no call had changed are noted
    /// as they stand now: the engine may have worked them out anew.
    private func remember(_ item: CatalogItem, _ names: Set<String>, before: TextMap<Payload>) throws {
        let after = try stored(item.key)?.fields ?? [:]
        var applied = try AppliedItem.find(item.key, on: connection) ?? AppliedItem(declared: [:], stored: before)
        for name in names { applied.declared[name] = item.fields[name] }
        for name in Set(before.keys).union(after.keys).union(applied.stored.keys)
        where names.contains(name) || before[name] == applied.stored[name] {
            applied.stored[name] = after[name]
        }
        try applied.save(as: item.key, now: now, on: connection)
    }

    private func insert(_ item: CatalogItem, _ scope: CallScope) throws {
        switch item.content {
        case .product(let input): _ = try CreateProduct.perform(input, in: scope)
        case .currency(let input): _ = try CreateCustomCurrency.perform(input, in: scope)
        case .feature(let input): _ = try CreateFeature.perform(input, in: scope)
        case .addon(var input):
            input.status = .published
            _ = try CreateAddon.perform(input, in: scope)
        case .plan(var input):
            input.status = .published
            _ = try CreatePlan.perform(input, in: scope)
        case .coupon(let input): _ = try CreateCoupon.perform(input, in: scope)
        case .promotionCode(let input):
            // One that has ended meanwhile is declared all the same: a new store takes the same catalog.
            _ = try scope.coupons.requireApplicable(input.couponID, for: .createPromotionCode)
            try scope.promotionCodes.insert(input.code(now: now))
        }
    }

    private func set(_ item: CatalogItem, _ fields: Set<String>, _ scope: CallScope) throws {
        switch item.content {
        case .product(let new): try set(new, fields, scope)
        case .feature(let new): try set(new, fields, scope)
        case .currency(let new): try set(new, fields, scope)
        case .coupon(let new): try set(new, fields, scope)
        case .promotionCode(let new): try set(new, fields, scope)
        case .plan(let new): try set(new, fields, scope)
        case .addon(let new): try set(new, fields, scope)
        }
    }

    private func set(_ new: CreateProduct.Input, _ fields: Set<String>, _ scope: CallScope) throws {
        var product = try scope.products.require(new.id, for: .updateProduct)
        if fields.contains("status") { product = try UnarchiveProduct.unarchive(product, in: scope) }
        if fields.contains("displayName") { product.displayName = new.displayName }
        if fields.contains("description") { product.description = new.description }
        if fields.contains("metadata") { product.metadata = new.metadata }
        if fields.contains("multipleSubscriptions") { product.multipleSubscriptions = new.multipleSubscriptions }
        product.updatedAt = now
        try scope.products.update(product)
        try scope.announce(product, "updated")
    }

    private func set(_ new: CreateFeature.Input, _ fields: Set<String>, _ scope: CallScope) throws {
        var feature = try scope.features.require(new.id, for: .updateFeature)
        if fields.contains("displayName") { feature.displayName = new.displayName }
        if fields.contains("description") { feature.description = new.description }
        if fields.contains("metadata") { feature.metadata = new.metadata }
        if fields.contains("featureUnits") { feature.featureUnits = new.featureUnits }
        if fields.contains("featureUnitsPlural") { feature.featureUnitsPlural = new.featureUnitsPlural }
        if fields.contains("enumConfiguration") { feature.enumConfiguration = new.enumConfiguration }
        if fields.contains("featureStatus") { feature.featureStatus = new.featureStatus }
        if fields.contains("unitTransformation") { feature.unitTransformation = new.unitTransformation }
        if fields.contains("meter"), let meter = new.meter {
            feature.meter = meter
            try MeterRegistry.change(new.id, to: meter.definition, now: now, on: connection)
        }
        feature.updatedAt = now
        try scope.features.update(feature)
        try scope.announce(feature, "updated")
    }

    /// Nothing of what was counted, sold or given away goes with it: it is archived, a feature is suspended.
    private func remove(_ key: CatalogItem.Key, _ scope: CallScope) throws {
        guard try stored(key) != nil else { return }
        switch key.kind {
        case .product:
            _ = try ArchiveProduct.archive(try scope.products.require(key.id, for: .archiveProduct), in: scope)
        case .feature: _ = try ArchiveFeature.perform(ArchiveFeature.Input(id: FeatureID(key.id)), in: scope)
        case .currency: _ = try ArchiveCustomCurrency.perform(CustomCurrencyReference(currencyID: key.id), in: scope)
        case .addon: _ = try ArchiveAddon.perform(PackageByID(id: key.id), in: scope)
        case .plan: _ = try ArchivePlan.perform(PackageByID(id: key.id), in: scope)
        case .coupon: _ = try ArchiveCoupon.perform(CouponReference(id: key.id), in: scope)
        case .promotionCode:
            _ = try ArchivePromotionCode.perform(ArchivePromotionCode.Input(code: key.id), in: scope)
        }
    }
}

extension CatalogSession.Write {
    /// Where a problem with it is told.
    fileprivate var path: String {
        switch step {
        case .insert(let item), .set(let item, _), .note(let item, _): item.path
        case .remove(let key): "catalog.\(key.kind.table)"
        }
    }
}

extension CatalogProblem {
    /// What an operation found wrong, told of the declaration: without the operation's name, and counted from 1.
    fileprivate init(_ error: OperationError, at path: String) {
        var sentence = Substring(error.message)
        if let colon = sentence.range(of: ": "), OperationID(rawValue: String(sentence[..<colon.lowerBound])) != nil {
            sentence = sentence[colon.upperBound...]
        }
        let parts = sentence.split(separator: "'", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].isEmpty else {
            self.init(path: path, message: "'\(path)': \(sentence)")
            return
        }
        let place = "\(path).\(Self.countedFromOne(parts[1]))"
        self.init(path: place, message: "'\(place)'\(parts[2])")
    }

    /// `entitlements[0].id` as Lua counts: `entitlements[1].id`.
    private static func countedFromOne(_ path: Substring) -> String {
        path.split(separator: "[", omittingEmptySubsequences: false).enumerated().map { offset, part in
            guard offset > 0, let end = part.firstIndex(of: "]"), let index = Int(part[..<end]) else {
                return String(part)
            }
            return "\(index + 1)\(part[end...])"
        }.joined(separator: "[")
    }
}
