public import TidemillCore

/// Shows one invoice.
public enum GetInvoice: ClientOperation {
    public struct Input: Shaped {
        public var id: String?
        public var customerID: CustomerID?
        public var invoiceNumber: String?

        public static let shape = Shape(
            optional("id", \.id, .text(1...255), "The invoice.", aliases: ["invoiceId"]),
            optional("customerId", \.customerID, .customerID, "Who pays, with `invoiceNumber`."),
            optional("invoiceNumber", \.invoiceNumber, .text(1...32), "Its number, in place of the id."),
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
        .getInvoice, of: Self.self,
        summary: "An invoice with its lines, by its id, or by who pays and its number.",
        effect: .read, subject: .customer("customerId"),
        route: .get("/api/v1/invoices/{id}"),
        errors: InvoiceExample.errors,
        example: OperationRow.Example(
            ["customerId": "customer-acme", "invoiceNumber": "0001"], after: InvoiceExample.made))
}
