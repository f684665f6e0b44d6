import TidemillCore
public import TidemillOperations

/// One thing that is wrong with a catalog. `path` says where, counting from 1 as Lua does:
/// `catalog.features[2].meter.aggregation.field`.
public struct CatalogProblem: Sendable, Hashable, CustomStringConvertible {
    public let path: String
    public let message: String
    /// The item that it is about: `plan "plan-pro"`; nil where none is named.
    public let subject: String?

    public init(path: String, message: String, subject: String? = nil) {
        self.path = path
        self.message = message
        self.subject = subject
    }

    public var description: String { message }
}

extension CatalogProblem {
    /// Where a catalog declares what a call did not find; nil where it does not.
    public init?(declaring missing: OperationError.Missing, in catalog: Payload) {
        func isIt(_ id: String, _ kind: CatalogItem.Kind) -> Bool {
            // Codes are typed in any case.
            kind == .promotionCode
                ? PromotionCode.key(of: id).isSame(as: PromotionCode.key(of: missing.id)) : id.isSame(as: missing.id)
        }
        guard let kind = CatalogItem.Kind.allCases.first(where: { $0.maker == missing.maker }),
            let index = catalog[kind.table]?.items?.firstIndex(where: { item in
                item[kind.idField]?.text.map { isIt($0, kind) } ?? false
            })
        else { return nil }
        self.init(path: "catalog.\(kind.table)[\(index + 1)]", message: "is declared")
    }

    /// What a catalog declares that may be meant by it.
    public static func nearest(to missing: OperationError.Missing, in catalog: Payload) -> String? {
        guard let kind = CatalogItem.Kind.allCases.first(where: { $0.maker == missing.maker }) else { return nil }
        let ids = (catalog[kind.table]?.items ?? []).compactMap { $0[kind.idField]?.text }
        return Suggestion.nearest(to: missing.id, in: ids)
    }
}

/// All that is wrong with a catalog; nothing of it was applied.
public struct CatalogProblems: Error, Sendable, CustomStringConvertible {
    public let problems: [CatalogProblem]
    public var description: String { problems.map(\.message).joined(separator: "\n") }
}

/// What the scripts' `catalog` says, read with the same shapes as calls.
struct CatalogDeclaration {
    /// In the order in which they are written: what is referred to comes before what refers to it.
    private(set) var items: [CatalogItem] = []
    private(set) var problems: [CatalogProblem] = []

    init(_ catalog: Payload) {
        guard case .object(let members) = catalog else {
            if catalog != .null, catalog != .array([]) {
                report("catalog", "'catalog' must be an object, got \(catalog.kind)")
            }
            return
        }
        let keys = CatalogItem.Kind.allCases.map(\.table)
        for key in members.keys.sorted() where !keys.contains(key) {
            report("catalog.\(key)", "unknown field 'catalog.\(key)'\(Suggestion.hint(for: key, in: keys))")
        }
        for kind in CatalogItem.Kind.allCases {
            switch kind {
            case .product: read(kind, in: members, CreateProduct.Input.self) { CatalogItem($0) }
            case .currency: read(kind, in: members, CreateCustomCurrency.Input.self) { CatalogItem($0) }
            case .feature: read(kind, in: members, CreateFeature.Input.self) { CatalogItem($0) }
            case .addon: read(kind, in: members, CreateAddon.Input.self) { CatalogItem($0) }
            case .plan: read(kind, in: members, CreatePlan.Input.self) { CatalogItem($0) }
            case .coupon: read(kind, in: members, CreateCoupon.Input.self) { CatalogItem($0) }
            case .promotionCode: read(kind, in: members, CreatePromotionCode.Input.self) { CatalogItem($0) }
            }
        }
        findRepeats()
        order()
    }

    /// Reads each item of a table by itself, so that every problem of every item is found.
    private mutating func read<Item: Shaped>(
        _ kind: CatalogItem.Kind, in members: TextMap<Payload>, _ type: Item.Type, _ make: (Item) -> CatalogItem
    ) {
        let key = kind.table
        guard let value = members[key], value != .null, value != .object([:]) else { return }
        guard case .array(let values) = value else {
            report("catalog.\(key)", "'catalog.\(key)' must be a list, got \(value.kind)")
            return
        }
        for (index, value) in values.enumerated() {
            let path = FieldPath("catalog", firstIndex: 1).member(key).item(index)
            let subject = value[kind.idField]?.text.map { "\(kind.name) \"\($0.prefix(80))\"" }
            if kind.isPackage, let status = value["status"], !status.isNull, status != "PUBLISHED" {
                report(
                    "\(path).status",
                    "'\(path).status' must be \"PUBLISHED\" or left out: what is declared is on sale; drafts are made by calls",
                    subject)
                continue
            }
            do throws(InputProblem) {
                var item = make(try type.shape.decode(value, at: path))
                item.path = path.description
                items.append(item)
            } catch {
                for finding in error.findings {
                    let place = finding.subject == .whole ? place(of: finding.sentence) : finding.path.description
                    report(place ?? path.description, finding.sentence, subject)
                }
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
                    "'\(item.path).\(item.key.kind.idField)' names the \(item.key.kind.name) \"\(item.key.id)\" a second time; '\(earlier)' is the first"
                )
            } else {
                first[item.key] = item.path
            }
        }
    }

    /// Puts parents before their plans, and what an add-on depends on before it.
    private mutating func order() {
        var ordered: [CatalogItem] = []
        var states: [CatalogItem.Key: Bool] = [:]
        let known = Dictionary(items.map { ($0.key, $0) }) { first, _ in first }
        var circles: [CatalogItem] = []
        func visit(_ item: CatalogItem) {
            guard let isDone = states[item.key] else {
                states[item.key] = false
                for key in item.prerequisites {
                    if let other = known[key] { visit(other) }
                }
                states[item.key] = true
                ordered.append(item)
                return
            }
            if !isDone { circles.append(item) }
        }
        for item in items { visit(item) }
        for item in circles {
            let field = item.key.kind == .plan ? "parentPlanId" : "dependencies"
            report(
                "\(item.path).\(field)",
                "'\(item.path).\(field)' leads back to the \(item.key.kind.name) \"\(item.key.id)\" itself; break the circle"
            )
        }
        items = ordered
    }

    private mutating func report(_ path: String, _ message: String, _ subject: String? = nil) {
        problems.append(CatalogProblem(path: path, message: message, subject: subject))
    }
}
