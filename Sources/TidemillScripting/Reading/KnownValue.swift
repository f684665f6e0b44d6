/// A value whose fields or methods are known, wherever a source has it from.
enum KnownValue: Hashable {
    /// What a filter or mapping gets.
    case event
    /// What a recharge policy gets.
    case wallet
    /// What a grant rule gets.
    case trigger
    /// What a job gets.
    case run
    /// Of `decimal(x)`.
    case decimal
    case text

    /// The globals that values are known by.
    static let makers: Set<String> = ["decimal", "string"]

    /// What the function gets that is written as `key` of a declaration.
    static func given(to key: String, of declaration: String) -> KnownValue? {
        switch (declaration, key) {
        case ("filter", "keep"), ("mapping", "map"): .event
        case ("recharge", "decide"): .wallet
        case ("grant", "decide"): .trigger
        case ("job", "run"): .run
        default: nil
        }
    }

    /// As a message names it.
    var noun: String {
        switch self {
        case .event: "an event"
        case .wallet: "a wallet"
        case .trigger: "a trigger"
        case .run: "a run"
        case .decimal: "a decimal"
        case .text: "a text"
        }
    }

    /// What it is in the surface; nil for texts, whose functions are asked of the library.
    private var surface: LibrarySurface.Class? {
        switch self {
        case .event: LibrarySurface.event
        case .wallet: LibrarySurface.wallet
        case .trigger: LibrarySurface.trigger
        case .run: LibrarySurface.run
        case .decimal: LibrarySurface.decimal
        case .text: nil
        }
    }

    var fields: [String] { surface?.fields.map(\.name) ?? [] }

    /// What can be called of it. Those of texts are asked of the library.
    var functions: [String] { ((surface?.functions ?? []) + (surface?.methods ?? [])).map(\.name).sorted() }

    /// Why effects are refused in functions that get it, as a run would say; nil: they are not.
    var refusal: String? {
        switch self {
        case .event: "filters and mappings decide only"
        case .wallet, .trigger: "policies and grant rules decide only"
        case .run, .decimal, .text: nil
        }
    }
}

/// What a source does with a member of a known value.
struct ValueUse {
    var value: KnownValue
    var member: String
    var isCalled: Bool
    var line: Int
    var locals: [LuaLocal]
}

extension ScriptNames {
    /// What is certainly known of an expression's value, and the locals that this goes by.
    func value(of expression: LuaExpression) -> (known: KnownValue, locals: [LuaLocal])? {
        switch expression.kind {
        case .name(let name):
            guard let local = find(name), let value = local.value else { return nil }
            return (value.known, value.locals + [local])
        case .parentheses(let inner): return value(of: inner)
        case .string: return (.text, [])
        case .call(let callee, _):
            guard let name = library(callee) else { return nil }
            switch name.path {
            case ["decimal"]: return (.decimal, name.locals)
            case ["string", "format"], ["tostring"]: return (.text, name.locals)
            default: return nil
            }
        case .method(let object, let name, _):
            // Rounded it is a decimal again.
            guard let value = value(of: object), value.known == .decimal,
                ["ceil", "floor", "round"].contains(name.text)
            else { return nil }
            return value
        default: return nil
        }
    }
}
