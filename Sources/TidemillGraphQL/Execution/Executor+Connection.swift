import TidemillCore
import TidemillOperations

// Connections: pages of the operation table, each entry with a place to go on from.
extension Executor {
    /// `N.CURSOR`: behind the first N entries of the page that begins after a cursor of the table.
    private struct Place {
        let count: Int
        let after: String?

        init(count: Int, after: String?) {
            self.count = count
            self.after = after
        }

        init(_ text: String) throws(Problem) {
            guard let point = text.firstIndex(of: "."), let count = Int(text[..<point]),
                (1...RootInput.firstMax).contains(count)
            else { throw Problem(.variables, "'after' must be a cursor of an earlier answer, as it came") }
            self.count = count
            let rest = text[text.index(after: point)...]
            after = rest.isEmpty ? nil : String(rest)
        }

        var text: String { "\(count).\(after ?? "")" }
    }

    func connection(_ operation: OperationID, _ input: RootInput, _ field: PlannedField) async throws -> Payload {
        var members = input.members
        var start: String?
        if let text = input.after {
            let place = try Place(text)
            members["limit"] = .integer(Int64(place.count))
            if let after = place.after { members["after"] = .string(after) }
            let before = try await ask(operation, members)
            guard let next = before["pagination"]?["next"]?.text else {
                return try await Self.page([], after: text, hasNext: false, start: text, count(operation, input, field))
            }
            start = next
        }
        members["limit"] = .integer(Int64(input.first))
        members["after"] = start.map { .string($0) }
        let page = try await ask(operation, members)
        let entries = page["data"]?.items ?? []
        let hasNext = page["pagination"]?["next"].map { !$0.isNull } ?? false
        return try await Self.page(
            entries, after: input.after, hasNext: hasNext, start: start, count(operation, input, field))
    }

    private static func page(
        _ entries: [Payload], after: String?, hasNext: Bool, start: String?, _ count: Payload
    ) -> Payload {
        let edges: [Payload] = entries.enumerated().map { index, entry in
            ["node": entry, "cursor": .string(Place(count: index + 1, after: start).text)]
        }
        return [
            "edges": .array(edges), "totalCount": count,
            "pageInfo": [
                "startCursor": edges.first?["cursor"] ?? .null,
                "endCursor": edges.last?["cursor"] ?? after.map { .string($0) } ?? .null,
                "hasNextPage": .boolean(hasNext), "hasPreviousPage": .boolean(after != nil),
            ],
        ]
    }

    /// Of all pages together, where it is asked for; the first 10,000 are counted.
    private func count(_ operation: OperationID, _ input: RootInput, _ field: PlannedField) async throws -> Payload {
        guard field.fields.values.contains(where: { $0.contains { $0.name == "totalCount" } }) else { return .null }
        return .integer(Int64(try await whole(operation, input.members).count))
    }
}
