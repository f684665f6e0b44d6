import TidemillCore

/// What one option of a declaration may be; the single source for checks and messages.
indirect enum OptionShape: Sendable {
    case text
    /// A string, or a list of strings.
    case texts
    case boolean
    case number
    case function
    /// One of these words.
    case word([String])
    case list(OptionShape)
    /// A table with these options.
    case table([Option])
    /// Any table with names: checked by whoever acts on it.
    case record
    case either(OptionShape, OptionShape)

    var expectation: String {
        switch self {
        case .text: "a string"
        case .texts: "a string or a list of strings"
        case .boolean: "true or false"
        case .number: "a number"
        case .function: "a function"
        case .word(let words): words.map { "\"\($0)\"" }.joined(separator: " or ")
        case .list(.text): "a list of strings"
        case .list: "a list of tables"
        case .table, .record: "a table"
        case .either(let first, let second): "\(first.expectation) or \(second.expectation)"
        }
    }

    func accepts(_ value: DeclaredValue) -> Bool {
        switch (self, value) {
        case (.text, .string(let text)): !text.isEmpty
        case (.texts, .string(let text)): !text.isEmpty
        case (.texts, .list(let items)): items.allSatisfy { OptionShape.text.accepts($0) }
        case (.boolean, .boolean), (.number, .integer), (.number, .number), (.function, .function): true
        case (.word(let words), .string(let word)): words.contains(word)
        case (.list, .list): true
        case (.list, .table(let members)): members.isEmpty
        case (.table, .table), (.record, .table): true
        case (.either(let first, let second), _): first.accepts(value) || second.accepts(value)
        default: false
        }
    }
}

/// One option of a declaration.
struct Option: Sendable {
    var name: String
    var shape: OptionShape
    var isRequired: Bool
    /// For editors and the reference.
    var about: String

    init(_ name: String, _ shape: OptionShape, required: Bool = false, _ about: String = "") {
        self.name = name
        self.shape = shape
        isRequired = required
        self.about = about
    }
}

extension Declaration.Kind {
    /// The options that this kind takes (scripts.md).
    var options: [Option] {
        switch self {
        case .catalog:
            [
                ("products", "createProduct"), ("currencies", "createCustomCurrency"), ("features", "createFeature"),
                ("plans", "createPlan"), ("addons", "createAddon"), ("coupons", "createCoupon"),
                ("promotionCodes", "createPromotionCode"),
            ].map { Option($0, .list(.record), "In the fields of \($1), and of what belongs to it.") }
        case .filter:
            [Self.name, Self.event, Option("keep", .function, required: true, "True, or false and a reason.")]
        case .mapping:
            [
                Self.name, Self.event,
                Option("map", .function, required: true, "nil, a table of changes, or a list of such tables."),
            ]
        case .recharge:
            [
                Self.name, Option("currency", .text, required: true, "The credit currency."),
                Option(
                    "decide", .function, required: true,
                    "nil, or what to buy: amount or targetBalance, reason, expiration."),
            ]
        case .grant:
            [
                Self.name, Option("on", .texts, "Webhooks and engine events that it decides about."), Self.schedule,
                Self.timezone, Self.source,
                Option(
                    "existing", .word(["keep", "replace", "extend"]),
                    "What becomes of a live grant of the same feature."),
                Option("decide", .function, required: true, "nil, or a list of promotional entitlements and credits."),
            ]
        case .job:
            [
                Self.name, Self.schedule, Self.timezone,
                Option(
                    "on", .either(.texts, .table([Option("file", .text, required: true, "A file's name, with `*`.")])),
                    "Webhooks, engine events and messages that start it, or documents without a type."),
                Self.source,
                Option(
                    "overlap", .word(["skip", "buffer_one", "buffer_all", "cancel_other", "allow_all"]),
                    "What a slot does while the run of an earlier slot has not ended."),
                Option(
                    "catchup",
                    .table([
                        Option("window", .text, "How far back: \"24h\"."),
                        Option("mode", .word(["none", "one", "all"]), "Which of the missed slots."),
                    ]), "What becomes of slots that no worker looked at."),
                Option("jitter", .text, "Delays each slot by up to that long."),
                Option("serial", .either(.word(["customer"]), .boolean), "One at a time: for a customer, or in all."),
                Option("timeout", .text, "Of one attempt, by the clock."),
                Option(
                    "retries",
                    .table([
                        Option("max", .number, "How often."), Option("first", .text, "The first wait."),
                        Option("factor", .number, "How much longer each wait is."),
                        Option("cap", .text, "The longest."),
                    ]), "How a failed run is tried again."),
                Option("operations", .list(.text), "What it may perform; all when left out."),
                Option("enabled", .boolean, "Whether it starts at all."),
                Option("run", .function, required: true, "What it does; what it returns is kept with the run."),
            ]
        }
    }

    private static let name = Option("name", .text, required: true, "What it is called; no two have one name.")
    private static let event = Option("event", .texts, "A name, a list, a pattern with `*`; every event when left out.")
    private static let schedule = Option("schedule", .text, "Cron, a nickname, or \"every 30s\".")
    private static let timezone = Option("timezone", .text, "Of the schedule; UTC when left out.")
    private static let source = Option("source", .word(["inbox", "engine"]), "Only the one or the other.")
}

extension Declaration.Kind {
    /// What the declaration takes, as editors show it.
    public var members: [LibrarySurface.Member] { options.map { $0.member(of: self) } }
}

extension Option {
    fileprivate func member(of kind: Declaration.Kind) -> LibrarySurface.Member {
        LibrarySurface.Member(name, shape.type(of: kind), about, isOptional: !isRequired)
    }
}

extension OptionShape {
    /// As a LuaCATS type.
    fileprivate func type(of kind: Declaration.Kind) -> String {
        switch self {
        case .text: "string"
        case .texts: "string|string[]"
        case .boolean: "boolean"
        case .number: "number"
        case .function: LibrarySurface.decisions[kind] ?? "function"
        case .word(let words): words.map { "\"\($0)\"" }.joined(separator: "|")
        case .list(.text): "string[]"
        case .list: "table[]"
        case .record: "table"
        case .table(let options):
            "{"
                + options.map { "\($0.name)\($0.isRequired ? "" : "?"): \($0.shape.type(of: kind))" }.joined(
                    separator: ", ") + "}"
        case .either(let first, let second): first.type(of: kind) + "|" + second.type(of: kind)
        }
    }
}
