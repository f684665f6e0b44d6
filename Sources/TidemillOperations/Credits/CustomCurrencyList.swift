/// Lists credit currencies, page by page.
public enum ListCustomCurrencies: ClientOperation {
    public struct Input: Paged {
        public var status: [CustomCurrency.Status]
        public var limit: Int64
        public var after: Cursor?
        public var before: Cursor?

        public static let shape = Shape(
            defaulted(
                "status", \.status, .oneOrMore(of: .choice), to: [.active],
                "Only currencies in this status; the active ones when left out."),
            limitField(\.limit), afterField(\.after), beforeField(\.before),
            make: Self.init, check: checkPaging)
    }

    public typealias Output = Page<CustomCurrency>

    public static let row = OperationRow(
        .listCustomCurrencies, of: Self.self,
        summary: "Credit currencies, oldest first.",
        effect: .read, subject: .nobody,
        route: .get("/api/v1/credits/custom-currencies"),
        errors: [],
        example: OperationRow.Example([:], after: CustomCurrencyReference.example.after))
}
