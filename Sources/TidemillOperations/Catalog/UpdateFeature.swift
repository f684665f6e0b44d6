public import TidemillCore

/// Changes some fields of a feature; its type never changes.
public enum UpdateFeature: ClientOperation {
    public struct Input: Shaped {
        public var id: FeatureID
        public var displayName: String?
        public var description: Change<String>
        public var featureUnits: Change<String>
        public var featureUnitsPlural: Change<String>
        public var enumConfiguration: [EnumValue]?
        public var meter: Meter?
        public var unitTransformation: Change<UnitTransformation>
        public var metadata: TextMap<String>?

        public static let shape = Shape(
            required("id", \.id, .featureID, "The feature.", aliases: ["featureId"]),
            changeable("displayName", \.displayName, .text(1...255), "What people read."),
            clearable("description", \.description, .text(max: 4096), "What it is."),
            clearable("featureUnits", \.featureUnits, .text(max: 255), "One of what: \"token\"."),
            clearable("featureUnitsPlural", \.featureUnitsPlural, .text(max: 255), "Many of what: \"tokens\"."),
            changeable("enumConfiguration", \.enumConfiguration, .enumConfiguration, "The values of an ENUM feature."),
            changeable(
                "meter", \.meter, .object("meter"),
                "How events are counted; a changed meter counts the stored events anew."),
            clearable(
                "unitTransformation", \.unitTransformation, .object("unit transformation"), "Small to large units."),
            changeable("metadata", \.metadata, .metadata, "Your own notes, replaced as a whole; {} empties them."),
            make: Self.init)
    }

    public typealias Output = Feature

    public static let row = OperationRow(
        .updateFeature, of: Self.self,
        summary: "Changes some fields of a feature; answers stay those of the old meter until a new one has caught up.",
        effect: .write, subject: .nobody,
        route: .patch("/api/v1/features/{id}"),
        errors: [.featureNotFound, .meteringNotAvailable, .invalidArgument, .idempotencyConflict],
        example: OperationRow.Example(
            [
                "id": "feature-tokens", "displayName": "Billed tokens",
                "meter": ["aggregation": ["function": "SUM", "field": "billedTokens"]],
            ],
            after: [(.createFeature, CreateFeature.row.example.input)]))
}
