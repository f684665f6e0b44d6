public import TidemillCore

/// A discount that customers and subscriptions can have. What it takes off never changes; archived, it goes on working
/// where it is applied (stigg.md B.12).
public struct Coupon: Shaped, Listed, Hashable {
    public enum Kind: String, WireEnum {
        case fixed = "FIXED"
        case percentage = "PERCENTAGE"
    }

    public enum Status: String, WireEnum {
        case active = "ACTIVE"
        case archived = "ARCHIVED"
    }

    public enum Source: String, WireEnum {
        case stigg = "STIGG"
        case adHoc = "STIGG_ADHOC"
        case stripe = "STRIPE"
    }

    public var id: String
    public var name: String
    public var description: String?
    public var type: Kind
    /// From 1 to 100, of a percentage coupon.
    public var percentOff: Amount?
    /// One amount a currency, of a fixed coupon.
    public var amountsOff: [Money]?
    /// Months from its application; nil for ever.
    public var durationInMonths: Int64?
    public var status: Status
    public var source: Source
    public var billingID: String?
    public var billingLinkURL: String?
    public var metadata: TextMap<String>
    public var createdAt: Timestamp
    public var updatedAt: Timestamp

    public init(
        id: String, name: String, description: String?, type: Kind, percentOff: Amount?, amountsOff: [Money]?,
        durationInMonths: Int64?, status: Status, source: Source, billingID: String?, billingLinkURL: String?,
        metadata: TextMap<String>, createdAt: Timestamp, updatedAt: Timestamp
    ) {
        self.id = id
        self.name = name
        self.description = description
        self.type = type
        self.percentOff = percentOff
        self.amountsOff = amountsOff
        self.durationInMonths = durationInMonths
        self.status = status
        self.source = source
        self.billingID = billingID
        self.billingLinkURL = billingLinkURL
        self.metadata = metadata
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }

    /// The percentage, or the amount of a fixed coupon in the first of its currencies.
    public var discountValue: Amount { percentOff ?? amountsOff?.first?.amount ?? .zero }

    /// What a fixed coupon takes off in a currency; nil for a currency that it does not have, which ignores the coupon.
    public func amountOff(in currency: String) -> Amount? {
        amountsOff?.first { $0.currency == currency }?.amount
    }

    public static let singular = "coupon"
    public static let plural = "coupons"

    public static let shape = Shape(
        required("id", \.id, .couponID, "The coupon's id."),
        required("name", \.name, .text(1...40), "What people read."),
        optional("description", \.description, .text(max: 255), "What it is for."),
        required("type", \.type, .choice, "Whether it takes off a share or an amount."),
        optional("percentOff", \.percentOff, .percentage, "The share that it takes off."),
        optional("amountsOff", \.amountsOff, .amountsOff, "The amount that it takes off, one a currency."),
        optional("durationInMonths", \.durationInMonths, .months, "How long it lasts once applied; null for ever."),
        required("status", \.status, .choice, "Whether it can be applied."),
        required("source", \.source, .choice, "Who made it."),
        optional("billingId", \.billingID, .text(max: 255), "Its id at the billing provider."),
        optional("billingLinkUrl", \.billingLinkURL, .text(max: 2048), "Its page at the billing provider."),
        defaulted("metadata", \.metadata, .metadata, to: [:], "Your own notes."),
        required("createdAt", \.createdAt, .timestamp, "When it was created."),
        required("updatedAt", \.updatedAt, .timestamp, "When it was last changed."),
        make: Self.init)
}
