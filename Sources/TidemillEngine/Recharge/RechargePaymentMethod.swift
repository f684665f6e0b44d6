import TidemillCore
import TidemillOperations

extension CallScope {
    /// What a recharge charges: the gateway's id of the customer's payment method. Nil where there is none, and then
    /// nothing may be charged.
    func paymentMethod(of customer: CustomerID) throws -> String? {
        try customers.find(customer)?.chargedMethod
    }

    /// Has the wallets looked at again that wait for a payment method, or whose purchase was declined with another one.
    func notePaymentMethod(of customer: Customer) throws {
        guard customer.chargedMethod != nil, customer.archivedAt == nil else { return }
        try WalletChanges.noteWaiting(for: .noPaymentMethod, of: customer.id, in: self)
        try WalletChanges.noteDeclined(of: customer.id, in: self)
    }
}

extension Customer {
    /// The id that a gateway knows the payment method by.
    fileprivate var chargedMethod: String? {
        guard let id = defaultPaymentMethod?.billingID, !id.isEmpty else { return nil }
        return id
    }
}
