import TidemillCore
import TidemillOperations
import TidemillStore

/// The comparison of a declaration with what was last applied and what the store holds now, in one transaction.
struct CatalogSession {
    let connection: any SQLConnection
    let now: Timestamp
    /// Whether to count the customers that a change touches: for a person who is about to agree. It reads their usage.
    var countsCustomers = false

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
        var problems: [CatalogProblem] = []
        var applied = try appliedFields()
        for item in declaration.items {
            let last = applied.removeValue(forKey: item.key)
            guard let stored = try stored(item.key) else {
                planned.plan.immediate.append(try change(item.key, .add, [], needsApply: false))
                planned.writes.append(Write(step: .insert(item), needsApply: false))
                continue
            }
            try compare(item, last: last, stored: stored.fields, into: &planned, &problems)
        }
        for key in applied.keys.sorted() {
            planned.plan.pending.append(try change(key, .remove, [], needsApply: true))
            planned.writes.append(Write(step: .remove(key), needsApply: true))
        }
        guard problems.isEmpty else { throw CatalogProblems(problems: problems) }
        return planned
    }

    /// Field by field: declared against last applied tells what the scripts changed, stored against last applied what a
    /// call changed.
    private func compare(
        _ item: CatalogItem, last: [String: Payload]?, stored: [String: Payload], into planned: inout Planned,
        _ problems: inout [CatalogProblem]
    ) throws {
        var now: [CatalogChange.Field] = []
        var waiting: [CatalogChange.Field] = []
        var edited: [CatalogChange.Field] = []
        var agreed: Set<String> = []
        let names = Set(item.fields.keys).union(stored.keys).union(last?.keys ?? [:].keys)
        for name in names.sorted() {
            let (new, old) = (item.fields[name], stored[name])
            let isDeclaredAnew = last.map { $0[name] != new } ?? true
            if new == old {
                if isDeclaredAnew { agreed.insert(name) }
                continue
            }
            let field = CatalogChange.Field(name: name, old: old, new: new)
            guard isDeclaredAnew else {
                edited.append(field)
                continue
            }
            if let problem = refusal(item, field) {
                problems.append(problem)
                continue
            }
            // What a call changed is not overwritten without a person's word.
            let isUntouched = last.map { $0[name] == old } ?? false
            if isUntouched, CatalogItem.isHarmless(name, from: old, to: new) {
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
        if CatalogItem.fixedFields.contains(field.name) {
            return CatalogProblem(
                path: path,
                message:
                    "'\(path)' cannot change from \(field.old?.text ?? "none") to \(field.new?.text ?? "none"); declare a feature with another id"
            )
        }
        if field.name == "meter", field.new == nil {
            return CatalogProblem(
                path: path,
                message: "'\(path)' cannot be taken away from \"\(item.key.id)\"; declare a feature with another id")
        }
        return nil
    }

    private func change(
        _ key: CatalogItem.Key, _ action: CatalogChange.Action, _ fields: [CatalogChange.Field], needsApply: Bool
    ) throws -> CatalogChange {
        CatalogChange(
            kind: key.kind.rawValue, id: key.id, action: action, fields: fields, needsApply: needsApply,
            customers: needsApply ? try customers(using: key) : 0)
    }

    private func customers(using key: CatalogItem.Key) throws -> Int64 {
        guard countsCustomers, key.kind == .feature else { return 0 }
        let feature = FeatureID(key.id)
        let metered = try UsageReader.forStore(on: connection).usage(UsageQuery(feature: feature), on: connection)
        guard let metered else {
            return try connection.first(
                "SELECT COUNT(DISTINCT customer_id) FROM usage_levels WHERE feature_id = $1", [.text(key.id)]
            ) { $0.integer(0) } ?? 0
        }
        return Int64(Set(metered.rows.map(\.customer)).count)
    }

    // MARK: - The store

    private func appliedFields() throws -> [CatalogItem.Key: [String: Payload]] {
        var result: [CatalogItem.Key: [String: Payload]] = [:]
        try connection.query("SELECT kind, id, declaration FROM catalog_applied", []) { row in
            guard let kind = CatalogItem.Kind(rawValue: row.text(0)),
                case .object(let fields) = try StoredBody.parse(row.text(2))
            else { throw StoreError(.corrupt, "the stored catalog cannot be read; restore a backup") }
            result[CatalogItem.Key(kind: kind, id: row.text(1))] = fields
        }
        return result
    }

    private func stored(_ key: CatalogItem.Key) throws -> CatalogItem? {
        switch key.kind {
        case .product: try ProductTable(connection: connection).find(key.id).map { CatalogItem(stored: $0) }
        case .feature: try FeatureTable(connection: connection).find(FeatureID(key.id)).map { CatalogItem(stored: $0) }
        }
    }
}
