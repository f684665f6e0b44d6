public import TidemillCore

/// A feature: a switch, a list of values, a number, or something whose usage is counted.
public struct Feature: Shaped, Listed {
    public var id: FeatureID
    public var displayName: String
    public var description: String?
    public var featureType: FeatureType
    public var meterType: MeterType
    public var featureStatus: FeatureStatus
    public var featureUnits: String?
    public var featureUnitsPlural: String?
    public var enumConfiguration: [EnumValue]?
    public var meter: Meter?
    public var unitTransformation: UnitTransformation?
    public var metadata: TextMap<String>
    public var createdAt: Timestamp
    public var updatedAt: Timestamp

    public init(
        id: FeatureID, displayName: String, description: String?, featureType: FeatureType, meterType: MeterType,
        featureStatus: FeatureStatus, featureUnits: String?, featureUnitsPlural: String?,
        enumConfiguration: [EnumValue]?, meter: Meter?, unitTransformation: UnitTransformation?,
        metadata: TextMap<String>, createdAt: Timestamp, updatedAt: Timestamp
    ) {
        self.id = id
        self.displayName = displayName
        self.description = description
        self.featureType = featureType
        self.meterType = meterType
        self.featureStatus = featureStatus
        self.featureUnits = featureUnits
        self.featureUnitsPlural = featureUnitsPlural
        self.enumConfiguration = enumConfiguration
        self.meter = meter
        self.unitTransformation = unitTransformation
        self.metadata = metadata
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }

    public static let singular = "feature"
    public static let plural = "features"

    public static let shape = Shape(
        required("id", \.id, .featureID, "The feature's id."),
        required("displayName", \.displayName, .text(1...255), "What people read."),
        optional("description", \.description, .text(max: 4096), "What it is."),
        required("featureType", \.featureType, .choice, "What kind of feature it is."),
        required("meterType", \.meterType, .choice, "How its usage moves."),
        required("featureStatus", \.featureStatus, .choice, "Whether it is in use."),
        optional("featureUnits", \.featureUnits, .text(max: 255), "One of what: \"token\"."),
        optional("featureUnitsPlural", \.featureUnitsPlural, .text(max: 255), "Many of what: \"tokens\"."),
        optional("enumConfiguration", \.enumConfiguration, .enumConfiguration, "The values of an ENUM feature."),
        optional("meter", \.meter, .object("meter"), "How events are counted; null where usage is reported."),
        optional("unitTransformation", \.unitTransformation, .object("unit transformation"), "Small to large units."),
        defaulted("metadata", \.metadata, .metadata, to: [:], "Your own notes."),
        required("createdAt", \.createdAt, .timestamp, "When it was created."),
        required("updatedAt", \.updatedAt, .timestamp, "When it was last changed."),
        make: Self.init)
}

public enum FeatureType: String, WireEnum {
    case boolean = "BOOLEAN"
    case number = "NUMBER"
    case `enum` = "ENUM"
}

/// How usage moves: up and down, up only, or not at all.
public enum MeterType: String, WireEnum {
    case none = "None"
    case fluctuating = "FLUCTUATING"
    case incremental = "INCREMENTAL"

    public static var alternatives: [String: MeterType] {
        ["NONE": .none, "Fluctuating": .fluctuating, "Incremental": .incremental]
    }
}

public enum FeatureStatus: String, WireEnum {
    case new = "NEW"
    case suspended = "SUSPENDED"
    case active = "ACTIVE"
}

public struct EnumValue: Shaped, Hashable {
    public var value: String
    public var displayName: String

    public static let shape = Shape(
        required("value", \.value, .text(1...255), "The value."),
        required("displayName", \.displayName, .text(1...255), "What people read."),
        make: Self.init)
}

/// Usage is reported in small units and shown in large ones: bytes and gigabytes.
public struct UnitTransformation: Shaped, Hashable {
    public enum Round: String, WireEnum {
        case up = "UP"
        case down = "DOWN"
    }

    public var divide: Int64
    public var round: Round = .up
    public var featureUnits: String?
    public var featureUnitsPlural: String?

    public static let shape = Shape(
        required("divide", \.divide, .integer(1...1_000_000_000_000_000), "How many small units make a large one."),
        defaulted("round", \.round, .choice, to: .up, "What becomes of the rest; UP when left out."),
        optional("featureUnits", \.featureUnits, .text(max: 255), "The large unit."),
        optional("featureUnitsPlural", \.featureUnitsPlural, .text(max: 255), "The large units."),
        make: Self.init)
}

extension FieldKind where Value == [EnumValue] {
    static var enumConfiguration: FieldKind { .list(of: .object("enum value"), "enum values", 0...1000) }
}
