/// Suspends a feature.
public enum ArchiveFeature: ClientOperation {
    public typealias Input = GetFeature.Input
    public typealias Output = Feature

    public static let row = OperationRow(
        .archiveFeature, of: Self.self,
        summary: "Suspends a feature: it goes into no new plan, and its usage cannot be reported.",
        effect: .write, subject: .nobody,
        route: .post("/api/v1/features/{id}/archive"),
        errors: [.featureNotFound, .idempotencyConflict],
        example: OperationRow.Example(
            ["id": "feature-tokens"], after: [(.createFeature, CreateFeature.row.example.input)]))
}

/// Brings a suspended feature back.
public enum UnarchiveFeature: ClientOperation {
    public typealias Input = GetFeature.Input
    public typealias Output = Feature

    public static let row = OperationRow(
        .unarchiveFeature, of: Self.self,
        summary: "Brings a suspended feature back.",
        effect: .write, subject: .nobody,
        route: .post("/api/v1/features/{id}/unarchive"),
        errors: [.featureNotFound, .idempotencyConflict],
        example: OperationRow.Example(
            ["id": "feature-tokens"],
            after: [(.createFeature, CreateFeature.row.example.input), (.archiveFeature, ["id": "feature-tokens"])]))
}
