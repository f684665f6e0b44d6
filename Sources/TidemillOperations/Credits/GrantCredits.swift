public import TidemillCore

/// Gives a customer credits.
public enum GrantCredits: ClientOperation {
    public struct Input: Shaped {
        public var customerID: CustomerID
        public var currencyID: String
        public var amount: Amount
        public var grantType: GrantedType
        public var displayName: String?
        public var cost: Money?
        public var effectiveAt: Timestamp?
        public var expireAt: Timestamp?
        public var priority: Int64
        public var resourceID: String?
        public var comment: String?
        public var metadata: TextMap<String>?
        public var paymentCollectionMethod: PaymentMethod?
        public var awaitPaymentConfirmation: Bool
        public var billingInformation: Billing?

        public static let shape = Shape(
            required("customerId", \.customerID, .customerID, "Who gets the credits."),
            required("currencyId", \.currencyID, .creditCurrencyID, "The credit currency."),
            required("amount", \.amount, .positiveAmount, "How many credits."),
            required("grantType", \.grantType, .choice, "PAID for bought credits, PROMOTIONAL for a gift."),
            optional("displayName", \.displayName, .text(1...255), "What people see; the currency's name if left out."),
            optional("cost", \.cost, .price, "What is paid for all of them; not for PROMOTIONAL."),
            optional("effectiveAt", \.effectiveAt, .timestamp, "Usable from here on; at once when left out."),
            optional("expireAt", \.expireAt, .timestamp, "Usable until here; for ever when left out."),
            defaulted("priority", \.priority, .integer(0...100), to: 50, "Lower burns first; 50 when left out."),
            optional("resourceId", \.resourceID, .resourceID, "The resource whose wallet gets them."),
            optional("comment", \.comment, .text(0...255), "A note."),
            optional("metadata", \.metadata, .metadata, "Texts of your own."),
            optional(
                "paymentCollectionMethod", \.paymentCollectionMethod, .choice,
                "With INVOICE the credits wait for a webhook about the payment, or for settleCreditGrant; NONE and CHARGE give them at once."
            ),
            defaulted(
                "awaitPaymentConfirmation", \.awaitPaymentConfirmation, .boolean, to: true,
                "Accepted for the API's sake; charging is done by auto-recharge only."),
            optional("billingInformation", \.billingInformation, .object("billing information"), "Of an invoice."),
            make: Self.init,
            check: { (input, path) throws(InputProblem) in
                guard let cost = input.cost else { return }
                guard input.grantType == .paid || cost.amount == .zero else {
                    throw InputProblem([
                        "'\(path.member("cost"))' is for PAID grants; leave it out for a PROMOTIONAL one"
                    ])
                }
            })
    }

    public enum PaymentMethod: String, WireEnum {
        case charge = "CHARGE"
        case invoice = "INVOICE"
        case none = "NONE"
    }

    public struct Billing: Shaped {
        public var billingAddress: TextMap<Payload>?
        public var invoiceDaysUntilDue: Int64?
        public var isInvoicePaid: Bool?

        public static let shape = Shape(
            optional("billingAddress", \.billingAddress, .anyObject, "Kept for the billing system."),
            optional(
                "invoiceDaysUntilDue", \.invoiceDaysUntilDue, .integer(0...3650),
                "From then on an unpaid invoice shows in `tidemill status`; billing.invoice_due when left out."),
            optional("isInvoicePaid", \.isInvoicePaid, .boolean, "The invoice is paid: the credits need not wait."),
            make: Self.init)
    }

    public typealias Output = CreditGrant

    public static let row = OperationRow(
        .grantCredits, of: Self.self,
        summary: "Gives a customer credits, now or from a date on.",
        effect: .write, subject: .customer("customerId"),
        route: .post("/api/v1/credits/grants"),
        errors: [
            .customerNotFound, .entityIsArchived, .customCurrencyNotFound, .expireAtMustBeLaterThanEffectiveAt,
            .invalidArgument,
        ],
        example: OperationRow.Example(
            [
                "customerId": "customer-acme", "currencyId": "credits-ai", "amount": 500, "grantType": "PAID",
                "displayName": "500 credits", "cost": ["amount": 50, "currency": "usd"], "priority": 1,
                "expireAt": "2030-01-01T00:00:00Z",
            ], after: CreditExamples.customer))
}

/// What examples of credit operations begin with.
enum CreditExamples {
    static let customer: [(id: OperationID, input: Payload)] = [
        (.provisionCustomer, ["id": "customer-acme"]),
        (
            .createCustomCurrency,
            ["id": "credits-ai", "displayName": "AI credits", "units": ["singular": "credit", "plural": "credits"]]
        ),
    ]

    static let granted: [(id: OperationID, input: Payload)] =
        customer + [
            (
                .grantCredits,
                [
                    "customerId": "customer-acme", "currencyId": "credits-ai", "amount": 500,
                    "grantType": "PROMOTIONAL", "displayName": "Welcome",
                ]
            )
        ]

    /// The id of the grant that `granted` makes.
    static let grantID = CreditGrantID.make(
        customer: CustomerID("customer-acme"), currency: "credits-ai", resource: "", sequence: 1)
}
