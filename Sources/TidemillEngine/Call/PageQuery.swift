import TidemillCore
import TidemillOperations
import TidemillStore

/// One page of a table with `created_at` and `id` columns, oldest first. Conditions are added one by one; the rows are
/// taken in the order (created_at, id), which new rows do not disturb.
struct PageQuery {
    private let table: String
    private let column: String
    private var conditions: [String] = []
    private var arguments: [SQLValue] = []

    /// `column` is what each element is made of.
    init(table: String, column: String) {
        self.table = table
        self.column = column
    }

    mutating func require(_ column: String, is comparison: String = "=", _ value: SQLValue?) {
        guard let value else { return }
        arguments.append(value)
        conditions.append("\(column) \(comparison) $\(arguments.count)")
    }

    mutating func require(_ column: String, oneOf values: [String]?) {
        guard let values else { return }
        let parameters = values.map { value in
            arguments.append(.text(value))
            return "$\(arguments.count)"
        }
        // An empty list lets nothing through.
        conditions.append(values.isEmpty ? "1 = 0" : "\(column) IN (\(parameters.joined(separator: ", ")))")
    }

    /// One of these conditions, which hold no value from outside, must be met.
    mutating func require(anyOf alternatives: [String]?) {
        guard let alternatives else { return }
        conditions.append(alternatives.isEmpty ? "1 = 0" : "(\(alternatives.joined(separator: " OR ")))")
    }

    mutating func require(createdAt range: TimeRange?) {
        require("created_at", is: ">", range?.gt.map { .integer($0.microseconds) })
        require("created_at", is: ">=", range?.gte.map { .integer($0.microseconds) })
        require("created_at", is: "<", range?.lt.map { .integer($0.microseconds) })
        require("created_at", is: "<=", range?.lte.map { .integer($0.microseconds) })
    }

    func page<Element>(
        _ paging: Paging, on connection: any SQLConnection, _ make: (any SQLRow) throws -> Element
    ) throws -> Page<Element> {
        var query = self
        let isBackwards = paging.before != nil
        if let cursor = paging.after ?? paging.before {
            // Those from before lists were named are taken anywhere.
            guard cursor.list ?? table == table else {
                throw OperationError(
                    .badUserInput,
                    "'\(isBackwards ? "before" : "after")' must be a cursor of this list, got one of another; take it from `pagination` of an answer of this operation"
                )
            }
            query.arguments += [.integer(cursor.createdAt.microseconds), .text(cursor.id)]
            let count = query.arguments.count
            query.conditions.append("(created_at, id) \(isBackwards ? "<" : ">") ($\(count - 1), $\(count))")
        }
        let direction = isBackwards ? "DESC" : "ASC"
        let sql = """
            SELECT created_at, id, \(column) FROM \(table)
            \(query.conditions.isEmpty ? "" : "WHERE " + query.conditions.joined(separator: " AND "))
             ORDER BY created_at \(direction), id \(direction) LIMIT \(paging.limit + 1)
            """
        var rows = try connection.rows(sql, query.arguments) { row in
            (Cursor(createdAt: Timestamp(microseconds: row.integer(0)), id: row.text(1), of: table), try make(row))
        }
        let hasMore = rows.count > paging.limit
        if hasMore { rows.removeLast() }
        if isBackwards { rows.reverse() }
        let hasNext = isBackwards ? !rows.isEmpty : hasMore
        let hasPrevious = isBackwards ? hasMore : paging.after != nil
        return Page(
            data: rows.map(\.1),
            pagination: Pagination(
                next: hasNext ? rows.last?.0 : nil, prev: hasPrevious ? rows.first?.0 : nil))
    }
}
