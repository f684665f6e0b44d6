public import TidemillCore

/// Why wallets were recharged, or were not; the newest decision first.
public enum ListRecharges: ClientOperation {
    public struct Input: Ranged, ListInput {
        public var customerID: CustomerID?
        public var currencyID: String?
        public var result: String?
        public var from: Timestamp?
        public var to: Timestamp?
        public var limit: Int64
        public var after: Cursor?

        public static let shape = Shape(
            optional("customerId", \.customerID, .customerID, "Only wallets of this customer."),
            optional("currencyId", \.currencyID, .creditCurrencyID, "Only wallets of this credit currency."),
            optional(
                "result", \.result, .text(1...64),
                "Only decisions that came to this, such as CHARGED, REFUSED or NOTHING."),
            optional("from", \.from, .timestamp, "From this instant on."),
            optional("to", \.to, .timestamp, "Up to this instant, without it."),
            limitField(\.limit), afterField(\.after),
            make: Self.init, check: checkRange)
    }

    public typealias Output = Listing<RechargeEntry>

    public static let row = OperationRow(
        operator: .listRecharges, of: Self.self,
        summary: "Why wallets were recharged, or were not; the newest decision first.",
        effect: .read, subject: .customer("customerId"),
        example: OperationRow.Example(["customerId": "customer-acme"]))
}

/// Lets the auto-recharge of a wallet go on that has stopped: a person has looked at its last charge.
public enum ResumeWallet: ClientOperation {
    public struct Input: Shaped {
        public var customerID: CustomerID
        public var currencyID: String
        public var reason: String

        public static let shape = Shape(
            required("customerId", \.customerID, .customerID, "The customer."),
            required("currencyId", \.currencyID, .creditCurrencyID, "The credit currency."),
            required("reason", \.reason, .reason, "Why, for whoever finds it."),
            make: Self.init)
    }

    public typealias Output = AutoRechargeSettings

    public static let row = OperationRow(
        operator: .resumeWallet, of: Self.self,
        summary: "Lets the auto-recharge of a wallet go on that has stopped: a person has looked at its last charge.",
        effect: .write, subject: .customer("customerId"),
        errors: [.customerNotFound, .customCurrencyNotFound, .invalidArgument],
        example: OperationRow.Example(
            [
                "customerId": "customer-acme", "currencyId": "credits-ai",
                "reason": "the bank says that nothing was charged",
            ], after: SaveAutoRecharge.row.example.after + [(.saveAutoRecharge, SaveAutoRecharge.row.example.input)]))
}

/// A decision about a wallet.
public struct RechargeEntry: Shaped, Listed {
    public var number: Int64
    public var customerID: String
    public var currencyID: String
    public var at: Timestamp
    public var lastAt: Timestamp
    public var times: Int64
    public var result: String
    public var reason: String
    public var inputs: Payload
    public var episode: String?
    public var policy: String?
    public var scriptVersion: String?

    public init(
        number: Int64, customerID: String, currencyID: String, at: Timestamp, lastAt: Timestamp, times: Int64,
        result: String, reason: String, inputs: Payload, episode: String? = nil, policy: String? = nil,
        scriptVersion: String? = nil
    ) {
        self.number = number
        self.customerID = customerID
        self.currencyID = currencyID
        self.at = at
        self.lastAt = lastAt
        self.times = times
        self.result = result
        self.reason = reason
        self.inputs = inputs
        self.episode = episode
        self.policy = policy
        self.scriptVersion = scriptVersion
    }

    public static let shape = Shape(
        required("number", \.number, .count, "Counts all decisions."),
        required("customerId", \.customerID, .anyText, "Whose wallet."),
        required("currencyId", \.currencyID, .anyText, "The credit currency."),
        required("at", \.at, .timestamp, "When."),
        required("lastAt", \.lastAt, .timestamp, "When the same followed last."),
        required("times", \.times, .count, "How often it was decided in a row."),
        required("result", \.result, .anyText, "Such as RECHARGE, CHARGED, REFUSED or NOTHING."),
        required("reason", \.reason, .anyText, "In words, or the code of a refusal."),
        required("inputs", \.inputs, .anything, "What was seen."),
        optional("episode", \.episode, .anyText, "The purchase that it belongs to."),
        optional("policy", \.policy, .anyText, "Whose decision it was; the customer's settings where it is left out."),
        optional("scriptVersion", \.scriptVersion, .anyText, "The policy's scripts."),
        make: Self.init)

    public static let singular = "decision"
    public static let plural = "decisions"
}
