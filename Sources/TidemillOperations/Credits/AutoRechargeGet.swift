public import TidemillCore

/// The auto-recharge settings of a wallet.
public enum GetAutoRecharge: ClientOperation {
    public struct Input: Shaped {
        public var customerID: CustomerID
        public var currencyID: String

        public static let shape = Shape(
            required("customerId", \.customerID, .customerID, "The customer."),
            required(
                "currencyId", \.currencyID, .currencyID, "The credit currency."),
            make: Self.init)
    }

    public typealias Output = AutoRechargeSettings

    public static let row = OperationRow(
        .getAutoRecharge, of: Self.self,
        summary: "When and up to what a customer's credits are recharged; defaults, disabled, where nothing is saved.",
        effect: .read, subject: .customer("customerId"),
        route: .get("/api/v1/credits/auto-recharge"),
        errors: [.customerNotFound, .customCurrencyNotFound],
        example: OperationRow.Example(
            ["customerId": "customer-acme", "currencyId": "credits-ai"],
            after: AutoRechargeExample.customerAndCurrency + [(.saveAutoRecharge, AutoRechargeExample.settings)]))
}

/// What the examples of both operations stand on.
enum AutoRechargeExample {
    static let customerAndCurrency: [(id: OperationID, input: Payload)] = [
        (.provisionCustomer, ["id": "customer-acme", "name": "Acme"]),
        (.createCustomCurrency, CreateCustomCurrency.row.example.input),
    ]

    static let settings: Payload = [
        "customerId": "customer-acme", "currencyId": "credits-ai", "isEnabled": true,
        "thresholdType": "CREDIT_AMOUNT", "thresholdValue": 20, "targetBalance": 50, "maxSpendLimit": 500,
        "grantExpirationPeriod": "1_MONTH",
    ]
}
