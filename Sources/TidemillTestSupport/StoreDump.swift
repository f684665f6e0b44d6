public import TidemillStore

/// Every row of every table, each column as SQL writes it: what "changes nothing" means.
public struct StoreDump: Equatable, Sendable, CustomStringConvertible {
    /// By table, in the order of their texts.
    public var rows: [String: [String]]

    /// `tables` are left out by name.
    public init(_ store: any Store, without tables: Set<String> = []) throws {
        rows = try store.read { connection in
            let names = try connection.rows("SELECT name FROM sqlite_master WHERE type = 'table'") { $0.text(0) }
            var rows: [String: [String]] = [:]
            for table in names where !tables.contains(table) {
                let columns = try connection.rows("SELECT name FROM pragma_table_info($1)", [.text(table)]) {
                    "'\($0.text(0))=' || quote(\"\($0.text(0))\")"
                }
                let row = columns.joined(separator: " || ' ' || ")
                rows[table] = try connection.rows("SELECT \(row) FROM \"\(table)\" ORDER BY 1") { $0.text(0) }
            }
            return rows
        }
    }

    /// What differs, a line for each row: `+ table: …` is in this one only, `- table: …` in `other`.
    public func difference(from other: StoreDump) -> [String] {
        Set(rows.keys).union(other.rows.keys).sorted().flatMap { table in
            let own = rows[table] ?? []
            let others = other.rows[table] ?? []
            return own.filter { !others.contains($0) }.map { "+ \(table): \($0)" }
                + others.filter { !own.contains($0) }.map { "- \(table): \($0)" }
        }
    }

    public var description: String {
        rows.keys.sorted().flatMap { table in (rows[table] ?? []).map { "\(table): \($0)" } }.joined(separator: "\n")
    }
}
