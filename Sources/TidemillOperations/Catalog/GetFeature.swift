public import TidemillCore

/// Looks one feature up.
public enum GetFeature: ClientOperation {
    public struct Input: Shaped {
        public var id: FeatureID

        public init(id: FeatureID) {
            self.id = id
        }

        public static let shape = Shape(
            required("id", \.id, .featureID, "The feature.", aliases: ["featureId"]), make: Self.init)
    }

    public typealias Output = Feature

    public static let row = OperationRow(
        .getFeature, of: Self.self,
        summary: "One feature with its meter.",
        effect: .read, subject: .nobody,
        route: .get("/api/v1/features/{id}"),
        errors: [.featureNotFound],
        example: OperationRow.Example(
            ["id": "feature-tokens"], after: [(.createFeature, CreateFeature.row.example.input)]))
}
