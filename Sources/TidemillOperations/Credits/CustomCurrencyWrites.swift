public import TidemillCore

/// Creates a credit currency.
public enum CreateCustomCurrency: ClientOperation {
    public struct Input: Shaped, Hashable {
        public var id: String
        public var displayName: String
        public var description: String?
        public var symbol: String?
        public var units: CustomCurrency.Units?
        public var metadata: TextMap<String>
        public var creditPrice: Money?

        public init(
            id: String, displayName: String, description: String? = nil, symbol: String? = nil,
            units: CustomCurrency.Units? = nil, metadata: TextMap<String> = [:], creditPrice: Money? = nil
        ) {
            self.id = id
            self.displayName = displayName
            self.description = description
            self.symbol = symbol
            self.units = units
            self.metadata = metadata
            self.creditPrice = creditPrice
        }

        public static let shape = Shape(
            required("id", \.id, .newCurrencyID, "The currency's id.", aliases: ["currencyId"]),
            required("displayName", \.displayName, .text(1...255), "What people read."),
            optional("description", \.description, .text(max: 4096), "What it is for."),
            optional("symbol", \.symbol, .text(max: 16), "Its sign."),
            optional("units", \.units, .object("units"), "What one and many of its credits are called."),
            defaulted("metadata", \.metadata, .metadata, to: [:], "Your own notes."),
            optional(
                "creditPrice", \.creditPrice, .positiveMoney(isPaid: false),
                "What one credit costs where no plan has a price for it."),
            make: Self.init)
    }

    public typealias Output = CustomCurrency

    public static let row = OperationRow(
        .createCustomCurrency, of: Self.self,
        summary: "Creates a credit currency: a unit in which customers hold, buy and spend credits.",
        effect: .write, subject: .nobody,
        route: .post("/api/v1/credits/custom-currencies"),
        errors: [.duplicatedEntity, .tooManyCustomCurrencies, .idempotencyConflict],
        example: OperationRow.Example([
            "id": "credits-ai", "displayName": "AI credits", "units": ["singular": "credit", "plural": "credits"],
            "creditPrice": ["amount": .number("0.01"), "currency": "usd"],
        ]))
}

/// Changes some fields of a credit currency.
public enum UpdateCustomCurrency: ClientOperation {
    public struct Input: Shaped {
        public var currencyID: String
        public var displayName: String?
        public var description: Change<String>
        public var symbol: Change<String>
        public var units: CustomCurrency.Units?
        public var metadata: Change<TextMap<String>>
        public var creditPrice: Change<Money>

        public static let shape = Shape(
            required("currencyId", \.currencyID, .currencyID, "The currency.", aliases: ["id"]),
            changeable("displayName", \.displayName, .text(1...255), "What people read."),
            clearable("description", \.description, .text(max: 4096), "What it is for; \"\" clears it."),
            clearable("symbol", \.symbol, .text(max: 16), "Its sign; \"\" clears it."),
            changeable("units", \.units, .object("units"), "What one and many of its credits are called."),
            clearable("metadata", \.metadata, .metadata, "Your own notes, replaced as a whole."),
            clearable(
                "creditPrice", \.creditPrice, .positiveMoney(isPaid: false),
                "What one credit costs where no plan has a price for it."),
            make: Self.init)
    }

    public typealias Output = CustomCurrency

    public static let row = OperationRow(
        .updateCustomCurrency, of: Self.self,
        summary: "Changes some fields of a credit currency: what is left out stays.",
        effect: .write, subject: .nobody,
        route: .patch("/api/v1/credits/custom-currencies/{currencyId}"),
        errors: [.customCurrencyNotFound, .entityIsArchived, .idempotencyConflict],
        example: OperationRow.Example(
            ["currencyId": "credits-ai", "displayName": "AI points", "symbol": "◆"],
            after: CustomCurrencyReference.example.after))
}
