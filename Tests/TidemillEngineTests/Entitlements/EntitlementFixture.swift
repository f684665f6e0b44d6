import Foundation
import TidemillCore
import TidemillOperations
import TidemillStore

@testable import TidemillEngine

func time(_ text: String) -> Timestamp { Timestamp(rfc3339: text) ?? Timestamp(microseconds: 0) }

/// What one version of a plan or add-on gives of a feature.
func gives(
    _ feature: String, _ limit: Int64? = nil, behavior: EntitlementBehavior = .increment, unlimited: Bool? = nil,
    soft: Bool? = nil, granted: Bool = true, values: [String]? = nil, reset: ResetPeriod? = nil,
    _ anchor: ResetConfiguration.Anchor? = nil
) -> FeatureEntitlement {
    FeatureEntitlement(
        id: FeatureID(feature), behavior: behavior, createdAt: EngineFixture.start, enumValues: values,
        hasSoftLimit: soft, hasUnlimitedUsage: unlimited, isGranted: granted, resetPeriod: reset,
        resetPeriodConfiguration: anchor.map { ResetConfiguration(accordingTo: $0) }, updatedAt: EngineFixture.start,
        usageLimit: limit.map { Amount($0) })
}

/// A plan or add-on as it is sold, without a store.
func package(
    _ kind: PackageKind, _ id: String, _ entitlements: [FeatureEntitlement], charges: [Charge] = [],
    overage: [Charge] = [], parent: String? = nil
) -> PackageVersion {
    PackageVersion(
        kind: kind, id: id, version: 1, productID: "product", displayName: id, status: .published,
        parentPlanID: parent, entitlements: entitlements.map { .feature($0) }, charges: charges,
        overageCharges: overage, createdAt: EngineFixture.start, updatedAt: EngineFixture.start)
}

func charge(_ model: BillingModel, _ feature: String) -> Charge {
    Charge(
        id: "charge-\(feature)", billingModel: model, billingPeriod: .monthly, createdAt: EngineFixture.start,
        featureID: FeatureID(feature), price: Money(Amount(1), "usd"))
}

extension EngineFixture {
    /// A feature that is counted, unless told otherwise.
    func feature(_ id: String, _ type: String = "NUMBER", meter: String? = "INCREMENTAL", divide: Int64? = nil) throws {
        var input: TextMap<Payload> = ["id": .string(id), "displayName": .string(id), "featureType": .string(type)]
        if type == "NUMBER" { input["meterType"] = meter.map { .string($0) } }
        if type == "ENUM" {
            input["enumConfiguration"] = .array(
                ["a", "b", "c"].map { ["value": .string($0), "displayName": .string($0)] })
        }
        if let divide { input["unitTransformation"] = ["divide": .integer(divide), "round": "UP"] }
        try call(.createFeature, .object(input))
    }

    /// Puts a published version into the catalog.
    func publish(
        _ kind: PackageKind, _ id: String, _ entitlements: [FeatureEntitlement], charges: [Charge] = [],
        overage: [Charge] = [], parent: String? = nil
    ) throws {
        let body = PackageBody(
            productID: "product", displayName: id, parentPlanID: parent,
            entitlements: entitlements.map { .feature($0) }, charges: charges, overageCharges: overage,
            createdAt: now, updatedAt: now)
        try store.write { connection in
            try connection.execute(
                """
                INSERT INTO packages(kind, id, product_id, created_at, published_version) VALUES ($1, $2, 'product', $3, 1)
                """, [.text(kind.rawValue), .text(id), .integer(now.microseconds)])
            try connection.execute(
                "INSERT INTO package_versions(kind, id, version, published_at, body) VALUES ($1, $2, 1, $3, $4)",
                [.text(kind.rawValue), .text(id), .integer(now.microseconds), .text(StoredBody.encode(body))])
            try CatalogState.changed(on: connection)
        }
    }

    /// Puts a live subscription of `c` into the store.
    @discardableResult
    func hold(
        _ plan: String, id: String? = nil, resource: String? = nil, status: SubscriptionStatus = .active,
        addons: [(String, Int64)] = [], quantities: [FeatureID: Amount] = [:],
        entitlements: [SubscriptionEntitlement] = [], at start: Timestamp? = nil, resetAt: Timestamp? = nil
    ) throws -> SubscriptionRecord {
        let start = start ?? now
        let record = SubscriptionRecord(
            id: id ?? "sub-\(plan)-\(resource ?? "")", customerID: CustomerID("c"), resourceID: resource,
            productID: "product", planID: plan, planVersion: 1,
            addons: addons.map { SubscribedAddon(id: $0.0, version: 1, quantity: $0.1) }, pricingType: .paid,
            status: status, startDate: start, billingCycleAnchor: start, quantities: quantities,
            entitlements: entitlements, usageAnchor: start, usageResetAt: resetAt ?? start, createdAt: start,
            updatedAt: start)
        try inScope { try $0.subscriptions.insert(record) }
        return record
    }

    func check(
        _ feature: String, _ usage: Payload? = nil, values: Payload? = nil, resource: String? = nil,
        customer: String = "c"
    ) throws -> Payload {
        var input: TextMap<Payload> = ["customerId": .string(customer), "featureId": .string(feature)]
        input["requestedUsage"] = usage
        input["requestedValues"] = values
        input["resourceId"] = resource.map { .string($0) }
        return try call(.checkEntitlement, .object(input))
    }

    @discardableResult
    func report(_ feature: String, _ value: Payload, set: Bool = false, at: String? = nil) throws -> Payload {
        var input: TextMap<Payload> = ["customerId": "c", "featureId": .string(feature), "value": value]
        if set { input["updateBehavior"] = "SET" }
        input["createdAt"] = at.map { .string($0) }
        return try call(.reportUsage, .object(input))
    }

    @discardableResult
    func grant(_ feature: String, _ more: TextMap<Payload> = [:]) throws -> Payload {
        let grant = ["featureId": .string(feature), "period": "1 month"].merging(more) { $1 }
        return try call(
            .grantPromotionalEntitlements, ["customerId": "c", "promotionalEntitlements": [.object(grant)]])
    }

    func events(_ type: String) throws -> [Payload] {
        try store.read { connection in
            try connection.rows(
                "SELECT payload FROM outbox WHERE type = $1 ORDER BY sequence", [.text(type)]
            ) { try Payload(json: $0.text(0)) }
        }
    }
}
