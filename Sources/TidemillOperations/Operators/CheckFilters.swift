public import TidemillCore

/// Which values of filters are in nothing that is stored or declared: why a list is empty.
public enum CheckFilters: ClientOperation {
    public struct Input: Shaped {
        public var customerID: CustomerID?
        public var resourceID: String?
        public var job: String?
        public var rule: String?
        public var code: String?
        public var delivery: String?
        public var action: String?
        public var currencyID: String?
        public var dimensions: [String]

        public static let shape = Shape(
            optional("customerId", \.customerID, .customerID, "A customer."),
            optional("resourceId", \.resourceID, .anyText, "A resource, of that customer where one is given."),
            optional("job", \.job, .anyText, "A job or grant rule."),
            optional("rule", \.rule, .anyText, "A rule that rejected records."),
            optional("code", \.code, .anyText, "A code of rejected records."),
            optional("delivery", \.delivery, .anyText, "A delivery."),
            optional("action", \.action, .anyText, "An action of the audit."),
            optional("currencyId", \.currencyID, .anyText, "A credit currency."),
            defaulted(
                "dimensions", \.dimensions, .list(of: .anyText, "dimensions", 0...100), to: [],
                "Dimensions that meters read."),
            make: Self.init)
    }

    public typealias Output = AllOf<UnknownFilter>

    public static let row = OperationRow(
        operator: .checkFilters, of: Self.self,
        summary:
            "Which values of filters are in nothing that is stored or declared, and what was meant: why a list is empty.",
        effect: .read,
        example: OperationRow.Example(["job": "nightli"]))
}

/// A filter that can match nothing.
public struct UnknownFilter: Shaped, Listed {
    public static let singular = "unknown filter"
    public static let plural = "unknown filters"

    public var filter: String
    public var value: String
    public var suggestion: String?

    public init(filter: String, value: String, suggestion: String? = nil) {
        self.filter = filter
        self.value = value
        self.suggestion = suggestion
    }

    public static let shape = Shape(
        required("filter", \.filter, .anyText, "The input's field."),
        required("value", \.value, .anyText, "What it was given."),
        optional("suggestion", \.suggestion, .anyText, "The nearest that is known."),
        make: Self.init)
}
