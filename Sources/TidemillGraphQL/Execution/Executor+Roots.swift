import TidemillCore
import TidemillOperations

// Root fields that are more than one operation.
extension Executor {
    func make(_ maker: Maker?, _ input: RootInput, _ place: RootPlace) async throws -> Payload {
        switch maker {
        case .activeSubscriptions: try await activeSubscriptions(input.members)
        case .balances: try await balances(input.members)
        case .provisionedCustomer: try await provisionedCustomer(input.members, place)
        case .transferredSubscription: try await transferredSubscription(input.members, place)
        case .coupon: try await coupon(input.members, place)
        default: .null
        }
    }

    /// Of a customer, of one of its resources, or of several.
    private func activeSubscriptions(_ input: TextMap<Payload>) async throws -> Payload {
        var asked: TextMap<Payload> = ["customerId": input["customerId"] ?? .null, "status": ["ACTIVE", "IN_TRIAL"]]
        if let resource = input["resourceId"], !resource.isNull { asked["resourceId"] = resource }
        let all = try await whole(.listSubscriptions, asked)
        guard let resources = input["resourceIds"]?.items else { return .array(all) }
        return .array(all.filter { subscription in resources.contains { $0 == subscription["resourceId"] } })
    }

    /// One wallet, or all that ever held something.
    private func balances(_ input: TextMap<Payload>) async throws -> Payload {
        let isOne = input["currencyId"].map { !$0.isNull } ?? false
        var balances: [Payload] = []
        for currency in try await whole(.listCustomCurrencies, ["status": ["ACTIVE", "ARCHIVED"]]) {
            guard let id = currency["id"], !isOne || id == input["currencyId"] else { continue }
            var asked = input
            asked["currencyId"] = id
            let balance = try await ask(.getCreditBalance, asked)
            guard case .object(var members) = balance else { continue }
            let isUsed = ["usageLimit", "currentUsage", "balance"].contains { balance[$0].map { $0 != 0 } ?? false }
            guard isOne || isUsed else { continue }
            members["currency"] = currency
            balances.append(.object(members))
        }
        // What is not there is refused as the operation refuses it.
        if isOne, balances.isEmpty { _ = try await ask(.getCreditBalance, input) }
        return ["balances": .array(balances)]
    }

    /// The customer, and the subscription that is asked for along with it: two effects, one after the other.
    private func provisionedCustomer(_ input: TextMap<Payload>, _ place: RootPlace) async throws -> Payload {
        var input = input
        let parameters = input.removeValue(forKey: "subscriptionParams")
        let customer = try await perform(.provisionCustomer, .object(input), place)
        guard case .object(var wanted)? = parameters else {
            let entitlements = try await ask(.getEntitlements, ["customerId": customer["id"] ?? .null])
            return [
                "customer": customer, "subscriptionDecisionStrategy": "SKIPPED_SUBSCRIPTION_CREATION",
                "subscription": .null, "entitlements": entitlements["entitlements"] ?? .null,
            ]
        }
        wanted["customerId"] = customer["id"]
        let provisioned = try await perform(.provisionSubscription, .object(wanted), place)
        return [
            "customer": customer, "subscriptionDecisionStrategy": "REQUESTED_PLAN",
            "subscription": provisioned["subscription"] ?? .null, "entitlements": provisioned["entitlements"] ?? .null,
        ]
    }

    /// Documents name it by the resource that has it.
    private func transferredSubscription(_ input: TextMap<Payload>, _ place: RootPlace) async throws -> Payload {
        let all = try await whole(
            .listSubscriptions, ["customerId": input["customerId"] ?? .null, "status": ["ACTIVE", "IN_TRIAL"]])
        let source = input["sourceResourceId"] ?? .null
        let found = all.filter { ($0["resourceId"] ?? .null) == source }
        guard let subscription = found.first, found.count == 1, let id = subscription["id"] else {
            throw Problem(
                OperationError.Code.subscriptionNotFound.rawValue,
                "transferSubscription: the resource has \(found.count) active subscriptions, one is moved; use transferSubscriptionToResource"
            )
        }
        return try await perform(
            .transferSubscription, ["id": id, "destinationResourceId": input["destinationResourceId"] ?? .null], place)
    }

    /// What is taken off may be told by its type and value.
    private func coupon(_ input: TextMap<Payload>, _ place: RootPlace) async throws -> Payload {
        var input = input
        let type = input.removeValue(forKey: "type")
        let value = input.removeValue(forKey: "discountValue")
        if type == "PERCENTAGE", let value, !value.isNull, input["percentOff"]?.isNull ?? true {
            input["percentOff"] = value
        }
        return try await perform(.createCoupon, .object(input), place)
    }
}
