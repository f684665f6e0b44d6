import TidemillCore
import TidemillOperations

/// One thing that is wrong with a catalog. `path` says where, counting from 1 as Lua does:
/// `catalog.features[2].meter.aggregation.field`.
public struct CatalogProblem: Sendable, Hashable, CustomStringConvertible {
    public let path: String
    public let message: String

    public init(path: String, message: String) {
        self.path = path
        self.message = message
    }

    public var description: String { message }
}

/// All that is wrong with a catalog; nothing of it was applied.
public struct CatalogProblems: Error, Sendable, CustomStringConvertible {
    public let problems: [CatalogProblem]
    public var description: String { problems.map(\.message).joined(separator: "\n") }
}

/// What the scripts' `catalog` says, read with the same shapes as calls.
struct CatalogDeclaration {
    /// The tables of a catalog that this version applies, and those that it knows of only.
    static let keys = ["products", "features"]
    static let laterKeys = ["currencies", "plans", "addons", "coupons", "promotionCodes"]

    private(set) var items: [CatalogItem] = []
    private(set) var problems: [CatalogProblem] = []

    init(_ catalog: Payload) {
        guard case .object(let members) = catalog else {
            if catalog != .null, catalog != .array([]) {
                report("catalog", "'catalog' must be an object, got \(catalog.kind)")
            }
            return
        }
        for key in members.keys.sorted() where !Self.keys.contains(key) {
            let value = members[key] ?? .null
            if Self.laterKeys.contains(key) {
                guard value != .array([]), value != .object([:]), value != .null else { continue }
                report("catalog.\(key)", "'catalog.\(key)' is not available yet; leave it out")
            } else {
                let hint = Suggestion.hint(for: key, in: Self.keys + Self.laterKeys)
                report("catalog.\(key)", "unknown field 'catalog.\(key)'\(hint)")
            }
        }
        read("products", in: members, CreateProduct.Input.self) { CatalogItem($0) }
        read("features", in: members, CreateFeature.Input.self) { CatalogItem($0) }
        findRepeats()
    }

    /// Reads each item of a table by itself, so that every problem of every item is found.
    private mutating func read<Item: Shaped>(
        _ key: String, in members: [String: Payload], _ type: Item.Type, _ make: (Item) -> CatalogItem
    ) {
        guard let value = members[key], value != .null, value != .object([:]) else { return }
        guard case .array(let values) = value else {
            report("catalog.\(key)", "'catalog.\(key)' must be a list, got \(value.kind)")
            return
        }
        for (index, value) in values.enumerated() {
            let path = FieldPath("catalog", firstIndex: 1).member(key).item(index)
            do throws(InputProblem) {
                var item = make(try type.shape.decode(value, at: path))
                item.path = path.description
                items.append(item)
            } catch {
                for sentence in error.sentences { report(place(of: sentence) ?? path.description, sentence) }
            }
        }
    }

    /// The quoted place that a sentence is about.
    private func place(of sentence: String) -> String? {
        let parts = sentence.split(separator: "'", maxSplits: 2, omittingEmptySubsequences: false)
        return parts.count > 2 ? String(parts[1]) : nil
    }

    private mutating func findRepeats() {
        var first: [CatalogItem.Key: String] = [:]
        for item in items {
            if let earlier = first[item.key] {
                report(
                    item.path,
                    "'\(item.path).id' names the \(item.key.kind.rawValue) \"\(item.key.id)\" a second time; '\(earlier)' is the first"
                )
            } else {
                first[item.key] = item.path
            }
        }
    }

    private mutating func report(_ path: String, _ message: String) {
        problems.append(CatalogProblem(path: path, message: message))
    }
}

/// One thing of the catalog, as a declaration: the same whether scripts wrote it or the store holds it.
struct CatalogItem {
    enum Kind: String, Sendable {
        case product
        case feature
    }

    struct Key: Hashable, Comparable {
        let kind: Kind
        let id: String

        static func < (left: Key, right: Key) -> Bool {
            (left.kind.rawValue, left.id) < (right.kind.rawValue, right.id)
        }
    }

    enum Content {
        case product(CreateProduct.Input)
        case feature(CreateFeature.Input)
    }

    let key: Key
    let content: Content
    /// The fields as they are compared: two spellings of one meaning are equal.
    private(set) var fields: [String: Payload]
    var path = ""

    init(_ product: CreateProduct.Input) {
        key = Key(kind: .product, id: product.id)
        content = .product(product)
        fields = Self.fields(of: product)
        // A product that is declared again after its removal is to be sold again.
        fields["status"] = .string(Product.Status.published.rawValue)
    }

    init(_ feature: CreateFeature.Input) {
        var plain = feature
        plain.meterType = feature.resolvedMeterType
        plain.meter = feature.meter.map { Meter($0.definition) }
        if plain.enumConfiguration?.isEmpty == true { plain.enumConfiguration = nil }
        key = Key(kind: .feature, id: feature.id.text)
        content = .feature(plain)
        fields = Self.fields(of: plain)
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

    private static func fields<Item: Shaped>(of item: Item) -> [String: Payload] {
        guard case .object(let members) = Item.shape.encode(item, nulls: .omitted) else { return [:] }
        return members.filter { $0.key != "id" }
    }

    /// What a change of the field means for what is sold.
    static func isHarmless(_ field: String, from old: Payload?, to new: Payload?) -> Bool {
        switch field {
        case "displayName", "description", "metadata", "featureUnits", "featureUnitsPlural": true
        case "enumConfiguration": isExtended(old, new)
        default: false
        }
    }

    /// Values that only join those there are take nothing away.
    private static func isExtended(_ old: Payload?, _ new: Payload?) -> Bool {
        func values(_ list: Payload?) -> Set<Payload> {
            guard case .array(let items) = list else { return [] }
            return Set(items.compactMap { $0["value"] })
        }
        return values(old).isSubset(of: values(new))
    }

    /// Fields that never change: the declaration would be of another thing.
    static let fixedFields: Set<String> = ["featureType", "meterType"]
}
