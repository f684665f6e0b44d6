import TidemillCore
import TidemillOperations

/// An operation's input in the form in which the service takes it: what it demands to be there, null where it says
/// nothing, and the lists that one stands for.
enum RequestBody {
    static func rewritten(_ row: OperationRow, _ members: TextMap<Payload>) -> TextMap<Payload> {
        var members = members
        switch row.id {
        case .reportUsage: return ["usages": [.object(members)]]
        case .reportEvent: if members["events"] == nil { return ["events": [.object(members)]] }
        case .updateFeature, .createFeature:
            if case .object(var meter)? = members["meter"] {
                if meter["filters"] == nil { meter["filters"] = [] }
                // None were given: `check` refuses those that are.
                meter["groupBy"] = nil
                members["meter"] = .object(meter)
            }
        case .createCoupon:
            for name in ["amountsOff", "description", "durationInMonths", "metadata", "percentOff"]
            where members[name] == nil { members[name] = .null }
        case .grantPromotionalEntitlements:
            let names = row.input.first { $0.name == "promotionalEntitlements" }?.fields.map(\.name) ?? []
            let grants = members["promotionalEntitlements"]?.items ?? []
            members["promotionalEntitlements"] = .array(grants.map { filled($0, names) })
        case .publishPlan, .publishAddon:
            if members["migrationType"] == nil { members["migrationType"] = "NEW_CUSTOMERS" }
        case .grantCredits:
            if members["displayName"] == nil { members["displayName"] = members["currencyId"] }
        case .updatePlan, .updateAddon:
            // Prices without a word of what they make of the package are paid.
            if case .object(var pricing)? = members["charges"], pricing["pricingType"] == nil {
                pricing["pricingType"] = "PAID"
                members["charges"] = .object(pricing)
            }
        default: break
        }
        if let charges = members["charges"]?.items {
            members["charges"] = .array(charges.map { typed($0) })
        }
        return members
    }

    /// Every one of the names is there, null where nothing is said.
    private static func filled(_ value: Payload, _ names: [String]) -> Payload {
        guard case .object(var members) = value else { return value }
        for name in names where members[name] == nil { members[name] = .null }
        return .object(members)
    }

    /// A charge of a subscription is for a feature where it does not say what it is for.
    private static func typed(_ charge: Payload) -> Payload {
        guard case .object(var members) = charge, members["type"] == nil else { return charge }
        members["type"] = "FEATURE"
        return .object(members)
    }

    /// Amounts that the service would round, or not take.
    static func check(_ row: OperationRow, _ input: Payload) throws(OperationError) {
        if input["meter"]?["groupBy"]?.items?.isEmpty == false {
            throw OperationError(
                .notOnStigg, "\(row.id.rawValue): a meter of Stigg has no 'groupBy': leave it out")
        }
        guard row.report != nil || [.grantCredits, .consumeCredits, .estimateUsageCost].contains(row.id) else { return }
        try check(input, row, "")
    }

    private static func check(_ value: Payload, _ row: OperationRow, _ place: String) throws(OperationError) {
        switch value {
        case .array(let items):
            for (index, item) in items.enumerated() { try check(item, row, "\(place)[\(index)]") }
        case .object(let members):
            for (name, member) in members where name != "dimensions" && name != "metadata" {
                try check(member, row, place.isEmpty ? name : "\(place).\(name)")
            }
        case .number(let digits):
            guard let amount = Amount(digits) else { return }
            let (units, fraction) = amount.nanos.quotientAndRemainder(dividingBy: Amount.nanosPerUnit)
            guard fraction % 10_000 == 0, fraction == 0 || units.magnitude < 1 << 35 else {
                throw OperationError(
                    .badUserInput,
                    "\(row.id.rawValue): '\(place)' is \(digits.prefix(40)); Stigg keeps 5 digits after the point, and those of numbers below 34359738368 only: round it"
                )
            }
        default: return
        }
    }
}
