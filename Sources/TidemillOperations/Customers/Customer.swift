public import TidemillCore

/// A customer as calls answer it, and as it is stored.
public struct Customer: Shaped, Listed {
    public var id: CustomerID
    public var name: String?
    public var email: String?
    public var createdAt: Timestamp
    public var updatedAt: Timestamp
    public var archivedAt: Timestamp?
    public var billingCurrency: String?
    public var billingID: String?
    public var couponID: String?
    public var defaultPaymentMethod: PaymentMethod?
    public var integrations: [IntegrationLink]?
    public var language: String?
    public var metadata: TextMap<String>
    public var passthrough: TextMap<Payload>?
    public var timezone: String?

    public init(
        id: CustomerID, name: String?, email: String?, createdAt: Timestamp, updatedAt: Timestamp,
        archivedAt: Timestamp?, billingCurrency: String?, billingID: String?, couponID: String?,
        defaultPaymentMethod: PaymentMethod?, integrations: [IntegrationLink]?, language: String?,
        metadata: TextMap<String>, passthrough: TextMap<Payload>?, timezone: String?
    ) {
        self.id = id
        self.name = name
        self.email = email
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.archivedAt = archivedAt
        self.billingCurrency = billingCurrency
        self.billingID = billingID
        self.couponID = couponID
        self.defaultPaymentMethod = defaultPaymentMethod
        self.integrations = integrations
        self.language = language
        self.metadata = metadata
        self.passthrough = passthrough
        self.timezone = timezone
    }

    public static let singular = "customer"
    public static let plural = "customers"

    public static let shape = Shape(
        required("id", \.id, .customerID, "The customer's id."),
        optional("name", \.name, .text(max: 255), "Its name."),
        optional("email", \.email, .text(max: 255), "Its e-mail address."),
        required("createdAt", \.createdAt, .timestamp, "When it was provisioned."),
        required("updatedAt", \.updatedAt, .timestamp, "When it was last changed."),
        optional("archivedAt", \.archivedAt, .timestamp, "Since when it is archived."),
        optional("billingCurrency", \.billingCurrency, .currency, "The currency it is billed in."),
        optional("billingId", \.billingID, .text(max: 255), "Its id at the billing provider."),
        optional("couponId", \.couponID, .text(max: 255), "The coupon on every subscription of it."),
        optional("defaultPaymentMethod", \.defaultPaymentMethod, .object("payment method"), "What is charged."),
        optional(
            "integrations", \.integrations, .list(of: .object("integration link"), "integration links", 0...100),
            "Its ids in other systems."),
        optional("language", \.language, .text(max: 255), "The language to write to it in."),
        defaulted("metadata", \.metadata, .metadata, to: [:], "Your own notes."),
        optional("passthrough", \.passthrough, .anyObject, "Settings for the billing provider alone."),
        optional("timezone", \.timezone, .timezone, "Its time zone, such as \"Europe/Berlin\"."),
        make: Self.init)
}

public struct PaymentMethod: Shaped, Hashable {
    public enum Kind: String, WireEnum {
        case card = "CARD"
        case bank = "BANK"
        case cashApp = "CASH_APP"
        case payPal = "PAYPAL"
    }

    public var billingID: String?
    public var type: Kind?
    public var cardBrand: String?
    public var cardExpiryMonth: Int64?
    public var cardExpiryYear: Int64?
    public var cardLast4Digits: String?
    public var walletType: String?

    public init(
        billingID: String?, type: Kind?, cardBrand: String?, cardExpiryMonth: Int64?, cardExpiryYear: Int64?,
        cardLast4Digits: String?, walletType: String?
    ) {
        self.billingID = billingID
        self.type = type
        self.cardBrand = cardBrand
        self.cardExpiryMonth = cardExpiryMonth
        self.cardExpiryYear = cardExpiryYear
        self.cardLast4Digits = cardLast4Digits
        self.walletType = walletType
    }

    public static let shape = Shape(
        optional("billingId", \.billingID, .text(max: 255), "Its id at the billing provider."),
        optional("type", \.type, .choice, "What kind it is."),
        optional("cardBrand", \.cardBrand, .text(max: 255), "Of a card."),
        optional("cardExpiryMonth", \.cardExpiryMonth, .integer(1...12), "Of a card."),
        optional("cardExpiryYear", \.cardExpiryYear, .integer(2000...2200), "Of a card."),
        optional("cardLast4Digits", \.cardLast4Digits, .text(max: 4), "Of a card."),
        optional("walletType", \.walletType, .text(max: 255), "Of a wallet on a phone."),
        make: Self.init)
}

/// The customer's id in another system.
public struct IntegrationLink: Shaped, Hashable {
    public var id: String
    public var vendorIdentifier: Vendor
    public var syncedEntityID: String?

    public init(id: String, vendorIdentifier: Vendor, syncedEntityID: String?) {
        self.id = id
        self.vendorIdentifier = vendorIdentifier
        self.syncedEntityID = syncedEntityID
    }

    public static let shape = Shape(
        required("id", \.id, .text(1...255), "The integration."),
        required("vendorIdentifier", \.vendorIdentifier, .choice, "The other system."),
        optional("syncedEntityId", \.syncedEntityID, .text(max: 255), "The customer's id there."),
        make: Self.init)
}

public enum Vendor: String, WireEnum {
    case auth0 = "AUTH0"
    case zuora = "ZUORA"
    case stripe = "STRIPE"
    case hubspot = "HUBSPOT"
    case awsMarketplace = "AWS_MARKETPLACE"
    case snowflake = "SNOWFLAKE"
    case salesforce = "SALESFORCE"
    case bigQuery = "BIG_QUERY"
    case openFGA = "OPEN_FGA"
    case appStore = "APP_STORE"
    case received = "RECEIVED"
    case prequel = "PREQUEL"
    case airwallex = "AIRWALLEX"
    case stripeInvoicing = "STRIPE_INVOICING"
}
