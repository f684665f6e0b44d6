/// The input of operations on one credit currency that need nothing but its id.
public struct CustomCurrencyReference: Shaped {
    public var currencyID: String

    public init(currencyID: String) {
        self.currencyID = currencyID
    }

    public static let shape = Shape(
        required("currencyId", \.currencyID, .currencyID, "The currency.", aliases: ["id"]), make: Self.init)

    /// What the examples on one currency begin with.
    static let example = OperationRow.Example(
        ["currencyId": "credits-ai"], after: [(.createCustomCurrency, CreateCustomCurrency.row.example.input)])
}

/// Takes a credit currency out of use.
public enum ArchiveCustomCurrency: ClientOperation {
    public typealias Input = CustomCurrencyReference
    public typealias Output = CustomCurrency

    public static let row = OperationRow(
        .archiveCustomCurrency, of: Self.self,
        summary: "Archives a credit currency; refused while a plan or add-on on offer uses it.",
        effect: .write, subject: .nobody,
        route: .post("/api/v1/credits/custom-currencies/{currencyId}/archive"),
        errors: [.customCurrencyNotFound, .integrityViolation, .idempotencyConflict],
        example: CustomCurrencyReference.example)
}

/// Brings an archived credit currency back.
public enum UnarchiveCustomCurrency: ClientOperation {
    public typealias Input = CustomCurrencyReference
    public typealias Output = CustomCurrency

    public static let row = OperationRow(
        .unarchiveCustomCurrency, of: Self.self,
        summary: "Brings an archived credit currency back, with the balances that customers have in it.",
        effect: .write, subject: .nobody,
        route: .post("/api/v1/credits/custom-currencies/{currencyId}/unarchive"),
        errors: [.customCurrencyNotFound, .tooManyCustomCurrencies, .idempotencyConflict],
        example: OperationRow.Example(
            ["currencyId": "credits-ai"],
            after: CustomCurrencyReference.example.after + [(.archiveCustomCurrency, ["currencyId": "credits-ai"])]))
}

/// Tells what uses a credit currency.
public enum ListCustomCurrencyEntities: ClientOperation {
    public typealias Input = CustomCurrencyReference

    /// All of them: the API's own answer is not paged either. Like every list it says so in `pagination`.
    public struct Output: Shaped {
        public var data: [CustomCurrencyEntity]
        public var pagination: Pagination

        public init(data: [CustomCurrencyEntity], pagination: Pagination = Pagination(next: nil, prev: nil)) {
            self.data = data
            self.pagination = pagination
        }

        public static let shape = Shape(
            required(
                "data", \.data, .list(of: .object("entity"), "entities", 0...100_000),
                "The plans and add-ons that use it, by type and id."),
            required("pagination", \.pagination, .object("pagination"), "Always without neighbours."),
            make: Self.init)
    }

    public static let row = OperationRow(
        .listCustomCurrencyEntities, of: Self.self,
        summary: "The plans and add-ons that grant, price or sell credits of a currency.",
        effect: .read, subject: .nobody,
        route: .get("/api/v1/credits/custom-currencies/{currencyId}/associated-entities"),
        errors: [.customCurrencyNotFound],
        example: CustomCurrencyReference.example)
}

/// A plan or add-on that uses a credit currency.
public struct CustomCurrencyEntity: Shaped, Hashable {
    public enum Kind: String, WireEnum {
        case plan = "PLAN"
        case addon = "ADDON"
    }

    public var id: String
    public var displayName: String
    public var type: Kind

    public init(id: String, displayName: String, type: Kind) {
        self.id = id
        self.displayName = displayName
        self.type = type
    }

    public static let shape = Shape(
        required("id", \.id, .text(1...255), "Its id."),
        required("displayName", \.displayName, .text(1...255), "What people read."),
        required("type", \.type, .choice, "What it is."),
        make: Self.init)
}
