/// What scripts may say beside the operations, as editors and the reference show it: the names are those that `check` knows,
/// the types are LuaCATS.
public enum LibrarySurface {
    /// A named value with a type: a field, a parameter.
    public struct Member: Sendable {
        public let name: String
        /// A LuaCATS type; `?` behind the name says that it may be left out, or is nil.
        public let type: String
        public let isOptional: Bool
        public let about: String

        init(_ name: String, _ type: String, _ about: String = "", isOptional: Bool = false) {
            self.name = name
            self.type = type
            self.isOptional = isOptional
            self.about = about
        }
    }

    public struct Function: Sendable {
        /// `state.set`, or a method's name.
        public let name: String
        public let parameters: [Member]
        /// LuaCATS types of what it returns.
        public let returns: [String]
        public let about: String

        init(_ name: String, _ parameters: [Member] = [], returns: String..., about: String) {
            self.init(name, parameters, returns, about)
        }

        init(_ name: String, _ parameters: [Member], _ returns: [String], _ about: String) {
            self.name = name
            self.parameters = parameters
            self.returns = returns
            self.about = about
        }
    }

    /// What functions get, and what they are given to answer with.
    public struct Class: Sendable {
        public let name: String
        public let about: String
        public let fields: [Member]
        /// Called with a point.
        public let functions: [Function]
        /// Called with a colon.
        public let methods: [Function]
        /// LuaCATS operators: `add(tidemill.Number): tidemill.Decimal`.
        public let operators: [String]

        init(
            _ name: String, _ about: String, _ fields: [Member] = [], functions: [Function] = [],
            methods: [Function] = [], operators: [String] = []
        ) {
            self.name = name
            self.about = about
            self.fields = fields
            self.functions = functions
            self.methods = methods
            self.operators = operators
        }
    }

    public static let classes: [Class] = [
        event, wallet, trigger, runTrigger, run, sharedState, decimal, testWorld, payments, EffectSurface.error,
    ]

    /// Functions of the library that are no operations, declarations first among them.
    public static let functions: [Function] = EffectSurface.functions

    /// What the function of a declaration is given, and what it answers.
    static let decisions: [Declaration.Kind: String] = [
        .filter: "fun(event: tidemill.Event): boolean, string?",
        .mapping: "fun(event: tidemill.Event): table|table[]|nil",
        .recharge: "fun(wallet: tidemill.Wallet): table?", .grant: "fun(trigger: tidemill.Trigger): table[]?",
        .job: "fun(run: tidemill.Run): any",
    ]

    // MARK: - What functions get

    static let event = Class(
        "Event", "An event, as the rule before made it. It is the rule's own copy.",
        [
            Member("customerId", "string", "Whose it is."),
            Member("resourceId", "string", "The resource.", isOptional: true),
            Member("eventName", "string", "What happened."),
            Member("idempotencyKey", "string", "What it is known by.", isOptional: true),
            Member("timestamp", "string", "When, in UTC."), Member("receivedAt", "string", "When it arrived, in UTC."),
            Member("dimensions", "table<string, any>", "All else that it says; nulls are absent."),
        ])

    static let wallet = Class(
        "Wallet", "What a recharge policy decides about.",
        [
            Member("customerId", "string", "Whose."), Member("currencyId", "string", "The credit currency."),
            Member("settings", "table", "As getAutoRecharge answers."),
            Member("balance", "number", "Granted less consumed."),
            Member("held", "number", "What reservations hold."), Member("available", "number", "What can be used."),
            Member("spentThisMonth", "number", "Money that recharges took."),
            Member("lastRecharge", "{at: string, amount: number, reason: string}", "The last one.", isOptional: true),
            Member("failures", "integer", "Declines in a row."),
            Member("now", "string", "The instant of the decision."),
            Member("customer", "table", "As getCustomer answers.", isOptional: true),
        ],
        functions: [
            Function(
                "consumed", [Member("window", "string", "A length of time: \"6h\".")], returns: "number",
                about: "What was consumed in the window that ends now.")
        ])

    private static let cause: [Member] = [
        Member("kind", "string", "schedule, webhook, event, document, later, fire."),
        Member("event", "any", "The payload."), Member("source", "string", "inbox or engine.", isOptional: true),
        Member("causedAt", "string", "When the cause happened."),
        Member("file", "string", "The file's name.", isOptional: true),
    ]

    static let trigger = Class(
        "Trigger", "What a grant rule decides about.",
        cause + [
            Member("customerId", "string", "Whose it is, where the payload says it.", isOptional: true),
            Member("type", "string", "The event's type.", isOptional: true),
            Member("scheduledAt", "string", "The slot.", isOptional: true),
        ])

    static let runTrigger = Class("RunTrigger", "What started a run.", cause)

