public import TidemillCore

/// How much of a per-unit charge is bought: of a feature, or of credits.
public struct ChargeQuantity: Shaped, Hashable {
    public var id: String
    public var quantity: Amount
    public var type: Kind

    public init(
        id: String, quantity: Amount, type: Kind = .feature
    ) {
        self.id = id
        self.quantity = quantity
        self.type = type
    }

    public static let shape = Shape(
        required("id", \.id, .text(1...255), "The feature, or the credit currency."),
        required("quantity", \.quantity, .nonnegativeAmount, "How many; 0 or more."),
        defaulted("type", \.type, .choice, to: .feature, "What the id names; a feature when left out."),
        make: Self.init)
}

extension ChargeQuantity {
    public enum Kind: String, WireEnum {
        case feature = "FEATURE"
        case credit = "CREDIT"
    }
}

/// How much of a feature is bought: the older spelling of a charge's quantity.
public struct BillableFeature: Shaped, Hashable {
    public var featureID: FeatureID
    public var quantity: Amount

    public static let shape = Shape(
        required("featureId", \.featureID, .featureID, "The feature."),
        required("quantity", \.quantity, .nonnegativeAmount, "How many; 0 or more."),
        make: Self.init)
}
