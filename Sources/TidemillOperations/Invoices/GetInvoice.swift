public import TidemillCore

/// Shows one invoice.
public enum GetInvoice: ClientOperation {
    public struct Input: InvoiceNaming {
        public var id: String?
        public var customerID: CustomerID?
        public var invoiceNumber: String?

        public static let shape = Shape(
            idField(\.id), payerField(\.customerID), numberField(\.invoiceNumber),
            make: Self.init, check: checkReference)
    }

    public typealias Output = CustomerInvoice

    public static let row = OperationRow(
        .getInvoice, of: Self.self,
        summary: "An invoice with its lines, by its id, or by who pays and its number.",
        effect: .read, subject: .customer("customerId"),
        route: .get("/api/v1/invoices/{id}"),
        errors: InvoiceExample.errors,
        example: OperationRow.Example(
            ["customerId": "customer-acme", "invoiceNumber": "0001"], after: InvoiceExample.made))
}
