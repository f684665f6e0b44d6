import TidemillCore
import TidemillOperations
import TidemillStore

/// The comparison of a declaration with what was last applied and what the store holds now, in one transaction.
struct CatalogSession {
    let connection: any SQLConnection
    let settings: EngineSettings
    let now: Timestamp
    /// Whether to count the customers that a change touches: for a person who is about to agree. It reads their usage.
    var countsCustomers = false
    /// Whether subscriptions move to a new version of what they have.
    var migration = MigrationType.newCustomers
    /// For the audit: the scripts, or a person who applies what waited.
    var caller = CallContext.Caller.catalog
    /// The scripts' version, or the person's login name.
    var actor = ""

    /// One thing to write: some fields of an item, or its removal.
    struct Write {
        enum Step {
            case insert(CatalogItem)
            /// Sets these fields of what is stored to the declared ones.
            case set(CatalogItem, fields: Set<String>)
            /// Remembers that these fields are declared so; the store holds them already.
            case note(CatalogItem, fields: Set<String>)
            case remove(CatalogItem.Key)
        }

        let step: Step
        let needsApply: Bool
    }

    struct Planned {
        var plan = CatalogPlan()
        var writes: [Write] = []
    }

    func plan(_ declaration: CatalogDeclaration) throws -> Planned {
        var planned = Planned()
        var problems = try strayReferences(of: declaration)
        var applied = try AppliedItem.all(on: connection)
        for item in declaration.items {
            let last = applied.removeValue(forKey: item.key)
            guard let stored = try stored(item.key) else {
                planned.plan.immediate.append(try change(item.key, .add, [], needsApply: false))
                planned.writes.append(Write(step: .insert(item), needsApply: false))
                continue
            }
            try compare(item, last: last, stored: stored.fields, into: &planned, &problems)
        }
        // What refers to others goes before them.
        for key in applied.keys.sorted().reversed() {
            planned.plan.pending.append(try change(key, .remove, [], needsApply: true))
            planned.writes.append(Write(step: .remove(key), needsApply: true))
        }
        guard problems.isEmpty else { throw CatalogProblems(problems: problems) }
        return planned
    }

    /// Things that are named, and neither declared nor there.
    private func strayReferences(of declaration: CatalogDeclaration) throws -> [CatalogProblem] {
        let declared = Set(declaration.items.map(\.key))
        var known: [CatalogItem.Key: Bool] = [:]
        var problems: [CatalogProblem] = []
        for item in declaration.items {
            for reference in item.references where !declared.contains(reference.key) {
                let key = reference.key
                let exists = try known[key] ?? (stored(key) != nil)
                known[key] = exists
                guard !exists else { continue }
                let near = Suggestion.hint(for: key.id, in: declared.filter { $0.kind == key.kind }.map(\.id).sorted())
                let path = "\(item.path).\(reference.field)"
                problems.append(
                    CatalogProblem(
                        path: path,
                        message:
                            "'\(path)' names the \(key.kind.name) \"\(key.id)\", which does not exist\(near); declare it in catalog.\(key.kind.table)"
                    ))
            }
        }
        return problems
    }

    /// Field by field: declared against last declared tells what the scripts changed, stored against what was stored
    /// then tells what a call changed.
    private func compare(
        _ item: CatalogItem, last: AppliedItem?, stored: TextMap<Payload>, into planned: inout Planned,
        _ problems: inout [CatalogProblem]
    ) throws {
        var now: [CatalogChange.Field] = []
        var waiting: [CatalogChange.Field] = []
        var edited: [CatalogChange.Field] = []
        var agreed: Set<String> = []
        let names = Set(item.fields.keys).union(stored.keys).union(last?.declared.keys ?? TextMap<Payload>().keys)
        for name in names.sorted() {
            let (new, old) = (item.fields[name], stored[name])
            if new == nil, item.derivedFields.contains(name), last?.declared[name] == nil { continue }
            let isDeclaredAnew = last.map { $0.declared[name] != new } ?? true
            let isEdited = last.map { $0.stored[name] != old } ?? true
            if new == old {
                if isDeclaredAnew || isEdited { agreed.insert(name) }
                continue
            }
            let field = CatalogChange.Field(name: name, old: old, new: new)
            guard isDeclaredAnew else {
                if isEdited { edited.append(field) }
                continue
            }
            if let problem = refusal(item, field) {
                problems.append(problem)
                continue
            }
            // What a call changed is not overwritten without a person's word.
            if !isEdited, item.isHarmless(name, from: old, to: new) {
                now.append(field)
            } else {
                waiting.append(field)
            }
        }
        if !agreed.isEmpty { planned.writes.append(Write(step: .note(item, fields: agreed), needsApply: false)) }
        if !now.isEmpty {
            planned.plan.immediate.append(try change(item.key, .change, now, needsApply: false))
            planned.writes.append(Write(step: .set(item, fields: Set(now.map(\.name))), needsApply: false))
        }
        if !waiting.isEmpty {
            planned.plan.pending.append(try change(item.key, .change, waiting, needsApply: true))
            planned.writes.append(Write(step: .set(item, fields: Set(waiting.map(\.name))), needsApply: true))
        }
        if !edited.isEmpty {
            planned.plan.edited.append(try change(item.key, .editedByCall, edited, needsApply: false))
        }
    }