    static let run = Class(
        "Run", "What a job gets.",
        [
            Member("name", "string", "The job."), Member("id", "string", "The run."),
            Member("attempt", "integer", "1 at first: for messages, not for branches."),
            Member("scheduledAt", "string", "The slot, or when it was started."),
            Member("customerId", "string", "Whose it is, where the payload says it.", isOptional: true),
            Member("trigger", "tidemill.RunTrigger", "What started it."),
            Member("dryRun", "boolean", "Whether nothing of it is kept."),
            Member("saved", "any", "The last checkpoint's value."),
        ],
        functions: [
            Function(
                "checkpoint", [Member("value", "any")],
                about: "Ends a segment of a long job: a retry starts with this value as `run.saved`.")
        ])

    static let sharedState = Class(
        "SharedState", "Values that several jobs share.",
        functions: EffectSurface.functions.filter { ["state.get", "state.set", "state.update"].contains($0.name) }.map {
            Function($0.name.replacing("state.", with: ""), $0.parameters, $0.returns, $0.about)
        })

    static let decimal = Class(
        "Decimal", "An exact decimal: 18 digits before and 9 after the point.",
        methods: [
            Function(
                "round", [Member("places", "integer", isOptional: true)], returns: "tidemill.Decimal",
                about: "Rounded half away from zero."),
            Function("floor", returns: "tidemill.Decimal", about: "The whole number below."),
            Function("ceil", returns: "tidemill.Decimal", about: "The whole number above."),
            Function(
                "eq", [Member("other", "tidemill.Number")], returns: "boolean",
                about: "Whether both have one value, whatever their types."),
        ],
        operators: ["add", "sub", "mul", "div", "idiv", "mod"].map { "\($0)(tidemill.Number): tidemill.Decimal" }
            + ["unm: tidemill.Decimal"])

    // MARK: - Tests

    static let payments = Class(
        "TestPayments", "The gateway of a test: it charges nobody.",
        functions: [
            Function(
                "answer",
                [
                    Member("word", "\"SUCCEEDED\"|\"DECLINED\"|\"PENDING\"|\"UNKNOWN\""),
                    Member("options", "{code?: string, retryable?: boolean}", isOptional: true),
                ],
                about: "What is answered next; calls add up."),
            Function("charges", returns: "table[]", about: "Every charge that was asked for, in order."),
        ])

    static let testWorld = Class(
        "Test", "What a test does and looks at (docs/testing.md).",
        [
            Member("client", "tidemill.Client", "Operations, as in a job."),
            Member("payments", "tidemill.TestPayments", "The payment gateway."),
        ],
        functions: [
            Function(
                "at", [Member("instant", "string")], returns: "string",
                about: "Moves the clock there; first of all, says when everything begins."),
            Function("now", returns: "string", about: "The clock."),
            Function(
                "advance", [Member("duration", "string|number")], returns: "string",
                about: "Moves the clock on; what is due on the way is done."),
            Function(
                "drop",
                [
                    Member("records", "table|string", "A list of records, one record, or a file's name."),
                    Member("options", "{name?: string}", isOptional: true),
                ], returns: "table", about: "Delivers, and runs all that it starts to its end."),
            Function(
                "fire", [Member("job", "string"), Member("options", "{event?: any}", isOptional: true)],
                returns: "table", about: "Runs a job or grant rule now; answers its run."),
            Function(
                "usage",
                [
                    Member(
                        "query",
                        "{featureId: string, customerId?: string, resourceId?: string, from?: string, to?: string, groupBy?: string[], window?: string, timezone?: string}"
                    )
                ], returns: "number|table[]", about: "The sum; rows with groupBy or window."),
            Function(
                "balance", [Member("customerId", "string"), Member("currencyId", "string")], returns: "number",
                about: "Credits granted less consumed."),
            Function(
                "emitted", [Member("type", "string", isOptional: true)], returns: "table[]",
                about: "Payloads of messages, oldest first."),
            Function(
                "runs", [Member("name", "string", isOptional: true)], returns: "table[]", about: "Runs, oldest first."),
            Function(
                "grants", [Member("rule", "string", isOptional: true)], returns: "table[]",
                about: "What grant rules granted."),
            Function(
                "logged", [Member("text", "string", isOptional: true)], returns: "table[]",
                about: "Lines that scripts logged."),
            Function(
                "equal",
                [Member("actual", "any"), Member("expected", "any"), Member("message", "string", isOptional: true)],
                about: "Compares exactly: tables by content, numbers by value."),
            Function(
                "ok", [Member("value", "any"), Member("message", "string", isOptional: true)],
                about: "Wants anything but nil and false."),
            Function(
                "fails", [Member("body", "fun()"), Member("part", "string", isOptional: true)], returns: "any",
                about: "Wants an error that contains the text, and returns it."),
        ])
}
