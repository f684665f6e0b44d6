public import TidemillCore

/// Credits consumed over time.
public enum GetCreditUsage: ClientOperation {
    public struct Input: Paged {
        public var customerID: CustomerID
        public var currencyID: String?
        public var resourceID: String?
        public var startDate: Timestamp?
        public var endDate: Timestamp?
        public var timeRange: Span
        public var groupBy: [String]
        public var limit: Int64
        public var after: Cursor?
        public var before: Cursor?

        public static let shape = Shape(
            required("customerId", \.customerID, .customerID, "Whose consumption."),
            optional(
                "currencyId", \.currencyID, .creditCurrencyID, "The credit currency; may be left out where one is used."
            ),
            optional("resourceId", \.resourceID, .resourceID, "Of this resource; what has none when left out."),
            optional("startDate", \.startDate, .timestamp, "From here on; wins over `timeRange`."),
            optional("endDate", \.endDate, .timestamp, "Until here; now when left out."),
            defaulted("timeRange", \.timeRange, .choice, to: .lastMonth, "LAST_MONTH when left out."),
            defaulted("groupBy", \.groupBy, .groupBy, to: [], "Dimensions, and `featureId`: a series for each value."),
            limitField(\.limit), afterField(\.after), beforeField(\.before),
            make: Self.init,
            check: { (input, path) throws(InputProblem) in
                try checkPaging(input, path)
                if let start = input.startDate, let end = input.endDate, start >= end {
                    throw .expected("a time after 'startDate'", at: path.member("endDate"), got: "\(end)")
                }
            })
    }

    public enum Span: String, WireEnum {
        case lastDay = "LAST_DAY"
        case lastWeek = "LAST_WEEK"
        case lastMonth = "LAST_MONTH"
        case lastYear = "LAST_YEAR"
    }

    public struct Output: Shaped {
        public var currency: Currency?
        public var series: [Series]
        public var totalCredits: Amount
        public var pagination: Pagination

        public init(currency: Currency?, series: [Series], totalCredits: Amount, pagination: Pagination) {
            self.currency = currency
            self.series = series
            self.totalCredits = totalCredits
            self.pagination = pagination
        }

        public static let shape = Shape(
            optional("currency", \.currency, .object("credit currency"), "The credit currency."),
            required("series", \.series, .list(of: .object("series"), "series", 0...100), "The largest first."),
            required("totalCredits", \.totalCredits, .amount, "Of all series, those of other pages included."),
            required("pagination", \.pagination, .object("pagination"), "Where the neighbours are."),
            make: Self.init)
    }

    public struct Currency: Shaped {
        public var currencyID: String
        public var displayName: String
        public var singular: String?
        public var plural: String?
        public var symbol: String?

        public init(currencyID: String, displayName: String, singular: String?, plural: String?, symbol: String?) {
            self.currencyID = currencyID
            self.displayName = displayName
            self.singular = singular
            self.plural = plural
            self.symbol = symbol
        }

        public static let shape = Shape(
            required("currencyId", \.currencyID, .creditCurrencyID, "Its id."),
            required("displayName", \.displayName, .text(0...255), "What people see."),
            optional("singular", \.singular, .text(0...255), "One of it."),
            optional("plural", \.plural, .text(0...255), "Several of it."),
            optional("symbol", \.symbol, .text(0...255), "Its sign."),
            make: Self.init)
    }

    public struct Series: Shaped {
        public var featureID: String?
        public var featureName: String?
        public var tags: [Tag]?
        public var totalCredits: Amount
        public var eventCount: Int64
        public var points: [Point]

        public init(
            featureID: String?, featureName: String?, tags: [Tag]?, totalCredits: Amount, eventCount: Int64,
            points: [Point]
        ) {
            self.featureID = featureID
            self.featureName = featureName
            self.tags = tags
            self.totalCredits = totalCredits
            self.eventCount = eventCount
            self.points = points
        }

        public static let shape = Shape(
            optional("featureId", \.featureID, .text(1...255), "The feature, with `groupBy` featureId."),
            optional("featureName", \.featureName, .text(0...255), "Its name."),
            optional("tags", \.tags, .list(of: .object("tag"), "tags", 0...3), "The values of the dimensions."),
            required("totalCredits", \.totalCredits, .amount, "Consumed in the range."),
            required("eventCount", \.eventCount, .integer(0...Int64.max), "From so many events, reports and burns."),
            required(
                "points", \.points, .list(of: .object("point"), "points", 0...10_000), "Those that are not empty."),
            make: Self.init)
    }

    public struct Tag: Shaped {
        public var key: String
        public var value: String

        public init(key: String, value: String) {
            self.key = key
            self.value = value
        }

        public static let shape = Shape(
            required("key", \.key, .text(0...255), "The dimension."),
            required("value", \.value, .text(max: 65_536), "Its value; empty for none."),
            make: Self.init)
    }

    public struct Point: Shaped {
        public var timestamp: Timestamp
        public var value: Amount
        public var eventCount: Int64

        public init(timestamp: Timestamp, value: Amount, eventCount: Int64) {
            self.timestamp = timestamp
            self.value = value
            self.eventCount = eventCount
        }

        public static let shape = Shape(
            required("timestamp", \.timestamp, .timestamp, "Begin of the hour, day or month, in UTC."),
            required("value", \.value, .amount, "Credits consumed in it."),
            required("eventCount", \.eventCount, .integer(0...Int64.max), "From so many events, reports and burns."),
            make: Self.init)
    }

    public static let row = OperationRow(
        .getCreditUsage, of: Self.self,
        summary:
            "Credits that a customer consumed over time: by hour up to two days, by month beyond 100, else by day.",
        effect: .read, subject: .customer("customerId"),
        route: .get("/api/v1/credits/usage"),
        errors: [.customerNotFound, .customCurrencyNotFound],
        example: OperationRow.Example(
            ["customerId": "customer-acme", "currencyId": "credits-ai", "timeRange": "LAST_WEEK"],
            after: CreditExamples.granted))
}

extension FieldKind where Value == [String] {
    /// Up to three dimension keys, and the reserved `featureId` beside them. As in a query: a list with commas; a list of texts too.
    static var groupBy: FieldKind {
        let expected = "up to 3 dimension keys and featureId, with commas between them, such as \"featureId,model\""
        return FieldKind(
            expected: expected, type: "list with commas",
            bounds: "at most 3 keys beside featureId, of letters, digits, _ $ -",
            decode: { (payload, path) throws(InputProblem) in
                let keys: [String]
                switch payload {
                case .string(let text):
                    keys = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
                case .array(let items):
                    var texts: [String] = []
                    for item in items {
                        guard let text = item.text else { throw .expected(expected, at: path, got: item.kind) }
                        texts.append(text)
                    }
                    keys = texts
                case .null, .boolean, .integer, .number, .object: throw .expected(expected, at: path, got: payload.kind)
                }
                guard keys.count(where: { $0 != "featureId" }) <= 3, Set(keys.map { ByteText($0) }).count == keys.count
                else {
                    throw .expected(expected, at: path, got: "\(keys.count) keys")
                }
                for key in keys {
                    let isGood =
                        (1...255).contains(key.utf8.count)
                        && key.utf8.allSatisfy { byte in
                            switch byte {
                            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "$"),
                                UInt8(ascii: "-"):
                                true
                            default: false
                            }
                        }
                    guard isGood else { throw .expected(expected, at: path, got: InputProblem.shown(key)) }
                }
                return keys
            },
            encode: { value, _ in .string(value.joined(separator: ",")) })
    }
}
