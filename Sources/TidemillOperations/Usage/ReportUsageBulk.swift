/// Reports up to 100 usages at once: all are stored, or none.
public enum ReportUsageBulk: ClientOperation {
    public struct Input: Shaped {
        public var usages: [UsageReport]

        public init(usages: [UsageReport]) {
            self.usages = usages
        }

        public static let shape = Shape(
            required("usages", \.usages, .list(of: .object("usage report"), "usage reports", 1...100), "The reports."),
            make: Self.init)
    }

    public struct Output: Shaped {
        public var usages: [UsageMeasurement]

        public init(usages: [UsageMeasurement]) {
            self.usages = usages
        }

        public static let shape = Shape(
            required(
                "usages", \.usages, .list(of: .object("measurement"), "measurements", 1...100),
                "One measurement a report, in their order."),
            make: Self.init)
    }

    public static let row = OperationRow(
        .reportUsageBulk, of: Self.self,
        summary: "Reports 1 to 100 usages at once: all are stored, or none.",
        effect: .write(customerField: nil),
        route: .post("/api/v2/usage"),
        errors: ReportUsage.row.errors,
        example: OperationRow.Example(
            [
                "usages": [
                    ["customerId": "customer-acme", "featureId": "feature-seats", "value": 3],
                    ["customerId": "customer-acme", "featureId": "feature-seats", "value": -1],
                ]
            ],
            after: ReportUsage.row.example.after))
}