    private func refusal(_ item: CatalogItem, _ field: CatalogChange.Field) -> CatalogProblem? {
        let path = "\(item.path).\(field.name)"
        if item.fixedFields.contains(field.name) {
            let (old, new) = (Self.shown(field.old), Self.shown(field.new))
            return CatalogProblem(
                path: path,
                message:
                    "'\(path)' cannot change from \(old) to \(new); declare a \(item.key.kind.name) with another id")
        }
        if field.name == "meter", field.new == nil {
            return CatalogProblem(
                path: path,
                message: "'\(path)' cannot be taken away from \"\(item.key.id)\"; declare a feature with another id")
        }
        return nil
    }

    private static func shown(_ value: Payload?) -> String { value.map { $0.text ?? $0.json } ?? "none" }

    private func change(
        _ key: CatalogItem.Key, _ action: CatalogChange.Action, _ fields: [CatalogChange.Field], needsApply: Bool
    ) throws -> CatalogChange {
        let isCounted = needsApply && countsCustomers
        return CatalogChange(
            kind: key.kind.rawValue, kindName: key.kind.name, id: key.id, action: action, fields: fields,
            needsApply: needsApply, customers: isCounted ? try customers(using: key) : 0,
            subscriptions: isCounted ? try subscriptions(with: key) : 0)
    }

    private func customers(using key: CatalogItem.Key) throws -> Int64 {
        guard key.kind == .feature else { return 0 }
        let feature = FeatureID(key.id)
        let metered = try UsageReader.forStore(on: connection).usage(UsageQuery(feature: feature), on: connection)
        guard let metered else {
            return try connection.value(
                "SELECT COUNT(DISTINCT customer_id) FROM usage_levels WHERE feature_id = $1", [.text(key.id)]) ?? 0
        }
        return Int64(Set(metered.rows.map(\.customer)).count)
    }

    private func subscriptions(with key: CatalogItem.Key) throws -> Int64 {
        guard key.kind.isPackage else { return 0 }
        return try connection.value(
            "SELECT COUNT(DISTINCT subscription_id) FROM subscription_packages WHERE kind = $1 AND package_id = $2",
            [.text(key.kind.rawValue), .text(key.id)]) ?? 0
    }

    // MARK: - The store

    func stored(_ key: CatalogItem.Key) throws -> CatalogItem? {
        switch key.kind {
        case .product: try ProductTable(connection: connection).find(key.id).map { CatalogItem(stored: $0) }
        case .currency: try CustomCurrencyTable(connection: connection).find(key.id).map { CatalogItem(stored: $0) }
        case .feature: try FeatureTable(connection: connection).find(FeatureID(key.id)).map { CatalogItem(stored: $0) }
        case .addon: try storedPackage(.addon, key.id)
        case .plan: try storedPackage(.plan, key.id)
        case .coupon: try CouponTable(connection: connection).find(key.id).map { CatalogItem(stored: $0) }
        case .promotionCode:
            try PromotionCodeTable(connection: connection).find(key.id).map { CatalogItem(stored: $0) }
        }
    }

    private func storedPackage(_ kind: PackageKind, _ id: String) throws -> CatalogItem? {
        let found = try connection.first(
            """
            SELECT v.body, p.archived_at, p.published_version FROM packages p
              JOIN package_versions v ON v.kind = p.kind AND v.id = p.id
               AND v.version = COALESCE(p.published_version, p.draft_version)
             WHERE p.kind = $1 AND p.id = $2
            """, [.text(kind.rawValue), .text(id)]
        ) { (body: $0.text(0), isArchived: !$0.isNull(1), isPublished: !$0.isNull(2)) }
        guard let found else { return nil }
        return CatalogItem(
            kind, id, stored: try StoredBody.decode(PackageBody.self, found.body),
            status: found.isArchived ? .archived : found.isPublished ? .published : .draft)
    }
}
