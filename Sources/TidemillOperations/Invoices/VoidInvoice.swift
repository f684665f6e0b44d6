public import TidemillCore

/// Voids an invoice that is final and not paid.
public enum VoidInvoice: ClientOperation {
    public struct Input: Shaped {
        public var id: String?
        public var customerID: CustomerID?
        public var invoiceNumber: String?
        public var rebill: Bool
        public var reason: String

        public static let shape = Shape(
            optional("id", \.id, .text(1...255), "The invoice.", aliases: ["invoiceId"]),
            optional("customerId", \.customerID, .customerID, "Who pays; found by the id when left out."),
            optional("invoiceNumber", \.invoiceNumber, .text(1...32), "Its number, in place of the id."),
            required(
                "rebill", \.rebill, .boolean,
                "true: its lines wait for the next invoice as they were. false: what it charged is waived."),
            required("reason", \.reason, .text(1...1000), "Why."),
            make: Self.init, check: check)

        static func check(_ input: Self, _ path: FieldPath) throws(InputProblem) {
            try InvoiceReference.check(input.id, input.customerID, input.invoiceNumber)
        }

        public var reference: InvoiceReference {
            InvoiceReference(id: id, customerID: customerID, number: invoiceNumber)
        }
    }

    public typealias Output = CustomerInvoice

    public static let row = OperationRow(
        .voidInvoice, of: Self.self,
        summary:
            "Voids a final invoice that is not paid: number and content stay, what it charged is waived or billed anew.",
        effect: .write, subject: .customer("customerId"),
        route: .post("/api/v1/invoices/{id}/void"),
        errors: [.invoiceNotFound, .invoiceNotOpen, .idempotencyConflict],
        example: OperationRow.Example(
            [
                "customerId": "customer-acme", "invoiceNumber": "0001", "rebill": false,
                "reason": "goodwill after the outage",
            ], after: InvoiceExample.made))
}
