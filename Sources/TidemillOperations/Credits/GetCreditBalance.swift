public import TidemillCore

/// What a wallet holds. A customer without grants has an empty one.
public enum GetCreditBalance: ClientOperation {
    public struct Input: Shaped {
        public var customerID: CustomerID
        public var currencyID: String
        public var resourceID: String?

        public static let shape = Shape(
            required("customerId", \.customerID, .customerID, "Whose wallet."),
            required("currencyId", \.currencyID, .creditCurrencyID, "The credit currency."),
            optional("resourceId", \.resourceID, .resourceID, "The resource whose wallet it is."),
            make: Self.init)
    }

    public struct Output: Shaped {
        public var customerID: CustomerID
        public var currencyID: String
        public var resourceID: String?
        public var usageLimit: Amount
        public var currentUsage: Amount
        public var balance: Amount
        public var available: Amount
        public var reserved: Amount
        public var reservedOnExpiredGrants: Amount
        public var overdraft: Amount
        public var timestamp: Timestamp
        public var usagePeriodEnd: Timestamp?

        public init(
            customerID: CustomerID, currencyID: String, resourceID: String?, usageLimit: Amount, currentUsage: Amount,
            balance: Amount, available: Amount, reserved: Amount, reservedOnExpiredGrants: Amount, overdraft: Amount,
            timestamp: Timestamp, usagePeriodEnd: Timestamp?
        ) {
            self.customerID = customerID
            self.currencyID = currencyID
            self.resourceID = resourceID
            self.usageLimit = usageLimit
            self.currentUsage = currentUsage
            self.balance = balance
            self.available = available
            self.reserved = reserved
            self.reservedOnExpiredGrants = reservedOnExpiredGrants
            self.overdraft = overdraft
            self.timestamp = timestamp
            self.usagePeriodEnd = usagePeriodEnd
        }

        public static let shape = Shape(
            required("customerId", \.customerID, .customerID, "Whose wallet."),
            required("currencyId", \.currencyID, .creditCurrencyID, "The credit currency."),
            optional("resourceId", \.resourceID, .resourceID, "The resource whose wallet it is."),
            required("usageLimit", \.usageLimit, .amount, "Granted in all, by the grants in effect."),
            required("currentUsage", \.currentUsage, .amount, "Consumed plus held, of the grants in effect."),
            required("balance", \.balance, .amount, "Granted minus consumed: below zero in overdraft."),
            required("available", \.available, .amount, "The balance minus what is held: the sum of the ledger."),
            required("reserved", \.reserved, .amount, "Held by reservations; part of `currentUsage`."),
            required(
                "reservedOnExpiredGrants", \.reservedOnExpiredGrants, .amount,
                "Held on grants that have ended: can still be settled, and is in no other figure."),
            required("overdraft", \.overdraft, .amount, "Consumed beyond all grants."),
            required("timestamp", \.timestamp, .timestamp, "A version stamp: the last change of the wallet."),
            optional("usagePeriodEnd", \.usagePeriodEnd, .timestamp, "When the recurring credits in effect end."),
            make: Self.init)
    }

    public static let row = OperationRow(
        .getCreditBalance, of: Self.self,
        summary: "What a customer's credit wallet holds.",
        effect: .read, subject: .customer("customerId"),
        route: .get("/api/v1/credits/balance"),
        errors: [.customerNotFound, .customCurrencyNotFound],
        example: OperationRow.Example(
            ["customerId": "customer-acme", "currencyId": "credits-ai"], after: CreditExamples.granted))
}
