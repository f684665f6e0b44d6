public import TidemillCore

/// Reports up to 100 usages at once: all are stored, or none.
public enum ReportUsageBulk: ClientOperation {
    public struct Input: Shaped {
        public var usages: [UsageReport]

        public static let shape = Shape(
            required("usages", \.usages, .list(of: .object("usage report"), "usage reports", 1...100), "The reports."),
            make: Self.init)
    }

    public struct Output: Shaped {
        public var usages: [UsageMeasurement]
        public var credits: [WalletUsage]?

        public init(usages: [UsageMeasurement], credits: [WalletUsage]? = nil) {
            self.usages = usages
            self.credits = credits
        }

        public static let shape = Shape(
            required(
                "usages", \.usages, .list(of: .object("measurement"), "measurements", 1...100),
                "One measurement a report, in their order."),
            optional(
                "credits", \.credits, .list(of: .object("wallet"), "wallets", 0...100),
                "The wallets that paid, each once, after all reports."),
            make: Self.init)
    }

    public static let row = OperationRow(
        .reportUsageBulk, of: Self.self,
        summary: "Reports 1 to 100 usages at once: all are stored, or none.",
        effect: .write, subject: .nobody,
        route: .post("/api/v2/usage"), reports: .usage, records: "usages",
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

extension ReportUsageBulk {
    /// The measurements of an answer, each with the wallet that is listed once for all: as version 1 of the API and its
    /// GraphQL have it.
    public static func withWallets(_ answer: Payload) -> [Payload] {
        let wallets = answer["credits"]?.items ?? []
        return (answer["usages"]?.items ?? []).map { usage in
            guard case .object(var members) = usage, let credit = members["credit"], !credit.isNull,
                case .object(var block) = credit
            else { return usage }
            let same = wallets.filter {
                $0["customerId"] == members["customerId"] && $0["currencyId"] == block["currencyId"]
            }
            // The resource's own wallet, where it has one.
            let wallet = same.first { $0["resourceId"] == members["resourceId"] } ?? same.first
            for name in ["currentUsage", "usageLimit", "timestamp", "usagePeriodEnd"] {
                block[name] = wallet?[name] ?? .null
            }
            members["credit"] = .object(block)
            return .object(members)
        }
    }
}

/// A credit wallet after a report.
public struct WalletUsage: Shaped {
    public var customerID: CustomerID
    public var resourceID: String?
    public var currencyID: String
    public var currentUsage: Amount
    public var usageLimit: Amount
    public var timestamp: Timestamp
    public var usagePeriodEnd: Timestamp?

    public init(
        customerID: CustomerID, resourceID: String?, currencyID: String, currentUsage: Amount, usageLimit: Amount,
        timestamp: Timestamp, usagePeriodEnd: Timestamp?
    ) {
        self.customerID = customerID
        self.resourceID = resourceID
        self.currencyID = currencyID
        self.currentUsage = currentUsage
        self.usageLimit = usageLimit
        self.timestamp = timestamp
        self.usagePeriodEnd = usagePeriodEnd
    }

    public static let shape = Shape(
        required("customerId", \.customerID, .customerID, "Whose wallet."),
        optional("resourceId", \.resourceID, .resourceID, "The resource whose wallet it is."),
        required("currencyId", \.currencyID, .creditCurrencyID, "The credit currency."),
        required("currentUsage", \.currentUsage, .amount, "Consumed plus held, of the grants in effect."),
        required("usageLimit", \.usageLimit, .amount, "Granted in all, by the grants in effect."),
        required("timestamp", \.timestamp, .timestamp, "A version stamp: the last change of the wallet."),
        optional("usagePeriodEnd", \.usagePeriodEnd, .timestamp, "When the recurring credits in effect end."),
        make: Self.init)
}
