public import TidemillCore

/// Lists the invoices that a customer pays, page by page.
public enum ListInvoices: ClientOperation {
    public struct Input: Paged {
        public var id: CustomerID
        public var subscriptionID: String?
        public var stateIn: [InvoiceState]?
        public var includeDrafts: Bool
        public var issuedAfter: Timestamp?
        public var issuedBefore: Timestamp?
        public var limit: Int64
        public var after: Cursor?
        public var before: Cursor?

        public static let shape = Shape(
            required("id", \.id, .customerID, "Who pays.", aliases: ["customerId"]),
            optional("subscriptionId", \.subscriptionID, .text(1...255), "Only those of this subscription."),
            optional("stateIn", \.stateIn, .oneOrMore(of: .choice), "Only those that stand there."),
            defaulted("includeDrafts", \.includeDrafts, .boolean, to: false, "Whether drafts are among them."),
            optional("issuedAfter", \.issuedAfter, .timestamp, "Only those that became final after this instant."),
            optional("issuedBefore", \.issuedBefore, .timestamp, "Only those that became final before it."),
            limitField(\.limit), afterField(\.after), beforeField(\.before),
            make: Self.init, check: checkPaging)
    }

    public typealias Output = Page<CustomerInvoice>

    public static let row = OperationRow(
        .listInvoices, of: Self.self,
        summary: "The invoices that a customer pays, by the instants of their causes, oldest first.",
        effect: .read, subject: .customer("id"),
        route: .get("/api/v1/customers/{id}/invoices"),
        errors: [.customerNotFound],
        example: OperationRow.Example(["id": "customer-acme", "includeDrafts": true], after: InvoiceExample.made))
}
