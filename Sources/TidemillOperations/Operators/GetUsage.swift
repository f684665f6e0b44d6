public import TidemillCore

/// How much each customer used of each feature: of all time, or within bounds, by windows and dimensions.
public enum GetUsage: ClientOperation {
    public struct Input: Ranged {
        public var featureID: FeatureID?
        public var customerID: CustomerID?
        public var resourceID: String?
        public var groupBy: [String]
        public var from: Timestamp?
        public var to: Timestamp?
        public var window: UsageWindowSize?
        public var timezone: String

        public static let shape = Shape(
            optional("featureId", \.featureID, .featureID, "Only this feature."),
            optional("customerId", \.customerID, .customerID, "Only this customer."),
            optional("resourceId", \.resourceID, .resourceID, "Only this resource."),
            defaulted(
                "groupBy", \.groupBy, .list(of: .text(1...255), "dimensions", 0...16), to: [],
                "Apart by these dimensions, each once."),
            optional("from", \.from, .timestamp, "From this instant on, by the events' own timestamps."),
            optional("to", \.to, .timestamp, "Up to this instant, without it."),
            optional("window", \.window, .choice, "One row for each of these."),
            defaulted("timezone", \.timezone, .timezone, to: "UTC", "Where days and months begin; UTC when left out."),
            make: Self.init, check: checkRange)
    }

    public struct Output: Shaped {
        public var data: [UsageEntry]
        public var filling: [String]
        public var partial: [String]

        public init(data: [UsageEntry], filling: [String], partial: [String]) {
            self.data = data
            self.filling = filling
            self.partial = partial
        }

        public static let shape = Shape(
            required(
                "data", \.data, .list(of: .object("usage"), "usages", 0...OperatorPaging.itemsMax),
                "One row for each customer, feature, resource, group and window."),
            required(
                "filling", \.filling, .list(of: .anyText, "texts", 0...OperatorPaging.itemsMax),
                "Features whose meters are being filled in: the answer grows until then."),
            required(
                "partial", \.partial, .list(of: .anyText, "texts", 0...OperatorPaging.itemsMax),
                "Features of which some events of that time are no longer stored."),
            make: Self.init)
    }

    public static let row = OperationRow(
        operator: .getUsage, of: Self.self,
        summary:
            "How much each customer used of each feature: of all time, or within bounds, by windows and dimensions.",
        effect: .read, subject: .customer("customerId"), errors: [.featureNotFound],
        example: OperationRow.Example(
            ["featureId": "feature-seats"],
            after: ReportUsage.row.example.after + [(.reportUsage, ReportUsage.row.example.input)]))
}

/// One row of usage.
public struct UsageEntry: Shaped {
    public var customerID: String
    public var featureID: String
    public var value: Amount
    public var resourceID: String?
    public var dimensions: TextMap<Payload>?
    public var windowStart: Timestamp?

    public init(
        customerID: String, featureID: String, value: Amount, resourceID: String? = nil,
        dimensions: TextMap<Payload>? = nil, windowStart: Timestamp? = nil
    ) {
        self.customerID = customerID
        self.featureID = featureID
        self.value = value
        self.resourceID = resourceID
        self.dimensions = dimensions
        self.windowStart = windowStart
    }

    public static let shape = Shape(
        required("customerId", \.customerID, .anyText, "Who used it."),
        required("featureId", \.featureID, .anyText, "The feature."),
        required("value", \.value, .amount, "How much; the level at the window's end where usage is reported."),
        optional("resourceId", \.resourceID, .anyText, "Of which resource."),
        optional("dimensions", \.dimensions, .dimensions, "The group."),
        optional("windowStart", \.windowStart, .timestamp, "The window."),
        make: Self.init)
}

public enum UsageWindowSize: String, WireEnum {
    case hour, day, month
}
