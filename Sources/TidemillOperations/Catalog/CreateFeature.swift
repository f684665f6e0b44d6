public import TidemillCore

/// Creates a feature, with its meter where events are counted.
public enum CreateFeature: ClientOperation {
    public struct Input: Shaped, Hashable {
        public var id: FeatureID
        public var displayName: String
        public var featureType: FeatureType
        public var description: String?
        public var meterType: MeterType?
        public var meter: Meter?
        public var featureStatus: FeatureStatus
        public var featureUnits: String?
        public var featureUnitsPlural: String?
        public var enumConfiguration: [EnumValue]?
        public var unitTransformation: UnitTransformation?
        public var metadata: TextMap<String>

        public init(
            id: FeatureID, displayName: String, featureType: FeatureType, description: String? = nil,
            meterType: MeterType? = nil, meter: Meter? = nil, featureStatus: FeatureStatus = .active,
            featureUnits: String? = nil, featureUnitsPlural: String? = nil, enumConfiguration: [EnumValue]? = nil,
            unitTransformation: UnitTransformation? = nil, metadata: TextMap<String> = [:]
        ) {
            self.id = id
            self.displayName = displayName
            self.featureType = featureType
            self.description = description
            self.meterType = meterType
            self.meter = meter
            self.featureStatus = featureStatus
            self.featureUnits = featureUnits
            self.featureUnitsPlural = featureUnitsPlural
            self.enumConfiguration = enumConfiguration
            self.unitTransformation = unitTransformation
            self.metadata = metadata
        }

        public static let shape = Shape(
            required("id", \.id, .newFeatureID, "The feature's id."),
            required("displayName", \.displayName, .text(1...255), "What people read."),
            required("featureType", \.featureType, .choice, "What kind of feature it is."),
            optional("description", \.description, .text(max: 4096), "What it is."),
            optional(
                "meterType", \.meterType, .choice,
                "How its usage moves; when left out, INCREMENTAL with a meter and None without."),
            optional("meter", \.meter, .object("meter"), "How events are counted; none where usage is reported."),
            defaulted("featureStatus", \.featureStatus, .choice, to: .active, "ACTIVE when left out."),
            optional("featureUnits", \.featureUnits, .text(max: 255), "One of what: \"token\"."),
            optional("featureUnitsPlural", \.featureUnitsPlural, .text(max: 255), "Many of what: \"tokens\"."),
            optional("enumConfiguration", \.enumConfiguration, .enumConfiguration, "The values of an ENUM feature."),
            optional(
                "unitTransformation", \.unitTransformation, .object("unit transformation"), "Small to large units."),
            defaulted("metadata", \.metadata, .metadata, to: [:], "Your own notes."),
            make: Self.init, check: checkTogether)

        public var resolvedMeterType: MeterType { meterType ?? (meter == nil ? .none : .incremental) }
    }

    public typealias Output = Feature

    public static let row = OperationRow(
        .createFeature, of: Self.self,
        summary: "Creates a feature; with a meter, its usage is counted from events, stored ones included.",
        effect: .write, subject: .nobody,
        route: .post("/api/v1/features"),
        errors: [.duplicatedEntity, .idempotencyConflict],
        example: OperationRow.Example([
            "id": "feature-tokens", "displayName": "Tokens", "featureType": "NUMBER", "meterType": "INCREMENTAL",
            "featureUnits": "token", "featureUnitsPlural": "tokens",
            "meter": [
                "aggregation": ["function": "SUM", "field": "tokens"],
                "filters": [
                    ["conditions": [["field": "eventName", "operation": "EQUALS", "value": "llm.inference"]]]
                ],
            ],
        ]))
}

extension CreateFeature.Input {
    /// What goes with which type of feature.
    private static func checkTogether(_ input: Self, _ path: FieldPath) throws(InputProblem) {
        var sentences: [String] = []
        func refuse(_ name: String, _ why: String) { sentences.append("'\(path.member(name))' \(why)") }
        if input.featureType != .number {
            let type = input.featureType.rawValue
            if input.meter != nil { refuse("meter", "must be left out: a feature of type \(type) is not metered") }
            if input.meterType ?? .none != .none { refuse("meterType", "must be None for a feature of type \(type)") }
            if input.unitTransformation != nil { refuse("unitTransformation", "must be left out for type \(type)") }
        } else if input.meter != nil, input.meterType == MeterType.none {
            refuse("meterType", "must be INCREMENTAL or FLUCTUATING for a feature with a meter, got None")
        }
        let values = input.enumConfiguration ?? []
        if input.featureType == .enum {
            if values.isEmpty { refuse("enumConfiguration", "is required for a feature of type ENUM") }
            if Set(values.map(\.value)).count < values.count {
                refuse("enumConfiguration", "must hold different values, got one twice")
            }
        } else if !values.isEmpty {
            refuse("enumConfiguration", "must be left out for a feature of type \(input.featureType.rawValue)")
        }
        guard sentences.isEmpty else { throw InputProblem(sentences) }
    }
}
