public import TidemillCore

/// What a person knows about the payment of credits that were granted by INVOICE, where no webhook says it.
public enum SettleCreditGrant: ClientOperation {
    public struct Input: Shaped {
        public var id: String
        public var customerID: CustomerID?
        public var outcome: PaymentOutcome
        public var paymentID: String?
        public var reason: String

        public static let shape = Shape(
            required("id", \.id, .creditGrantID, "The grant.", aliases: ["grantId"]),
            optional("customerId", \.customerID, .customerID, "Whose it is; found by the id when left out."),
            required("outcome", \.outcome, .choice, "PAID makes the credits usable, FAILED voids the grant."),
            optional(
                "paymentId", \.paymentID, .text(1...255),
                "The payment, where it has an id: a webhook about the same one changes nothing then."),
            required("reason", \.reason, .text(1...255), "How you know."),
            make: Self.init)
    }

    public enum PaymentOutcome: String, WireEnum {
        case paid = "PAID"
        case failed = "FAILED"

        public static let alternatives: [String: PaymentOutcome] = ["paid": .paid, "failed": .failed]
    }

    public typealias Output = CreditGrant

    public static let row = OperationRow(
        operator: .settleCreditGrant, of: Self.self,
        summary: "Ends the wait of credits that were granted by INVOICE: they are paid, or never will be.",
        effect: .write, subject: .customer("customerId"),
        errors: [.creditGrantNotFound, .paymentNotAwaited],
        example: OperationRow.Example(
            [
                "id": .string(CreditExamples.grantID), "outcome": "PAID", "paymentId": "transfer-7781",
                "reason": "on the bank statement of 3 October",
            ],
            after: CreditExamples.customer + [
                (
                    .grantCredits,
                    [
                        "customerId": "customer-acme", "currencyId": "credits-ai", "amount": 500, "grantType": "PAID",
                        "cost": ["amount": 50, "currency": "usd"], "paymentCollectionMethod": "INVOICE",
                    ]
                )
            ]))
}
