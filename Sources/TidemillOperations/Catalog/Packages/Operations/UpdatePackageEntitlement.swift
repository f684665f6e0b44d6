public import TidemillCore

/// Changes an entitlement in the draft of a plan or add-on.
public enum UpdatePackageEntitlement<Kind: Package>: ClientOperation {
    public struct Input: Shaped {
        public var packageID: String
        public var id: String
        public var type: EntitlementType?
        public var amount: Change<Amount>
        public var behavior: EntitlementBehavior?
        public var cadence: CreditCadence?
        public var dependencyFeatureID: Change<FeatureID>
        public var description: Change<String>
        public var displayNameOverride: Change<String>
        public var enumValues: Change<[String]>
        public var hasSoftLimit: Bool?
        public var hasUnlimitedUsage: Bool?
        public var hiddenFromWidgets: [Widget]?
        public var isCustom: Bool?
        public var isGranted: Bool?
        public var monthlyResetPeriodConfiguration: Change<ResetConfiguration>
        public var order: Change<Amount>
        public var resetPeriod: Change<ResetPeriod>
        public var usageLimit: Change<Amount>
        public var weeklyResetPeriodConfiguration: Change<ResetConfiguration>
        public var yearlyResetPeriodConfiguration: Change<ResetConfiguration>

        public static var shape: Shape<Self> {
            .once {
                Shape(
                    owningPackageField(\.packageID, of: Kind.kind),
                    required(
                        "id", \.id, .id("an entitlement's id", such: "feature-tokens"),
                        "Its feature or credit currency."),
                    optional("type", \.type, .choice, "Which of the two it is; it cannot change."),
                    clearable("amount", \.amount, .nonnegativeAmount, "CREDIT: how many credits."),
                    changeable("behavior", \.behavior, .choice, "How an add-on's limit goes with the plan's."),
                    changeable("cadence", \.cadence, .choice, "CREDIT: how often they are granted."),
                    clearable(
                        "dependencyFeatureId", \.dependencyFeatureID, .featureID,
                        "CREDIT: the amount is for each unit of this feature."),
                    clearable("description", \.description, .text(max: 4096), "What it is."),
                    clearable("displayNameOverride", \.displayNameOverride, .text(max: 255), "What people read here."),
                    clearable("enumValues", \.enumValues, .enumValues, "FEATURE: the values that are included."),
                    changeable("hasSoftLimit", \.hasSoftLimit, .boolean, "Whether it goes on beyond the limit."),
                    changeable(
                        "hasUnlimitedUsage", \.hasUnlimitedUsage, .boolean, "FEATURE: whether there is no limit."),
                    changeable("hiddenFromWidgets", \.hiddenFromWidgets, .widgets, "Where it is not shown."),
                    changeable("isCustom", \.isCustom, .boolean, "Whether each subscription sets it for itself."),
                    changeable("isGranted", \.isGranted, .boolean, "False revokes what is inherited."),
                    clearable(
                        "monthlyResetPeriodConfiguration", \.monthlyResetPeriodConfiguration, .reset(.month),
                        "FEATURE: what a MONTH is counted from."),
                    clearable("order", \.order, .amount, "Its place among others."),
                    clearable("resetPeriod", \.resetPeriod, .choice, "FEATURE: how often usage begins anew."),
                    clearable("usageLimit", \.usageLimit, .nonnegativeAmount, "FEATURE: how much may be used."),
                    clearable(
                        "weeklyResetPeriodConfiguration", \.weeklyResetPeriodConfiguration, .reset(.week),
                        "FEATURE: what a WEEK is counted from."),
                    clearable(
                        "yearlyResetPeriodConfiguration", \.yearlyResetPeriodConfiguration, .reset(.year),
                        "FEATURE: what a YEAR is counted from."),
                    make: Self.init)
            }
        }
    }

    public typealias Output = PackageEntitlement

    public static var row: OperationRow {
        OperationRow(
            Kind.operations.updateEntitlement, of: Self.self,
            summary: "Changes an entitlement in the draft of the \(Kind.singular): what is left out stays.",
            effect: .write, subject: .nobody,
            route: .patch("\(Kind.kind.basePath)/{\(Kind.kind.idField)}/entitlements/{id}"),
            errors: [
                Kind.kind.notFound, .noFeatureEntitlement, .editAllowedOnDraftPackageOnly, .entityIsArchived,
                .featureNotFound, .invalidArgument, .invalidEntitlementResetPeriod, .meteringNotAvailable,
                .idempotencyConflict,
            ],
            example: OperationRow.Example(
                [
                    Kind.kind.idField: .string(Kind.kind.exampleID), "type": "FEATURE", "id": "feature-tokens",
                    "usageLimit": 2000, "resetPeriod": "MONTH",
                    "monthlyResetPeriodConfiguration": ["accordingTo": "StartOfTheMonth"],
                ],
                after: CatalogExample.draft(Kind.kind)))
    }
}

/// Takes an entitlement out of the draft of a plan or add-on.
public enum DeletePackageEntitlement<Kind: Package>: ClientOperation {
    public struct Input: Shaped {
        public var packageID: String
        public var id: String

        public init(
            packageID: String, id: String
        ) {
            self.packageID = packageID
            self.id = id
        }

        public static var shape: Shape<Self> {
            .once {
                Shape(
                    owningPackageField(\.packageID, of: Kind.kind),
                    required(
                        "id", \.id, .id("an entitlement's id", such: "feature-tokens"),
                        "Its feature or credit currency."),
                    make: Self.init)
            }
        }
    }

    public typealias Output = PackageEntitlement

    public static var row: OperationRow {
        OperationRow(
            Kind.operations.deleteEntitlement, of: Self.self,
            summary: "Takes an entitlement out of the draft of the \(Kind.singular), and answers what it was.",
            effect: .write, subject: .nobody,
            route: .delete("\(Kind.kind.basePath)/{\(Kind.kind.idField)}/entitlements/{id}"),
            errors: [
                Kind.kind.notFound, .noFeatureEntitlement, .editAllowedOnDraftPackageOnly, .entityIsArchived,
                .integrityViolation, .idempotencyConflict,
            ],
            example: OperationRow.Example(
                [Kind.kind.idField: .string(Kind.kind.exampleID), "id": "feature-tokens"],
                after: CatalogExample.draft(Kind.kind)))
    }
}

public typealias UpdatePlanEntitlement = UpdatePackageEntitlement<Plan>
public typealias UpdateAddonEntitlement = UpdatePackageEntitlement<Addon>
public typealias DeletePlanEntitlement = DeletePackageEntitlement<Plan>
public typealias DeleteAddonEntitlement = DeletePackageEntitlement<Addon>
