public import TidemillCore

/// Lists features, page by page.
public enum ListFeatures: ClientOperation {
    public struct Input: Paged {
        public var id: FeatureID?
        public var featureType: [FeatureType]?
        public var meterType: [MeterType]?
        public var status: [FeatureStatus]?
        public var createdAt: TimeRange?
        public var limit: Int64
        public var after: Cursor?
        public var before: Cursor?

        public static let shape = Shape(
            optional("id", \.id, .featureID, "Only this feature."),
            optional("featureType", \.featureType, .oneOrMore(of: .choice), "Only features of this type."),
            optional("meterType", \.meterType, .oneOrMore(of: .choice), "Only features whose usage moves so."),
            optional("status", \.status, .oneOrMore(of: .choice), "Only features in this status."),
            optional("createdAt", \.createdAt, .object("time range"), "Only features created in this range."),
            limitField(\.limit), afterField(\.after), beforeField(\.before),
            make: Self.init, check: checkPaging)
    }

    public typealias Output = Page<Feature>

    public static let row = OperationRow(
        .listFeatures, of: Self.self,
        summary: "Features with their meters, oldest first.",
        effect: .read, subject: .nobody,
        route: .get("/api/v1/features"),
        errors: [],
        example: OperationRow.Example(
            ["featureType": ["NUMBER"]], after: [(.createFeature, CreateFeature.row.example.input)]))
}
