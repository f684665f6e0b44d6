import TidemillOperations

/// Pages that are drawn again because the store changed: once for all who look at the same one.
actor DrawnPages {
    /// Those of more people are drawn for each.
    private static let pagesMax = 32

    /// What a page depends on, beside the store.
    struct Key: Hashable {
        let path: String
        let scope: KeyScope
        let zone: String?
    }

    private struct Drawing {
        let begin: ContinuousClock.Instant
        let answer: Task<WireAnswer, any Error>
    }

    private var drawings: [Key: Drawing] = [:]

    /// The page as it is or was at a moment that is not before `instant`.
    func page(
        _ key: Key, notBefore instant: ContinuousClock.Instant,
        _ draw: @escaping @Sendable () async throws -> WireAnswer
    ) async throws -> WireAnswer {
        if let drawing = drawings[key], drawing.begin >= instant { return try await drawing.answer.value }
        if drawings.count >= Self.pagesMax, drawings[key] == nil {
            drawings = drawings.filter { $0.value.begin >= instant }
            guard drawings.count < Self.pagesMax else { return try await draw() }
        }
        let drawing = Drawing(begin: .now, answer: Task { try await draw() })
        drawings[key] = drawing
        return try await drawing.answer.value
    }

    /// Nobody looks any more.
    func removeAll() { drawings = [:] }
}
