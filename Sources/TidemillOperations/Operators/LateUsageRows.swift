public import TidemillCore

/// Usage that came too late to be billed without a person: it could be a repeat that is not known any more.
public enum LateUsageState: String, WireEnum {
    case waits = "WAITS"
    case accepted = "ACCEPTED"
    /// Nobody pays for it.
    case waived = "WAIVED"
}

/// What a person decides about it.
public enum LateUsageDecision: String, WireEnum {
    case accepted = "ACCEPTED"
    case waived = "WAIVED"

    public var state: LateUsageState { self == .accepted ? .accepted : .waived }
}

/// Lists usage that came too late, in the order of its arrival.
public enum ListLateUsage: ClientOperation {
    public struct Input: ListInput {
        public var customerID: CustomerID?
        public var featureID: FeatureID?
        public var delivery: String?
        public var all: Bool
        public var limit: Int64
        public var after: Cursor?

        public static let shape = Shape(
            optional("customerId", \.customerID, .customerID, "Only this customer's."),
            optional("featureId", \.featureID, .featureID, "Only of this feature."),
            optional("delivery", \.delivery, .deliveryID, "Only what this delivery brought."),
            defaulted("all", \.all, .boolean, to: false, "Also what was decided about."),
            limitField(\.limit), afterField(\.after),
            make: Self.init)
    }

    public typealias Output = Listing<LateUsageEntry>

    public static let row = OperationRow(
        operator: .listLateUsage, of: Self.self,
        summary: "Usage of closed periods that came too late to be billed without a person, by its arrival.",
        effect: .read, subject: .customer("customerId"),
        example: OperationRow.Example(["customerId": "customer-acme"]))
}

/// Decides whether usage that came too late is billed.
public enum DecideLateUsage: ClientOperation {
    public struct Input: Shaped {
        public var ids: [String]?
        public var customerID: CustomerID?
        public var featureID: FeatureID?
        public var delivery: String?
        public var all: Bool
        public var decision: LateUsageDecision
        public var reason: String

        public static let shape = Shape(
            optional("ids", \.ids, .list(of: .text(1...64), "ids", 1...1000), "Those with these ids."),
            optional("customerId", \.customerID, .customerID, "Only this customer's."),
            optional("featureId", \.featureID, .featureID, "Only of this feature."),
            optional("delivery", \.delivery, .deliveryID, "Only what this delivery brought."),
            defaulted("all", \.all, .boolean, to: false, "All that waits."),
            required(
                "decision", \.decision, .choice, "ACCEPTED: it is billed with the next invoice; WAIVED: nobody pays."),
            required("reason", \.reason, .reason, "Why, for whoever looks at it later."),
            make: Self.init, check: check)

        private static func check(_ input: Self, _ path: FieldPath) throws(InputProblem) {
            let isChosen =
                input.ids != nil || input.customerID != nil || input.featureID != nil || input.delivery != nil
            guard isChosen == input.all else { return }
            throw InputProblem([
                isChosen
                    ? "'all' takes all; leave the other choices out"
                    : "choose with 'ids', 'customerId', 'featureId', 'delivery' or 'all'"
            ])
        }
    }

    public struct Output: Shaped {
        public var decided: Int64

        public init(decided: Int64) { self.decided = decided }

        public static let shape = Shape(
            required("decided", \.decided, .count, "How many."), make: Self.init)
    }

    public static let row = OperationRow(
        operator: .decideLateUsage, of: Self.self,
        summary: "Decides whether usage that came too late is billed with the next invoice, or nobody pays for it.",
        effect: .write, subject: .customer("customerId"), errors: [.notFound, .invalidArgument],
        example: OperationRow.Example(
            ["customerId": "customer-acme", "decision": "WAIVED", "reason": "the file was sent twice"]))
}

/// Usage of one hour, or one report, that came too late.
public struct LateUsageEntry: Shaped, Listed {
    public var id: String
    public var customerID: String
    public var resourceID: String?
    public var featureID: String
    public var at: Timestamp
    public var arrivedAt: Timestamp
    public var delivery: String?
    public var value: Amount
    public var state: LateUsageState

    public init(
        id: String, customerID: String, resourceID: String?, featureID: String, at: Timestamp, arrivedAt: Timestamp,
        delivery: String?, value: Amount, state: LateUsageState
    ) {
        self.id = id
        self.customerID = customerID
        self.resourceID = resourceID
        self.featureID = featureID
        self.at = at
        self.arrivedAt = arrivedAt
        self.delivery = delivery
        self.value = value
        self.state = state
    }

    public static let singular = "late usage"
    public static let plural = "late usages"

    public static let shape = Shape(
        required("id", \.id, .anyText, "By which it is named."),
        required("customerId", \.customerID, .anyText, "Whose it is."),
        optional("resourceId", \.resourceID, .anyText, "For which resource."),
        required("featureId", \.featureID, .anyText, "What was used."),
        required("at", \.at, .timestamp, "When; of events, the beginning of their hour."),
        required("arrivedAt", \.arrivedAt, .timestamp, "When it arrived."),
        optional("delivery", \.delivery, .anyText, "What brought it; nothing for a call."),
        required("value", \.value, .amount, "How much, in the units that are reported."),
        required("state", \.state, .choice, "WAITS, ACCEPTED or WAIVED."),
        make: Self.init)
}
