import TidemillCore
import TidemillOperations

/// One thing of the catalog, as a declaration: the same whether scripts wrote it or the store holds it.
struct CatalogItem {
    /// In the order in which they are written; removed in the opposite order.
    enum Kind: String, Sendable, CaseIterable {
        case product
        case currency
        case feature
        case addon
        case plan
        case coupon
        case promotionCode

        /// The table of the catalog that lists them.
        var table: String {
            switch self {
            case .currency: "currencies"
            case .product, .feature, .addon, .plan, .coupon, .promotionCode: rawValue + "s"
            }
        }

        /// In messages.
        var name: String {
            switch self {
            case .currency: "credit currency"
            case .addon: "add-on"
            case .promotionCode: "promotion code"
            case .product, .feature, .plan, .coupon: rawValue
            }
        }

        /// The call that makes one.
        var maker: OperationID {
            switch self {
            case .product: .createProduct
            case .currency: .createCustomCurrency
            case .feature: .createFeature
            case .addon: .createAddon
            case .plan: .createPlan
            case .coupon: .createCoupon
            case .promotionCode: .createPromotionCode
            }
        }

        var idField: String { self == .promotionCode ? "code" : "id" }
        var isPackage: Bool { self == .addon || self == .plan }

        fileprivate var order: Int { Self.allCases.firstIndex(of: self) ?? 0 }
    }

    struct Key: Hashable, Comparable {
        let kind: Kind
        let id: String

        static func < (left: Key, right: Key) -> Bool { (left.kind.order, left.id) < (right.kind.order, right.id) }
    }

    enum Content {
        case product(CreateProduct.Input)
        case currency(CreateCustomCurrency.Input)
        case feature(CreateFeature.Input)
        case addon(CreateAddon.Input)
        case plan(CreatePlan.Input)
        case coupon(CreateCoupon.Input)
        case promotionCode(CreatePromotionCode.Input)
    }

    let key: Key
    let content: Content
    /// The fields as they are compared: two spellings of one meaning are equal.
    var fields: TextMap<Payload>
    /// Other things that the item names, for a message where one does not exist.
    var references: [Reference] = []
    var path = ""

    /// What an item names: the field, counted from 1 as Lua does, and the thing.
    struct Reference {
        let field: String
        let key: Key
    }

    init(_ kind: Kind, _ id: String, _ content: Content, _ fields: TextMap<Payload>) {
        key = Key(kind: kind, id: id)
        self.content = content
        self.fields = fields
    }

    /// Things of the same table that must be written before this one.
    var prerequisites: [Key] { references.map(\.key).filter { $0.kind == key.kind } }

    static func fields<Item: Shaped>(of item: Item, without left: Set<String> = []) -> TextMap<Payload> {
        guard case .object(let members) = Item.shape.encode(item, nulls: .omitted) else { return [:] }
        return members.filter { $0.key != "id" && !left.contains($0.key) }
    }

    // MARK: - Products and features

    init(_ product: CreateProduct.Input) {
        self.init(.product, product.id, .product(product), Self.fields(of: product))
        // A product that is declared again after its removal is to be sold again.
        fields["status"] = .string(Product.Status.published.rawValue)
    }

    init(_ feature: CreateFeature.Input) {
        var plain = feature
        plain.meterType = feature.resolvedMeterType
        plain.meter = feature.meter.map { Meter($0.definition) }
        if plain.enumConfiguration?.isEmpty == true { plain.enumConfiguration = nil }
        self.init(.feature, feature.id.text, .feature(plain), Self.fields(of: plain))
    }

    init(stored product: Product) {
        self.init(
            CreateProduct.Input(
                id: product.id, displayName: product.displayName, description: product.description,
                metadata: product.metadata, multipleSubscriptions: product.multipleSubscriptions))
        fields["status"] = .string(product.status.rawValue)
    }

    init(stored feature: Feature) {
        self.init(
            CreateFeature.Input(
                id: feature.id, displayName: feature.displayName, featureType: feature.featureType,
                description: feature.description, meterType: feature.meterType, meter: feature.meter,
                featureStatus: feature.featureStatus, featureUnits: feature.featureUnits,
                featureUnitsPlural: feature.featureUnitsPlural, enumConfiguration: feature.enumConfiguration,
                unitTransformation: feature.unitTransformation, metadata: feature.metadata))
    }

    // MARK: - What a change of a field means

    /// Whether a change of the field takes effect at once: it only adds, or only says it differently.
    func isHarmless(_ field: String, from old: Payload?, to new: Payload?) -> Bool {
        switch field {
        case "displayName", "description", "metadata", "name", "featureUnits", "featureUnitsPlural", "units", "symbol",
            "hiddenFromWidgets", "billingId":
            true
        case "enumConfiguration": Self.isExtended(old, new) { $0["value"] }
        case "compatibleAddonIds": old != nil && new != nil && Self.isExtended(old, new) { $0 }
        default: false
        }
    }

    /// Values that only join those there are take nothing away.
    private static func isExtended(_ old: Payload?, _ new: Payload?, _ value: (Payload) -> Payload?) -> Bool {
        func values(_ list: Payload?) -> Set<Payload> { Set((list?.items ?? []).compactMap(value)) }
        return values(old).isSubset(of: values(new))
    }

    /// Fields that never change: the declaration would be of another thing.
    var fixedFields: Set<String> {
        switch key.kind {
        case .feature: ["featureType", "meterType"]
        case .addon, .plan: ["productId"]
        case .coupon: ["percentOff", "amountsOff", "durationInMonths"]
        case .product, .currency, .promotionCode: []
        }
    }

    /// Fields that the engine works out where nothing is declared.
    var derivedFields: Set<String> { key.kind.isPackage ? ["pricingType"] : [] }
}
