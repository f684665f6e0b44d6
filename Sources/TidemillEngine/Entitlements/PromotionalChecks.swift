import TidemillCore
import TidemillOperations

/// Whether a grant fits the kind of its feature.
enum PromotionalChecks {
    static func check(_ grant: PromotionalGrant, of feature: Feature, now: Timestamp) throws {
        func refuse(_ code: OperationError.Code, _ message: String) -> OperationError {
            OperationError(code, "\(OperationID.grantPromotionalEntitlements.rawValue): \(message)")
        }
        guard feature.featureStatus != .suspended else {
            throw refuse(.entityIsArchived, "feature \"\(feature.id)\" is suspended; nothing can be granted of it")
        }
        if let end = grant.customEndDate, end <= now {
            throw refuse(.invalidArgument, "'customEndDate' must be later than now, \(now), got \(end)")
        }
        if grant.resetPeriod != nil, !feature.isCounted {
            throw refuse(
                .invalidEntitlementResetPeriod,
                "'resetPeriod' must be left out: feature \"\(feature.id)\" has no usage that could begin anew")
        }
        switch feature.featureType {
        case .boolean:
            if let name = numeric(grant) ?? (grant.enumValues?.isEmpty == false ? "enumValues" : nil) {
                throw refuse(.invalidArgument, "'\(name)' must be left out: feature \"\(feature.id)\" is a BOOLEAN")
            }
        case .enum:
            if let name = numeric(grant) {
                throw refuse(.invalidArgument, "'\(name)' must be left out: feature \"\(feature.id)\" is an ENUM")
            }
            let known = (feature.enumConfiguration ?? []).map(\.value)
            guard let values = grant.enumValues, !values.isEmpty else {
                throw refuse(
                    .invalidArgument,
                    "'enumValues' is required for the ENUM feature \"\(feature.id)\": some of \(known.joined(separator: ", "))"
                )
            }
            if let stranger = values.first(where: { !known.contains($0) }) {
                throw refuse(
                    .invalidArgument,
                    "'enumValues' must be values of feature \"\(feature.id)\" (\(known.joined(separator: ", "))), got \"\(stranger)\""
                )
            }
        case .number:
            if grant.enumValues?.isEmpty == false {
                throw refuse(
                    .invalidArgument, "'enumValues' must be left out: feature \"\(feature.id)\" is a NUMBER")
            }
            guard grant.usageLimit != nil || grant.hasUnlimitedUsage == true else {
                throw refuse(
                    .invalidArgument,
                    "'usageLimit' or 'hasUnlimitedUsage' is required for the NUMBER feature \"\(feature.id)\"")
            }
        }
    }

    /// A field that only numbers have.
    private static func numeric(_ grant: PromotionalGrant) -> String? {
        if grant.usageLimit != nil { return "usageLimit" }
        if grant.hasUnlimitedUsage == true { return "hasUnlimitedUsage" }
        return grant.hasSoftLimit == true ? "hasSoftLimit" : nil
    }
}
