public import TidemillCore

/// Sets a wallet's auto-recharge up, changes it, or ends it. REST has no write; the fields are those of the GraphQL
/// mutation `saveAutoRechargeSettings`, in either spelling of its enums.
public enum SaveAutoRecharge: ClientOperation {
    public struct Input: Shaped {
        public var customerID: CustomerID
        public var currencyID: String
        public var isEnabled: Bool
        public var thresholdType: AutoRechargeSettings.ThresholdType?
        public var thresholdValue: Amount?
        public var targetBalance: Amount?
        public var maxSpendLimit: Change<Amount>
        public var grantExpirationPeriod: AutoRechargeSettings.GrantExpirationPeriod?

        public static let shape = Shape(
            required("customerId", \.customerID, .customerID, "The customer."),
            required(
                "currencyId", \.currencyID, .currencyID, "The credit currency."),
            required("isEnabled", \.isEnabled, .boolean, "Whether the customer agrees to be charged."),
            changeable(
                "thresholdType", \.thresholdType, .choice, "The unit of threshold and target; CREDIT_AMOUNT at first."),
            changeable(
                "thresholdValue", \.thresholdValue, .amount,
                "A balance below it is recharged, at once too. Not negative."),
            changeable(
                "targetBalance", \.targetBalance, .amount, "The balance after a recharge; above the threshold."),
            clearable(
                "maxSpendLimit", \.maxSpendLimit, .amount,
                "What a calendar month (UTC) may cost, in the currency of the credits' price; null for no limit."),
            changeable(
                "grantExpirationPeriod", \.grantExpirationPeriod, .choice,
                "How long the bought credits live; 1_YEAR at first."),
            make: Self.init
        ) { input, path throws(InputProblem) in
            try notNegative(input.thresholdValue, path.member("thresholdValue"))
            try notNegative(input.targetBalance, path.member("targetBalance"))
            if case .set(let limit) = input.maxSpendLimit { try notNegative(limit, path.member("maxSpendLimit")) }
        }

        private static func notNegative(_ value: Amount?, _ path: FieldPath) throws(InputProblem) {
            guard let value, value < .zero else { return }
            throw .expected("a number that is not negative", at: path, got: value.description)
        }
    }

    public typealias Output = AutoRechargeSettings

    public static let row = OperationRow(
        .saveAutoRecharge, of: Self.self,
        summary:
            "Sets up when and up to what a customer's credits are recharged, or ends it; enabling it again lets a stopped wallet go on.",
        effect: .write, subject: .customer("customerId"),
        route: .post("/api/v1/credits/auto-recharge"),
        errors: [
            .customerNotFound, .customCurrencyNotFound, .entityIsArchived, .invalidArgument, .idempotencyConflict,
        ],
        example: OperationRow.Example(
            AutoRechargeExample.settings, after: AutoRechargeExample.customerAndCurrency))
}
