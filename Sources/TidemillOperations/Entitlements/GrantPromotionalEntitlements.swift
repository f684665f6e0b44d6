public import TidemillCore

/// Gives a customer access beside its subscriptions, for a time or for good.
public enum GrantPromotionalEntitlements: ClientOperation {
    /// How many one call grants at most: as many as a plan has.
    public static let grantsMax = PackageVersion.entitlementsMax

    public struct Input: Shaped {
        public var customerID: CustomerID
        public var promotionalEntitlements: [PromotionalGrant]

        public static let shape = Shape(
            required("customerId", \.customerID, .customerID, "The customer."),
            required(
                "promotionalEntitlements", \.promotionalEntitlements,
                .list(of: .object("promotional entitlement"), "promotional entitlements", 1...grantsMax),
                "What it gets, each feature once; a grant replaces the live one of its feature."),
            make: Self.init, check: check)

        private static func check(_ input: Self, _ path: FieldPath) throws(InputProblem) {
            var seen: Set<FeatureID> = []
            for (index, grant) in input.promotionalEntitlements.enumerated()
            where !seen.insert(grant.featureID).inserted {
                let place = path.member("promotionalEntitlements").item(index).member("featureId")
                throw InputProblem([
                    "'\(place)' must be a feature that is granted once in a call, got \"\(grant.featureID)\" again"
                ])
            }
        }
    }

    /// The grants, in the order of the input.
    public struct Output: Shaped {
        public var data: [PromotionalEntitlement]

        public init(data: [PromotionalEntitlement]) {
            self.data = data
        }

        public static let shape = Shape(
            listing: \.data, .list(of: .object("promotional entitlement"), "promotional entitlements", 0...grantsMax),
            make: Self.init)
    }

    public static let row = OperationRow(
        .grantPromotionalEntitlements, of: Self.self,
        summary:
            "Gives a customer features beside its subscriptions, all of them or none; answers the grants in their order.",
        effect: .write, subject: .customer("customerId"),
        route: .post("/api/v1/customers/{customerId}/promotional-entitlements"),
        errors: [
            .customerNotFound, .featureNotFound, .entityIsArchived, .invalidArgument, .invalidEntitlementResetPeriod,
        ],
        example: OperationRow.Example(
            [
                "customerId": "customer-acme",
                "promotionalEntitlements": [
                    ["featureId": "feature-storage", "period": "1 month", "usageLimit": 50, "resetPeriod": "WEEK"]
                ],
            ], after: feature))

    /// A customer and a counted feature.
    static let feature: [(id: OperationID, input: Payload)] = [
        (.provisionCustomer, ["id": "customer-acme"]),
        (
            .createFeature,
            [
                "id": "feature-storage", "displayName": "Storage", "featureType": "NUMBER",
                "meterType": "INCREMENTAL",
            ]
        ),
    ]
}
