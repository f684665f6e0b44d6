import TidemillCore
import TidemillOperations

// Values that are calculated.
extension Executor {
    /// What becomes of the answer of a root field's operation.
    func made(_ maker: Maker, of answer: Payload) -> Payload {
        switch maker {
        case .measurement: ReportUsageBulk.withWallets(answer).first ?? .null
        case .measurements: .array(ReportUsageBulk.withWallets(answer))
        default: .null
        }
    }

    private static let active: Payload = ["ACTIVE", "IN_TRIAL"]

    /// Nil where it is not made of this object: the next source is asked.
    func make(_ maker: Maker, _ scope: Scope) async throws -> Payload? {
        switch maker {
        case .environment: return .string(DerivedUUID.text(of: "environment", ""))
        case .featureEntitlements:
            return scope.value["entitlements"]?.items.map { items in
                .array(items.filter { $0["type"]?.text != "CREDIT" })
            } ?? .null
        case .ungroupedUsage:
            let series = scope.value["series"]?.items ?? []
            return series.first { $0["tags"]?.items?.isEmpty ?? true }?["points"] ?? []
        case .groupedUsage:
            let series = scope.value["series"]?.items ?? []
            let groups = series.filter { !($0["tags"]?.items?.isEmpty ?? true) }
            return groups.isEmpty ? .null : .array(groups)
        case .hasPaymentMethod: return .boolean(!(scope.value["defaultPaymentMethod"] ?? .null).isNull)
        case .hasActiveSubscription:
            guard let id = scope.value["id"] else { return nil }
            let page = try await ask(.listSubscriptions, ["customerId": id, "status": Self.active, "limit": 1])
            return .boolean(!(page["data"]?.items ?? []).isEmpty)
        case .subscriptionsByPricingType:
            guard let id = scope.value["id"] else { return nil }
            let all = try await whole(.listSubscriptions, ["customerId": id, "status": Self.active])
            let types = Dictionary(grouping: all) { $0["pricingType"]?.text ?? "" }
            return .array(
                types.keys.sorted().map { type in
                    ["pricingType": .string(type), "totalCount": .integer(Int64(types[type]?.count ?? 0))]
                })
        case .resource:
            guard let id = scope.value["resourceId"], !id.isNull else { return .null }
            return ["id": id]
        case .billingModel: return Self.billingModel(of: scope)
        case .currency: return try await currency(of: scope.value)
        case .wholeEntitlements:
            return scope.value["packageEntitlements"] == nil ? nil : scope.value["entitlements"]
        case .inherited: return .array(try await inherited(by: scope.value))
        case .inheritedFeatures:
            return .array(try await inherited(by: scope.value).filter { $0["type"]?.text != "CREDIT" })
        case .totalExcludingTax: return Self.totalExcludingTax(scope.value["invoice"] ?? scope.value)
        case .discountValue:
            let percent = scope.value["percentOff"] ?? .null
            return percent.isNull ? scope.value["amountsOff"]?.items?.first?["amount"] : percent
        case .pageInfo:
            let next = scope.value["pagination"]?["next"] ?? .null
            return ["endCursor": next, "hasNextPage": .boolean(!next.isNull)]
        case .now: return Payload(now)
        case .measurement, .measurements, .activeSubscriptions, .balances, .provisionedCustomer,
            .transferredSubscription, .coupon:
            return nil
        }
    }

    /// Of a price of a subscription: what it has a quantity of is per unit, other features are paid as they are used.
    private static func billingModel(of scope: Scope) -> Payload {
        guard case .string(let feature)? = scope.value["featureId"] else { return "FLAT_FEE" }
        var outer: Scope? = scope
        while let object = outer, object.value["charges"] == nil { outer = object.outer }
        let isBought = outer?.value["charges"]?.items?.contains { $0["id"] == .string(feature) } ?? false
        return isBought ? "PER_UNIT" : "USAGE_BASED"
    }

    private static func totalExcludingTax(_ invoice: Payload) -> Payload {
        guard let total = amount(invoice["total"]), let currency = invoice["currency"] else { return .null }
        return ["amount": Payload(total - (amount(invoice["tax"]) ?? .zero)), "currency": currency]
    }

    private static func amount(_ value: Payload?) -> Amount? {
        switch value {
        case .integer(let units)?: Amount(units)
        case .number(let digits)?: Amount(digits)
        default: nil
        }
    }

    /// Of what grants credits, or sells them.
    private func currency(of value: Payload) async throws -> Payload? {
        let id: Payload? =
            if value["type"]?.text == "CREDIT" {
                value["id"]
            } else {
                value["topUpCustomCurrencyId"].flatMap { $0.isNull ? nil : $0 } ?? value["creditRate"]?["currencyId"]
            }
        guard let id, !id.isNull else { return .null }
        return try await whole(.listCustomCurrencies, ["status": ["ACTIVE", "ARCHIVED"]]).first { $0["id"] == id }
            ?? .null
    }

    /// What a plan has of those it is built on, and not of its own.
    private func inherited(by plan: Payload) async throws -> [Payload] {
        guard let id = plan["id"] else { return [] }
        func given(_ id: Payload) async throws -> [Payload] {
            try await ask(.listPlanEntitlements, ["planId": id])["data"]?.items ?? []
        }
        var own = Set(try await given(id).compactMap { $0["id"] })
        var inherited: [Payload] = []
        var parent = plan["parentPlanId"] ?? .null
        for _ in 0..<Bounds.depthMax where !parent.isNull {
            for entitlement in try await given(parent) {
                if let id = entitlement["id"], own.insert(id).inserted { inherited.append(entitlement) }
            }
            parent = try await ask(.getPlan, ["id": parent])["parentPlanId"] ?? .null
        }
        return inherited
    }
}
