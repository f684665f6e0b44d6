/// Notes that an invoice was paid. Nobody is charged by it.
public enum MarkInvoiceAsPaid: ClientOperation {
    public struct Input: Shaped {
        public var id: String
        public var invoiceID: String?

        public static let shape = Shape(
            required("id", \.id, .text(1...255), "The subscription.", aliases: ["subscriptionId"]),
            optional(
                "invoiceId", \.invoiceID, .text(1...255), "Which of its invoices; the latest one when left out."),
            make: Self.init)
    }

    public struct Output: Shaped {
        public var id: String
        public var invoiceID: String
        public var state: InvoiceState

        public init(id: String, invoiceID: String, state: InvoiceState) {
            self.id = id
            self.invoiceID = invoiceID
            self.state = state
        }

        public static let shape = Shape(
            required("id", \.id, .text(1...255), "The subscription."),
            required("invoiceId", \.invoiceID, .text(1...255), "The invoice."),
            required("state", \.state, .choice, "Where it stands now."),
            make: Self.init)
    }

    public static let row = OperationRow(
        .markInvoiceAsPaid, of: Self.self,
        summary: "Notes that the latest invoice of a subscription, or the one that is named, was paid; once.",
        effect: .write, subject: .subscription("id"),
        route: .post("/api/v1/subscriptions/{id}/invoice/paid"),
        errors: [.subscriptionNotFound, .invoiceNotFound, .invoiceNotOpen, .idempotencyConflict],
        example: OperationRow.Example(["id": "subscription-acme"], after: InvoiceExample.made))
}
