import TidemillCore
import TidemillStore

/// The id of the catalog that a misspelt one most likely means. Customers are not suggested: one's id is no business of
/// another's.
enum NearID {
    private static let idsMax = 2000

    /// ` (did you mean "plan-pro"?)`, or nothing.
    static func hint(
        for id: String, _ table: String, where condition: String = "1 = 1", _ arguments: [SQLValue] = [],
        on connection: any SQLConnection
    ) throws -> String {
        let ids: [String] = try connection.values(
            "SELECT id FROM \(table) WHERE \(condition) ORDER BY id LIMIT \(idsMax)", arguments)
        return Suggestion.hint(for: id, in: ids)
    }
}
