import Foundation
import TidemillCore
import TidemillOperations
import TidemillStore

extension CatalogSession {
    func write(_ writes: [Write]) throws {
        let scope = CallScope(
            connection: connection, context: CallContext(.catalog, now: now), settings: EmbeddedBackend.Settings(),
            makeID: { UUID().uuidString.lowercased() })
        for write in writes {
            switch write.step {
            case .insert(let item):
                try insert(item, scope)
                try remember(item, fields: nil)
            case .set(let item, let fields):
                try set(item, fields, scope)
                try remember(item, fields: fields)
            case .note(let item, let fields):
                try remember(item, fields: fields)
            case .remove(let key):
                try remove(key)
            }
        }
    }

    private func insert(_ item: CatalogItem, _ scope: CallScope) throws {
        switch item.content {
        case .product(let input): _ = try CreateProduct.perform(input, in: scope)
        case .feature(let input): _ = try CreateFeature.perform(input, in: scope)
        }
    }

    private func set(_ item: CatalogItem, _ fields: Set<String>, _ scope: CallScope) throws {
        switch item.content {
        case .product(let new):
            var product = try scope.products.require(new.id, for: .updateProduct)
            if fields.contains("displayName") { product.displayName = new.displayName }
            if fields.contains("description") { product.description = new.description }
            if fields.contains("metadata") { product.metadata = new.metadata }
            if fields.contains("multipleSubscriptions") { product.multipleSubscriptions = new.multipleSubscriptions }
            if fields.contains("status") { product.status = .published }
            product.updatedAt = now
            try scope.products.update(product)
        case .feature(let new):
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
                try MeterVersions.change(new.id, to: meter.definition, now: now, on: connection)
            }
            feature.updatedAt = now
            try scope.features.update(feature)
        }
    }

    /// A product is archived, a feature suspended: nothing of what was counted goes away.
    private func remove(_ key: CatalogItem.Key) throws {
        switch key.kind {
        case .product:
            let products = ProductTable(connection: connection)
            if var product = try products.find(key.id) {
                product.status = .archived
                product.updatedAt = now
                try products.update(product)
            }
        case .feature:
            let features = FeatureTable(connection: connection)
            if var feature = try features.find(FeatureID(key.id)) {
                feature.featureStatus = .suspended
                feature.updatedAt = now
                try features.update(feature)
            }
        }
        try connection.execute(
            "DELETE FROM catalog_applied WHERE kind = $1 AND id = $2", [.text(key.kind.rawValue), .text(key.id)])
    }

    /// Notes what was applied: all fields of a new item, or some of one that is known.
    private func remember(_ item: CatalogItem, fields names: Set<String>?) throws {
        let key: [SQLValue] = [.text(item.key.kind.rawValue), .text(item.key.id)]
        var fields = item.fields
        if let names {
            let old = try connection.first(
                "SELECT declaration FROM catalog_applied WHERE kind = $1 AND id = $2", key
            ) { $0.text(0) }
            if let old, case .object(var merged) = try StoredBody.parse(old) {
                for name in names { merged[name] = item.fields[name] }
                fields = merged
            } else {
                fields = item.fields.filter { names.contains($0.key) }
            }
        }
        try connection.execute(
            """
            INSERT INTO catalog_applied(kind, id, declaration, applied_at) VALUES ($1, $2, $3, $4)
            ON CONFLICT (kind, id) DO UPDATE SET declaration = excluded.declaration, applied_at = excluded.applied_at
            """, key + [.text(Payload.object(fields).json), .integer(now.microseconds)])
    }
}
