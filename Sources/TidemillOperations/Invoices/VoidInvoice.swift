public import TidemillCore

/// Voids an invoice that is final and not paid.
public enum VoidInvoice: ClientOperation {
    public struct Input: InvoiceNaming {
        public var id: String?
        public var customerID: CustomerID?
        public var invoiceNumber: String?
        public var rebill: Bool
        public var reason: String

        public static let shape = Shape(
            idField(\.id), payerField(\.customerID), numberField(\.invoiceNumber),
            required(
                "rebill", \.rebill, .boolean,
                "true: its lines wait for the next invoice as they were. false: what it charged is waived."),
            required("reason", \.reason, .reason, "Why."),
            make: Self.init, check: checkReference)
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
