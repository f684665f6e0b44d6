import TidemillCore
public import TidemillOperations

/// The ids of a catalog, by the lists of its declaration.
public struct CatalogIDs: Sendable {
    public private(set) var ids: [String: Set<String>] = [:]

    public init() {}

    /// Those of `catalog { … }`.
    public init(of catalog: Payload) {
        guard case .object(let lists) = catalog else { return }
        for (list, items) in lists {
            for item in items.items ?? [] { if let id = item["id"]?.text { insert(id, into: list) } }
        }
    }

    public mutating func insert(_ id: String, into list: String) { ids[list, default: []].insert(id) }
}

/// Ids of the catalog that calls are written with.
struct CatalogIDInspection {
    /// The lists of a catalog, by the fields that name one of their items, and by how operations about them end.
    private static let lists = [
        "productId": "products", "featureId": "features", "planId": "plans", "subscriptionStartPlanId": "plans",
        "downgradePlanId": "plans", "parentPlanId": "plans", "addonId": "addons", "couponId": "coupons",
        "currencyId": "currencies", "creditCurrencyId": "currencies", "topUpCustomCurrencyId": "currencies",
    ]
    private static let nouns = [
        "Product": "products", "Feature": "features", "Plan": "plans", "Addon": "addons", "Coupon": "coupons",
        "CustomCurrency": "currencies", "PlanDraft": "plans", "AddonDraft": "addons", "PlanEntitlements": "plans",
        "AddonEntitlements": "addons", "PlanCharges": "plans", "AddonCharges": "addons",
    ]

    /// So many letters may be wrong of an id. One that has a word more is another one's, such as `credits-eu`.
    private static let lettersMax = 2

    private var found: [(list: String, id: String, subject: String, file: String, line: Int)] = []
    /// What calls of scripts make.
    private var made = CatalogIDs()

    mutating func look(at use: LibraryUse, _ file: String) {
        guard case .called(let arguments) = use.kind else { return }
        if use.name.path == ["lookup", "entitlement"], arguments.count == 2, let feature = arguments[1].text {
            found.append(("features", feature, "\(use.name.text): the feature", file, arguments[1].line))
        }
        guard let table = arguments.first, table.table != nil, let id = use.name.operation else { return }
        let input = LiteralTable(table)
        let row = OperationTable.row(id)
        let noun = Self.nouns.keys.filter { id.rawValue.hasSuffix($0) }.max { $0.utf8.count < $1.utf8.count }
        if let noun, let list = Self.nouns[noun], let own = input.member("id")?.text {
            if ["create", "duplicate", "import"].contains(where: { id.rawValue.hasPrefix($0) }), noun.last != "s" {
                made.insert(own, into: list)
            } else {
                note(own, list, ["id"], input, use, file)
            }
        }
        look(input.value, row.input, [], input, use, file)
    }

    private mutating func look(
        _ value: Payload, _ fields: [FieldDescription], _ steps: [String], _ input: LiteralTable, _ use: LibraryUse,
        _ file: String
    ) {
        if case .array(let items) = value {
            for (index, item) in items.enumerated() {
                look(item, fields, steps + ["[\(index)]"], input, use, file)
            }
            return
        }
        for field in fields {
            guard let member = value[field.name] else { continue }
            let steps = steps + [field.name]
            if let list = Self.lists[field.name], let id = member.text, member != LiteralTable.unknown {
                note(id, list, steps, input, use, file)
            } else if !field.fields.isEmpty {
                look(member, field.fields, steps, input, use, file)
            }
        }
    }

    private mutating func note(
        _ id: String, _ list: String, _ steps: [String], _ input: LiteralTable, _ use: LibraryUse, _ file: String
    ) {
        let line = input.line(steps)
        let subject = "\(use.name.text): '\(steps.last ?? "id")'"
        found.append((list, id, subject, file, line > 0 ? line : use.line))
    }

    /// An id that nothing is near to may be made elsewhere.
    func warnings(known: CatalogIDs) -> [ScriptProblem] {
        found.compactMap { list, id, subject, file, line in
            guard let ids = known.ids[list], !ids.contains(id), made.ids[list]?.contains(id) != true,
                let near = Suggestion.nearest(to: id, in: ids.sorted(), distanceMax: Self.lettersMax)
            else { return nil }
            return ScriptProblem(
                file: file, line: line, message: "\(subject) is \"\(id)\", which the catalog does not have",
                hint: "did you mean \"\(near)\"?")
        }
    }
}
