import TidemillCore
import TidemillOperations
import TidemillScripting
import TidemillStore

extension CheckFilters: OperatorOperation {
    /// So many names are looked at for the nearest.
    private static let namesMax: Int64 = 10_000

    static func perform(
        _ input: Input, by host: OperatorBackend, in context: CallContext
    ) throws -> AllOf<UnknownFilter> {
        // Broken scripts declare nothing that could be meant.
        let rules = input.job == nil && input.rule == nil ? nil : try? host.app.declaredRules()
        return try host.app.store.read { connection in
            var unknown: [UnknownFilter] = []
            func look(_ filter: String, _ value: String?, in known: [String]) {
                guard let value, !known.contains(where: { $0.isSame(as: value) }) else { return }
                unknown.append(
                    UnknownFilter(filter: filter, value: value, suggestion: Suggestion.nearest(to: value, in: known)))
            }
            func names(_ sql: String) throws -> [String] {
                try connection.values("\(sql) LIMIT \(namesMax)")
            }
            if let customer = input.customerID, try !isKnown(customer, on: connection) {
                look(
                    "customerId", customer.text,
                    in: try names("SELECT id FROM customers ORDER BY bucket, id")
                        + names("SELECT DISTINCT customer_id FROM usage_days"))
            }
            if input.resourceID != nil {
                look("resourceId", input.resourceID, in: try resources(of: input.customerID, on: connection))
            }
            if input.job != nil {
                let declared = (rules?.jobs.map(\.name) ?? []) + (rules?.grantRules.map(\.name) ?? [])
                look("job", input.job, in: declared + (try names("SELECT DISTINCT name FROM runs")))
            }
            if input.rule != nil {
                let declared = rules?.declarations.map(\.name) ?? []
                look(
                    "rule", input.rule,
                    in: declared + (try names("SELECT DISTINCT rule FROM rejected_records WHERE rule IS NOT NULL")))
            }
            if input.code != nil {
                look("code", input.code, in: try names("SELECT DISTINCT code FROM rejected_records"))
            }
            if let delivery = input.delivery,
                try !connection.hasRows("SELECT 1 FROM deliveries WHERE id = $1", [.text(delivery)])
            {
                look("delivery", delivery, in: try names("SELECT id FROM deliveries ORDER BY received_at DESC"))
            }
            if input.action != nil {
                look(
                    "action", input.action,
                    in: OperationTable.rows.filter(\.effect.isWrite).map(\.id.rawValue)
                        + (try names("SELECT DISTINCT action FROM audit")))
            }
            if input.currencyID != nil {
                look("currencyId", input.currencyID, in: try names("SELECT id FROM custom_currencies ORDER BY id"))
            }
            let dimensions = input.dimensions.isEmpty ? [] : try metered(on: connection)
            for name in input.dimensions { look("dimensions", name, in: dimensions) }
            return AllOf(unknown)
        }
    }

    private static func isKnown(_ customer: CustomerID, on connection: any SQLConnection) throws -> Bool {
        let key: [SQLValue] = customer.key
        return try connection.hasRows("SELECT 1 FROM customers WHERE bucket = $1 AND id = $2", key)
            || connection.hasRows("SELECT 1 FROM usage_days WHERE bucket = $1 AND customer_id = $2 LIMIT 1", key)
            || connection.hasRows("SELECT 1 FROM rejected_records WHERE customer_id = $1 LIMIT 1", [key[1]])
    }

    private static func resources(of customer: CustomerID?, on connection: any SQLConnection) throws -> [String] {
        let own = customer.map { _ in " AND bucket = $1 AND customer_id = $2" } ?? ""
        let key = customer.map { [SQLValue.integer(Bucket($0).number), .text($0.text)] } ?? []
        return try ["usage_days", "usage_levels"].flatMap { table in
            try connection.values(
                "SELECT DISTINCT resource_id FROM \(table) WHERE resource_id <> ''\(own) LIMIT \(namesMax)", key)
        }
    }

    /// The dimensions that meters read or keep apart.
    private static func metered(on connection: any SQLConnection) throws -> [String] {
        let definitions = try connection.rows(
            "SELECT definition FROM meter_versions WHERE state IN ('filling', 'current') LIMIT \(namesMax)"
        ) { Payload(stored: $0.text(0)) }
        return definitions.flatMap { definition -> [String] in
            let conditions = (definition["filters"]?.items ?? []).flatMap { $0["conditions"]?.items ?? [] }
            let fields = [definition["aggregation"]?["field"]] + conditions.map { $0["field"] }
            return fields.compactMap { $0?.text } + (definition["groupBy"]?.items ?? []).compactMap(\.text)
        }
    }
}

extension SQLConnection {
    fileprivate func hasRows(_ sql: String, _ arguments: [SQLValue]) throws -> Bool {
        try first(sql, arguments) { _ in true } ?? false
    }
}
