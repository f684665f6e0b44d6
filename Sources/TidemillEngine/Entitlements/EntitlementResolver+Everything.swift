import TidemillCore
import TidemillOperations

extension EntitlementResolver {
    /// All that a customer, or one resource of it, is entitled to now: features first, then credits.
    func everything(for customer: CustomerID, _ resource: String?) throws -> GetEntitlements.Output {
        let subject = try subject(customer, resource)
        if let denial = subject.denial {
            return GetEntitlements.Output(accessDeniedReason: denial, entitlements: [])
        }
        let features = try states(for: subject).map { EntitlementAccess.feature($0.access()) }
        let credits = try currencies(of: subject).map { currency in
            EntitlementAccess.credit(
                try CreditAccessCheck.perform(
                    CheckEntitlement.Input(customerID: customer, currencyID: currency, resourceID: resource),
                    isAsked: false, in: scope))
        }
        return GetEntitlements.Output(
            accessDeniedReason: subject.subscriptions.isEmpty && features.isEmpty && credits.isEmpty
                ? .noActiveSubscription : nil,
            entitlements: features + credits)
    }
}
