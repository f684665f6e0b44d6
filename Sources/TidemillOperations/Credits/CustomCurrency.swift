public import TidemillCore

/// A unit of credits. One pool per customer and currency; nothing converts one currency into another (stigg.md B.13).
public struct CustomCurrency: Shaped, Listed, Hashable {
    public enum Status: String, WireEnum {
        case active = "ACTIVE"
        case archived = "ARCHIVED"
    }

    /// What one and many of its credits are called.
    public struct Units: Shaped, Hashable {
        public var plural: String
        public var singular: String

        public static let shape = Shape(
            required("plural", \.plural, .text(1...255), "What many are called."),
            required("singular", \.singular, .text(1...255), "What one is called."),
            make: Self.init)
    }

    public var id: String
    public var displayName: String
    public var description: String?
    public var symbol: String?
    public var units: Units?
    public var metadata: TextMap<String>
    /// What one credit costs where no plan has a price for it.
    public var creditPrice: Money?
    public var archivedAt: Timestamp?
    public var createdAt: Timestamp
    public var updatedAt: Timestamp

    public init(
        id: String, displayName: String, description: String?, symbol: String?, units: Units?,
        metadata: TextMap<String>, creditPrice: Money?, archivedAt: Timestamp?, createdAt: Timestamp,
        updatedAt: Timestamp
    ) {
        self.id = id
        self.displayName = displayName
        self.description = description
        self.symbol = symbol
        self.units = units
        self.metadata = metadata
        self.creditPrice = creditPrice
        self.archivedAt = archivedAt
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }

    public var status: Status { archivedAt == nil ? .active : .archived }

    /// How many active ones there may be.
    public static let countMax: Int64 = 100

    public static let singular = "currency"
    public static let plural = "currencies"

    public static let shape = Shape(
        required("id", \.id, .currencyID, "The currency's id."),
        required("displayName", \.displayName, .text(1...255), "What people read."),
        optional("description", \.description, .text(max: 4096), "What it is for."),
        optional("symbol", \.symbol, .text(max: 16), "Its sign."),
        optional("units", \.units, .object("units"), "What one and many of its credits are called."),
        defaulted("metadata", \.metadata, .metadata, to: [:], "Your own notes."),
        optional("creditPrice", \.creditPrice, .money, "What one credit costs where no plan has a price for it."),
        optional("archivedAt", \.archivedAt, .timestamp, "Since when it is archived."),
        required("createdAt", \.createdAt, .timestamp, "When it was created."),
        required("updatedAt", \.updatedAt, .timestamp, "When it was last changed."),
        make: Self.init)
}

extension FieldKind where Value == String {
    static var newCurrencyID: FieldKind { .newID("a credit currency's id", such: "credits-ai") }
}
