import TidemillCore
import TidemillOperations

/// Where a value stands: `a.b` below an object, `.` the object itself, `^.a` in the one around it, `$.a` in what the root
/// field performed with.
struct Path: Sendable, Hashable {
    let steps: [String]

    init(_ text: String) { steps = text == "." ? [] : text.split(separator: ".").map(String.init) }
}

/// One way to a field's value. Where it leads to nothing, the next one is gone.
enum Source: Sendable {
    /// `@at(path:)`: in the object.
    case path(Path)
    /// `@none`: the service has it, this program does not keep it.
    case none
    /// `@uuid(of:, path:)`: made of the kind and the id of something that has no UUID here.
    case uuid(kind: String, Path)
    /// `@ask(operation:, …)`: what a reading operation answers.
    case ask(Ask)
    /// `@or(value:)`: where nothing else has one.
    case constant(Payload)
    /// `@money(amount:, currency:)`: an amount and its currency that stand apart.
    case money(amount: Path, currency: Path)
    /// `@made(by:)`: calculated.
    case made(Maker)

    init?(_ directive: Directive) throws(Problem) {
        switch directive.name {
        case "at": self = .path(Path(try directive.required("path")))
        case "none": self = .none
        case "uuid": self = .uuid(kind: try directive.required("of"), Path(try directive.required("path")))
        case "ask": self = .ask(try Ask(directive))
        case "or":
            guard let value = directive.argument("value")?.payload([:]) else { throw directive.incomplete("value") }
            self = .constant(value)
        case "money":
            self = .money(
                amount: Path(try directive.required("amount")), currency: Path(try directive.required("currency")))
        case "made":
            guard let maker = Maker(rawValue: try directive.required("by")) else { throw directive.incomplete("by") }
            self = .made(maker)
        case "perform", "refused": return nil
        default: throw Problem(.document, "unknown directive @\(directive.name)", at: directive.location)
        }
    }
}

/// A question to the operation table on the way to a value.
struct Ask: Sendable {
    let operation: OperationID
    /// Names of the input, with where their values stand.
    let inputs: [(name: String, value: Value)]
    /// What of the answer is meant.
    let take: Path
    /// Asked for each of these, which the input finds as `.`.
    let each: Path?
    /// Of a list of entitlements, those of this type.
    let only: String?
    /// All pages, one after the other.
    let isWhole: Bool

    enum Value: Sendable {
        case path(Path)
        case constant(Payload)
    }

    init(_ directive: Directive) throws(Problem) {
        guard let operation = OperationID(rawValue: try directive.required("operation")) else {
            throw directive.incomplete("operation")
        }
        self.operation = operation
        take = Path(directive.text("take") ?? ".")
        each = directive.text("each").map(Path.init)
        only = directive.text("only")
        isWhole = directive.arguments.contains { $0.name == "pages" }
        inputs = directive.arguments.filter { !["operation", "take", "each", "only", "pages"].contains($0.name) }
            .compactMap { argument in
                switch argument.value {
                case .value(.string(let path)): (argument.name, .path(Path(path)))
                default: argument.value.payload([:]).map { (argument.name, .constant($0)) }
                }
            }
    }
}

/// What a root field does.
struct Performance: Sendable {
    /// Nil where it is calculated without one, or with several.
    let operation: OperationID?
    /// The field of the input that takes a list, where the document gives one item.
    let wrap: String?
    let take: Path
    let only: String?
    /// The answer is a page, and the document asks for a connection.
    let isConnection: Bool
    /// What holds where the document says nothing.
    let defaults: TextMap<Payload>
    let maker: Maker?
    /// Answered in place of what was performed.
    let then: Ask?

    init(_ directive: Directive, _ all: [Directive]) throws(Problem) {
        if let name = directive.text("operation") {
            guard let operation = OperationID(rawValue: name) else { throw directive.incomplete("operation") }
            self.operation = operation
        } else {
            operation = nil
        }
        wrap = directive.text("wrap")
        take = Path(directive.text("take") ?? ".")
        only = directive.text("only")
        isConnection = directive.arguments.contains { $0.name == "pages" }
        if case .object(let members)? = directive.argument("with")?.payload([:]) {
            defaults = members
        } else {
            defaults = [:]
        }
        maker = try all.first { $0.name == "made" }.map { made throws(Problem) -> Maker in
            guard let maker = Maker(rawValue: try made.required("by")) else { throw made.incomplete("by") }
            return maker
        }
        then = try all.first { $0.name == "ask" }.map { ask throws(Problem) -> Ask in try Ask(ask) }
    }
}

extension Directive {
    func required(_ name: String) throws(Problem) -> String {
        guard let text = text(name) else { throw incomplete(name) }
        return text
    }

    func incomplete(_ argument: String) -> Problem {
        Problem(.document, "@\(name): '\(argument)' is not what it must be", at: location)
    }
}
