import TidemillCore

/// What an entitlement is to: a feature or a credit currency.
public enum EntitlementType: String, WireEnum {
    case feature = "FEATURE"
    case credit = "CREDIT"
}

/// The API's unions of an entitlement to a feature and one to credits, told apart by `type`, which is always written.
/// Where an input leaves it out, it is FEATURE.
public enum EitherEntitlement<Feature: Shaped, Credit: Shaped>: Shaped, Listed {
    case feature(Feature)
    case credit(Credit)

    public static var singular: String { "entitlement" }
    public static var plural: String { "entitlements" }

    public var type: EntitlementType {
        switch self {
        case .feature: .feature
        case .credit: .credit
        }
    }

    public static var shape: Shape<Self> {
        .once {
            let features = Feature.shape
            let credits = Credit.shape
            let choice = FieldKind<EntitlementType>.choice
            return Shape(
                describedAs: [description(of: choice)] + together(features.fields, credits.fields),
                read: { (payload, path) throws(InputProblem) in
                    guard case .object(var members) = payload else {
                        throw .expected("an object (entitlement)", at: path, got: payload.kind)
                    }
                    var type = EntitlementType.feature
                    if let given = members.removeValue(forKey: "type"), !given.isNull {
                        type = try choice.decode(given, path.member("type"))
                    }
                    switch type {
                    case .feature: return .feature(try features.read(.object(members), path))
                    case .credit: return .credit(try credits.read(.object(members), path))
                    }
                },
                write: { value, nulls in
                    let written: Payload
                    switch value {
                    case .feature(let feature): written = features.write(feature, nulls)
                    case .credit(let credit): written = credits.write(credit, nulls)
                    }
                    guard case .object(var members) = written else { return written }
                    members["type"] = .string(value.type.rawValue)
                    return .object(members)
                })
        }
    }

    private static func description(of choice: FieldKind<EntitlementType>) -> FieldDescription {
        FieldDescription(
            name: "type", aliases: [], type: choice.type, bounds: nil, isRequired: false, isNullable: false,
            about: "What it is to; FEATURE when left out.", fields: [])
    }

    /// The fields of both; those that only credits have come last.
    private static func together(_ features: [FieldDescription], _ credits: [FieldDescription]) -> [FieldDescription] {
        let known = Set(features.map(\.name))
        return features + credits.filter { !known.contains($0.name) }
    }
}

extension EitherEntitlement: Equatable where Feature: Equatable, Credit: Equatable {}
extension EitherEntitlement: Hashable where Feature: Hashable, Credit: Hashable {}
