import TidemillCore
import TidemillOperations

/// The credit half of a check: what the wallet has left against what is asked for. Holding credits is refused here.
enum CreditAccessCheck {
    static func perform(_ input: CheckEntitlement.Input, in scope: CallScope) throws -> CreditAccess {
        let id = input.currencyID ?? ""
        guard let currency = try scope.catalog().currency(id) else {
            throw OperationError(
                .customCurrencyNotFound,
                "checkEntitlement: there is no credit currency \"\(id)\"; create it with createCustomCurrency")
        }
        guard input.reserveAmount == nil else {
            throw OperationError(
                .operationNotAvailable, "checkEntitlement: 'reserveAmount' must be left out; credits cannot be held yet"
            )
        }
        let balance = try Wallets(scope).balance(
            Wallet(customerID: input.customerID, currencyID: id, resourceID: input.resourceID))
        let isGranted = balance.available >= input.requestedUsage ?? .zero
        return CreditAccess(
            accessDeniedReason: isGranted ? nil : .insufficientCredits,
            currency: CurrencyRef(
                currencyID: id, displayName: currency.displayName, description: currency.description,
                metadata: currency.metadata, unitPlural: currency.units?.plural,
                unitSingular: currency.units?.singular),
            currentUsage: balance.currentUsage, isGranted: isGranted, usageLimit: balance.granted,
            usageUpdatedAt: balance.changedAt, reserved: balance.held,
            reservedOnExpiredGrants: balance.heldOnEndedGrants, validUntil: try scope.due.earliest(of: input.customerID)
        )
    }
}
