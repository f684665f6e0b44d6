import Testing
import TidemillCore
@testable import TidemillEngine
import TidemillOperations
import TidemillStore

extension EngineFixture {
    /// Moves the clock to an instant of the calendar.
    func at(_ time: String) throws {
        now = try #require(Timestamp(rfc3339: time))
    }

    /// A customer `c` and a product `p`, at a time of the test's choice.
    func shop(at time: String = "2026-10-01T12:00:00Z", customer: Payload = ["id": "c"]) throws {
        try at(time)
        try call(.provisionCustomer, customer)
        try call(.createProduct, ["id": "p", "displayName": "P"])
    }

    /// Publishes a plan, or its next version. `monthly` and `annually` are flat prices in dollars, `german` the monthly
    /// one in Germany, `seats` a price for each seat and month; without any it is free. `api` is the limit of a feature,
    /// `calls` the price of each unit of it.
    /// `all` moves its subscribers.
    func plan(
        _ id: String, monthly: Int64? = nil, annually: Int64? = nil, german: Int64? = nil, seats: Int64? = nil,
        trial: TrialConfig? = nil, api: Int64? = nil, calls: Amount? = nil, parent: String? = nil,
        compatible: [String]? = nil,
        all: Bool = false
    ) throws {
        var charges: [Charge] = []
        func flat(_ period: BillingPeriod, _ amount: Int64?, country: String? = nil) {
            guard let amount else { return }
            charges.append(
                Charge(
                    id: "\(id)-\(charges.count)", billingModel: .flatFee, billingPeriod: period, createdAt: now,
                    billingCountryCode: country, price: Money(Amount(amount), "usd")))
        }
        flat(.monthly, monthly)
        flat(.annually, annually)
        flat(.monthly, german, country: "DE")
        if let seats {
            charges.append(
                Charge(
                    id: "\(id)-seats", billingModel: .perUnit, billingPeriod: .monthly, createdAt: now,
                    featureID: FeatureID("seats"), maxUnitQuantity: Amount(100), minUnitQuantity: Amount(1),
                    price: Money(Amount(seats), "usd")))
        }
        if let calls {
            charges.append(
                Charge(
                    id: "\(id)-calls", billingModel: .usageBased, billingPeriod: .monthly, createdAt: now,
                    featureID: FeatureID("api"), price: Money(calls, "usd")))
        }
        var entitlements: [PackageEntitlement] = []
        if let api {
            entitlements = [
                .feature(
                    FeatureEntitlement(id: FeatureID("api"), createdAt: now, updatedAt: now, usageLimit: Amount(api)))
            ]
        }
        try publish(
            .plan, id,
            PackageBody(
                productID: "p", displayName: id, pricingType: charges.isEmpty ? .free : .paid, parentPlanID: parent,
                compatibleAddonIDs: compatible, defaultTrialConfig: trial,
                entitlements: entitlements, charges: charges, createdAt: now, updatedAt: now), all: all)
    }

    func addon(_ id: String, monthly: Int64, maxQuantity: Int64? = nil, dependencies: [String] = []) throws {
        let charge = Charge(
            id: id, billingModel: .flatFee, billingPeriod: .monthly, createdAt: now,
            price: Money(Amount(monthly), "usd"))
        try publish(
            .addon, id,
            PackageBody(
                productID: "p", displayName: id, pricingType: .paid, dependencies: dependencies,
                maxQuantity: maxQuantity, charges: [charge], createdAt: now, updatedAt: now), all: false)
    }

    func publish(_ kind: PackageKind, _ id: String, _ body: PackageBody, all: Bool) throws {
        try inScope { scope in
            let version = (try scope.catalog().package(kind, id)?.version ?? 0) + 1
            let key: [SQLValue] = [.text(kind.rawValue), .text(id)]
            let time = SQLValue.integer(scope.now.microseconds)
            try scope.connection.execute(
                """
                INSERT INTO packages(kind, id, product_id, created_at, published_version) VALUES ($1, $2, 'p', $3, $4)
                ON CONFLICT (kind, id) DO UPDATE SET published_version = excluded.published_version
                """, key + [time, .integer(version)])
            try scope.connection.execute(
                "INSERT INTO package_versions(kind, id, version, published_at, body) VALUES ($1, $2, $3, $4, $5)",
                key + [.integer(version), time, .text(StoredBody.encode(body))])
            try CatalogState.changed(on: scope.connection)
            if all { try SubscriptionMigration.packagePublished(kind, id, version, in: scope) }
        }
    }

    func archivePlan(_ id: String) throws {
        try inScope { scope in
            try scope.connection.execute(
                "UPDATE packages SET archived_at = $2 WHERE kind = 'plan' AND id = $1",
                [.text(id), .integer(scope.now.microseconds)])
            try CatalogState.changed(on: scope.connection)
        }
    }

    func settings(_ more: TextMap<Payload>) throws {
        let usual: TextMap<Payload> = [
            "subscriptionCancellationTime": "IMMEDIATE", "subscriptionEndSetup": "CANCEL_SUBSCRIPTION",
            "subscriptionStartSetup": "PLAN_SELECTION",
        ]
        try call(.updateProduct, ["id": "p", "productSettings": .object(usual.merging(more) { $1 })])
    }

    /// Provisions for customer `c`, and answers the subscription.
    @discardableResult
    func subscribe(_ plan: String, _ more: TextMap<Payload> = [:]) throws -> Payload {
        let input: TextMap<Payload> = ["customerId": "c", "planId": .string(plan)]
        let answer = try call(.provisionSubscription, .object(input.merging(more) { $1 }))
        return try #require(answer["subscription"])
    }

    func subscription(_ id: String) throws -> Payload { try call(.getSubscription, ["id": .string(id)]) }

    /// What was announced of subscriptions, in order: the type and the instant. The ends of billing months, which come
    /// beside all else, only where they are asked for.
    func announced(withMonths: Bool = false) throws -> [String] {
        try store.read {
            try $0.rows("SELECT type, payload FROM outbox ORDER BY sequence") { row in
                let at = try Payload(json: row.text(1))["timestamp"]?.text ?? "?"
                return "\(row.text(0)) \(at.prefix(16))"
            }
        }.filter { event in
            event.hasPrefix("subscription.") && (withMonths || !event.hasPrefix("subscription.billing_month."))
        }
    }

    /// The stored facts, for what no call answers.
    func record(_ id: String) throws -> SubscriptionRecord {
        try #require(try store.read { try SubscriptionTable(connection: $0).find(id) })
    }
}
