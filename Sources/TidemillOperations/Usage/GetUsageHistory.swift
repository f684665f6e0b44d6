public import TidemillCore

/// A customer's usage of a feature over time.
public enum GetUsageHistory: ClientOperation {
    public struct Input: Shaped {
        public var customerID: CustomerID
        public var featureID: FeatureID
        public var startDate: Timestamp
        public var endDate: Timestamp?
        public var resourceID: String?
        public var groupBy: [String]?

        public static let shape = Shape(
            required("customerId", \.customerID, .customerID, "Whose usage."),
            required("featureId", \.featureID, .featureID, "Of which feature."),
            required("startDate", \.startDate, .timestamp, "From when."),
            optional("endDate", \.endDate, .timestamp, "Until when, exclusive; now when left out."),
            optional("resourceId", \.resourceID, .resourceID, "Only this resource's usage."),
            optional(
                "groupBy", \.groupBy, .oneOrMore(of: .text(1...255)),
                "Dimensions to keep apart, at most 3: one series for each combination of their values."),
            make: Self.init
        ) { (input, path) throws(InputProblem) in
            if let end = input.endDate, end <= input.startDate {
                throw InputProblem(["'endDate' must be later than 'startDate'"])
            }
            if let groupBy = input.groupBy, groupBy.count > MeterDefinition.groupByMax {
                throw .expected("at most 3 dimensions", at: path.member("groupBy"), got: "\(groupBy.count)")
            }
        }
    }

    public struct Output: Shaped {
        public var series: [UsageSeries]
        public var markers: [UsageMarker]

        public init(series: [UsageSeries], markers: [UsageMarker]) {
            self.series = series
            self.markers = markers
        }

        public static let shape = Shape(
            required(
                "series", \.series, .list(of: .object("series"), "series", 0...100_000),
                "One series for each combination of the grouped dimensions."),
            required(
                "markers", \.markers, .list(of: .object("marker"), "markers", 0...100_000),
                "When the counter began anew: with a period of the limit, or a change of the subscription."),
            make: Self.init)
    }

    public static let row = OperationRow(
        .getUsageHistory, of: Self.self,
        summary:
            "A customer's usage of a feature over time: the running total at regular points, from zero where it began anew.",
        effect: .read, subject: .customer("customerId"),
        route: .get("/api/v1/usage/{customerId}/history/{featureId}"),
        errors: [.featureNotFound],
        example: OperationRow.Example(
            [
                "customerId": "customer-acme", "featureId": "feature-seats", "startDate": "2026-10-01T00:00:00Z",
                "endDate": "2026-10-02T00:00:00Z",
            ],
            after: ReportUsage.row.example.after + [(.reportUsage, ReportUsage.row.example.input)]))
}

/// One line of a chart.
public struct UsageSeries: Shaped {
    public var points: [UsagePoint]
    public var tags: [UsageTag]

    public init(points: [UsagePoint], tags: [UsageTag]) {
        self.points = points
        self.tags = tags
    }

    public static let shape = Shape(
        required("points", \.points, .list(of: .object("point"), "points", 0...100_000), "In the order of time."),
        required("tags", \.tags, .list(of: .object("tag"), "tags", 0...3), "The values of the grouped dimensions."),
        make: Self.init)
}

public struct UsagePoint: Shaped {
    public var timestamp: Timestamp
    public var value: Amount
    public var isResetPoint: Bool

    public init(timestamp: Timestamp, value: Amount, isResetPoint: Bool) {
        self.timestamp = timestamp
        self.value = value
        self.isResetPoint = isResetPoint
    }

    public static let shape = Shape(
        required("timestamp", \.timestamp, .timestamp, "The instant."),
        required("value", \.value, .amount, "The usage at that instant."),
        required("isResetPoint", \.isResetPoint, .boolean, "Whether the counter began anew here."),
        make: Self.init)
}

public struct UsageTag: Shaped {
    public var key: String
    public var value: String

    public init(key: String, value: String) {
        self.key = key
        self.value = value
    }

    public static let shape = Shape(
        required("key", \.key, .text(0...65_536), "The dimension."),
        required("value", \.value, .text(0...65_536), "Its value in this series."),
        make: Self.init)
}

public struct UsageMarker: Shaped {
    public enum Kind: String, WireEnum {
        case periodicReset = "PERIODIC_RESET"
        case subscriptionChangeReset = "SUBSCRIPTION_CHANGE_RESET"
    }

    public var timestamp: Timestamp
    public var type: Kind

    public init(timestamp: Timestamp, type: Kind) {
        self.timestamp = timestamp
        self.type = type
    }

    public static let shape = Shape(
        required("timestamp", \.timestamp, .timestamp, "The instant."),
        required("type", \.type, .choice, "Why the counter was reset."),
        make: Self.init)
}
