import TidemillCore

/// What one option of a declaration may be; the single source for checks and messages.
indirect enum OptionShape {
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
struct Option {
    var name: String
    var shape: OptionShape
    var isRequired: Bool

    init(_ name: String, _ shape: OptionShape, required: Bool = false) {
        self.name = name
        self.shape = shape
        isRequired = required
    }
}

extension Declaration.Kind {
    /// The options that this kind takes (scripts.md).
    var options: [Option] {
        switch self {
        case .catalog:
            ["products", "currencies", "features", "plans", "addons", "coupons", "promotionCodes"].map {
                Option($0, .list(.record))
            }
        case .filter:
            [Option("name", .text, required: true), Option("event", .texts), Option("keep", .function, required: true)]
        case .mapping:
            [Option("name", .text, required: true), Option("event", .texts), Option("map", .function, required: true)]
        case .recharge:
            [
                Option("name", .text, required: true), Option("currency", .text, required: true),
                Option("decide", .function, required: true),
            ]
        case .grant:
            [
                Option("name", .text, required: true), Option("on", .texts), Option("schedule", .text),
                Option("timezone", .text), Option("source", .word(["inbox", "engine"])),
                Option("existing", .word(["keep", "replace", "extend"])),
                Option("decide", .function, required: true),
            ]
        case .job:
            [
                Option("name", .text, required: true), Option("schedule", .text), Option("timezone", .text),
                Option("on", .either(.texts, .table([Option("file", .text, required: true)]))),
                Option("source", .word(["inbox", "engine"])),
                Option("overlap", .word(["skip", "buffer_one", "buffer_all", "cancel_other", "allow_all"])),
                Option(
                    "catchup", .table([Option("window", .text), Option("mode", .word(["none", "one", "all"]))])),
                Option("jitter", .text), Option("serial", .either(.word(["customer"]), .boolean)),
                Option("timeout", .text),
                Option(
                    "retries",
                    .table([
                        Option("max", .number), Option("first", .text), Option("factor", .number), Option("cap", .text),
                    ])),
                Option("operations", .list(.text)), Option("enabled", .boolean),
                Option("run", .function, required: true),
            ]
        }
    }
}
