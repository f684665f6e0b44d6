public import TidemillCore

/// Reports pre-aggregated usage of one feature.
public enum ReportUsage: ClientOperation {
    public typealias Input = UsageReport
    public typealias Output = UsageMeasurement

    public static let row = OperationRow(
        .reportUsage, of: Self.self,
        summary: "Reports usage of a feature that the application counts itself; answers the new total.",
        effect: .write, subject: .customer("customerId"),
        route: .post("/api/v2/usage"), reports: .usage,
        errors: [
            .customerNotFound, .featureNotFound, .entityIsArchived, .cannotReportUsageWithMeter, .meteringNotAvailable,
            .usageOutOfRange, .idempotencyConflict,
        ],
        example: OperationRow.Example(
            ["customerId": "customer-acme", "featureId": "feature-seats", "value": 3, "idempotencyKey": "seats-1"],
            after: [
                (.provisionCustomer, ["id": "customer-acme"]),
                (
                    .createFeature,
                    [
                        "id": "feature-seats", "displayName": "Seats", "featureType": "NUMBER",
                        "meterType": "FLUCTUATING",
                    ]
                ),
            ]))
}

/// How much a customer used, or now uses in all.
public struct UsageReport: Shaped {
    public var customerID: CustomerID
    public var featureID: FeatureID
    public var value: Amount
    public var updateBehavior: UpdateBehavior = .delta
    public var resourceID: String?
    public var createdAt: Timestamp?
    public var idempotencyKey: String?
    public var dimensions: TextMap<Payload>?

    public static let shape = Shape(
        required("customerId", \.customerID, .customerID, "Who used it."),
        required("featureId", \.featureID, .featureID, "The feature that was used."),
        required("value", \.value, .amount, "How much: added with DELTA (may be negative), the new total with SET."),
        defaulted("updateBehavior", \.updateBehavior, .choice, to: .delta, "DELTA when left out."),
        optional(
            "resourceId", \.resourceID, .resourceID, "The resource, where a customer has several: its own counter."),
        optional("createdAt", \.createdAt, .timestamp, "When it was used; on arrival when left out."),
        optional(
            "idempotencyKey", \.idempotencyKey, .idempotencyKey, "A repeat of the same key changes nothing."),
        optional("dimensions", \.dimensions, .dimensions, "Kept with the report."),
        make: Self.init)
}

public enum UpdateBehavior: String, WireEnum {
    case delta = "DELTA"
    case set = "SET"
}

/// What a usage report came to.
public struct UsageMeasurement: Shaped {
    public var id: String
    public var createdAt: Timestamp
    public var customerID: CustomerID
    public var featureID: FeatureID
    public var resourceID: String?
    public var timestamp: Timestamp
    public var value: Amount
    public var currentUsage: Amount?
    public var usagePeriodStart: Timestamp?
    public var usagePeriodEnd: Timestamp?
    public var nextResetDate: Timestamp?
    public var credit: CreditConsumed?

    public init(
        id: String, createdAt: Timestamp, customerID: CustomerID, featureID: FeatureID, resourceID: String?,
        timestamp: Timestamp, value: Amount, currentUsage: Amount?, usagePeriodStart: Timestamp?,
        usagePeriodEnd: Timestamp?, nextResetDate: Timestamp?, credit: CreditConsumed?
    ) {
        self.id = id
        self.createdAt = createdAt
        self.customerID = customerID
        self.featureID = featureID
        self.resourceID = resourceID
        self.timestamp = timestamp
        self.value = value
        self.currentUsage = currentUsage
        self.usagePeriodStart = usagePeriodStart
        self.usagePeriodEnd = usagePeriodEnd
        self.nextResetDate = nextResetDate
        self.credit = credit
    }

    public static let shape = Shape(
        required("id", \.id, .text(1...255), "The measurement's own id."),
        required("createdAt", \.createdAt, .timestamp, "When the report was stored."),
        required("customerId", \.customerID, .customerID, "Who used it."),
        required("featureId", \.featureID, .featureID, "The feature that was used."),
        optional("resourceId", \.resourceID, .resourceID, "The resource whose counter it is."),
        required("timestamp", \.timestamp, .timestamp, "When it was used."),
        required("value", \.value, .amount, "The reported value."),
        optional("currentUsage", \.currentUsage, .amount, "The counter after this report."),
        optional("usagePeriodStart", \.usagePeriodStart, .timestamp, "Of an entitlement that resets."),
        optional("usagePeriodEnd", \.usagePeriodEnd, .timestamp, "Of an entitlement that resets."),
        optional("nextResetDate", \.nextResetDate, .timestamp, "Of an entitlement that resets."),
        optional(
            "credit", \.credit, .object("credits consumed"), "What the report cost, where the feature costs credits."),
        make: Self.init)
}

/// The credits that one report consumed.
public struct CreditConsumed: Shaped {
    public var currencyID: String
    public var consumed: Amount

    public init(currencyID: String, consumed: Amount) {
        self.currencyID = currencyID
        self.consumed = consumed
    }

    public static let shape = Shape(
        required("currencyId", \.currencyID, .id("a currency id", such: "credits-ai"), "The credit currency."),
        required("consumed", \.consumed, .amount, "How many; 0 for a repeat."),
        make: Self.init)
}

extension FieldKind where Value == String {
    /// A customer's resource: a workspace, a site.
    public static var resourceID: FieldKind { .id("a resource id", such: "workspace-1") }
    /// A key that names one intent, whatever happens to the call that carries it.
    public static var idempotencyKey: FieldKind { .text(1...255, in: .bytes) }
}
