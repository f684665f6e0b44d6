import TidemillOperations

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
    /// `run.trigger`
    case cause
    /// Of `state.shared(name)`.
    case sharedState
    /// Of `decimal(x)`.
    case decimal
    /// Why a call was refused: the second value of `client.try.NAME{…}`.
    case error
    /// What an operation answers, or an object in it that the steps lead to; of a list, its items.
    case answer(OperationID, [String])
    /// A list in an answer that the steps lead to.
    case items(OperationID, [String])
    /// What a protected call of an operation returns: its answer, or why it was refused.
    case outcome(OperationID)
    /// What a test gets, and its payment gateway.
    case testWorld
    case payments
    case text

    /// The globals that values are known by.
    static let makers: Set<String> = [
        "client", "decimal", "ipairs", "json", "lookup", "pairs", "pcall", "state", "string", "time", "tostring",
    ]

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
        case .cause: "run.trigger"
        case .run: "a run"
        case .sharedState: "a shared state"
        case .decimal: "a decimal"
        case .error: "an error"
        case .answer(let id, let steps): "the answer of \(id.rawValue)\(steps.map { ", in '\($0)'," }.joined())"
        case .items(let id, _): "the answer of \(id.rawValue)"
        case .outcome(let id): "what a protected call of \(id.rawValue) returns"
        case .testWorld: "a test"
        case .payments: "the payments of a test"
        case .text: "a text"
        }
    }

    /// What it is in the surface; nil for texts, whose functions are asked of the library, and for answers.
    private var surface: LibrarySurface.Class? {
        switch self {
        case .event: LibrarySurface.event
        case .wallet: LibrarySurface.wallet
        case .trigger: LibrarySurface.trigger
        case .cause: LibrarySurface.runTrigger
        case .run: LibrarySurface.run
        case .sharedState: LibrarySurface.sharedState
        case .decimal: LibrarySurface.decimal
        case .error: EffectSurface.error
        case .testWorld: LibrarySurface.testWorld
        case .payments: LibrarySurface.payments
        case .answer, .items, .outcome, .text: nil
        }
    }

    /// By a type of the surface.
    private init?(type: String) {
        switch type {
        case "string": self = .text
        case "tidemill.Decimal": self = .decimal
        case "tidemill.SharedState": self = .sharedState
        case "tidemill.RunTrigger": self = .cause
        case "tidemill.TestPayments": self = .payments
        default: return nil
        }
    }

    /// What functions of the library return, by their names.
    static let returned: [[String]: KnownValue] = Dictionary(
        LibrarySurface.functions.compactMap { function in
            guard let type = function.returns.first, let value = KnownValue(type: type) else { return nil }
            return (function.name.split(separator: ".").map(String.init), value)
        } + [
            (["string", "format"], .text), (["tostring"], .text), (["lookup", "customer"], .answer(.getCustomer, [])),
            (["lookup", "entitlement"], .answer(.checkEntitlement, [])),
        ], uniquingKeysWith: { first, _ in first })

    /// The fields of the answer of an operation that the steps lead to; none where they are anybody's.
    private static func described(_ id: OperationID, _ steps: [String]) -> [FieldDescription] {
        steps.reduce(OperationTable.row(id).output) { fields, step in
            fields.first { $0.name == step }?.fields ?? []
        }
    }

    var fields: [String] {
        switch self {
        case .answer(let id, let steps): Self.described(id, steps).map(\.name)
        case .outcome(let id): Self.described(id, []).map(\.name) + Self.error.fields
        default: surface?.fields.map(\.name) ?? []
        }
    }

    /// What a field of it holds, where that is known.
    func member(_ name: String) -> KnownValue? {
        guard case .answer(let id, let steps) = self else {
            // A field that may be left out is no text where it is.
            return surface?.fields.first { $0.name == name && $0.type.hasPrefix("tidemill.") }
                .flatMap { KnownValue(type: $0.type) }
        }
        guard let field = Self.described(id, steps).first(where: { $0.name == name }), !field.fields.isEmpty else {
            return nil
        }
        return field.type.hasPrefix("list") ? .items(id, steps + [name]) : .answer(id, steps + [name])
    }

    /// What each of a list is.
    var item: KnownValue? { if case .items(let id, let steps) = self { .answer(id, steps) } else { nil } }

    /// What is found in another place, though one may look for it here.
    var elsewhere: [String: String] {
        guard case .cause = self else { return [:] }
        return ["customerId": "run.customerId", "scheduledAt": "run.scheduledAt", "type": "run.trigger.event.type"]
    }

    /// What can be called of it. Those of texts are asked of the library.
    var functions: [String] { ((surface?.functions ?? []) + (surface?.methods ?? [])).map(\.name).sorted() }

    /// The name of a function of it that does something, as a run names it.
    func effect(_ member: String) -> String? {
        switch self {
        case .sharedState where functions.contains(member): "state.shared.\(member)"
        case .run where member == "checkpoint": "run.checkpoint"
        default: nil
        }
    }

    /// Why effects are refused in functions that get it, as a run would say; nil: they are not.
    var refusal: String? {
        switch self {
        case .event: "filters and mappings decide only"
        case .wallet, .trigger: "policies and grant rules decide only"
        case .run, .cause, .sharedState, .decimal, .error, .answer, .items, .outcome, .testWorld, .payments, .text: nil
        }
    }
}

/// What a source does with a member of a known value.
struct ValueUse {
    var value: KnownValue
    var member: String
    /// What it is called with; nil: it is read.
    var arguments: [LuaExpression]?
    var line: Int
    var locals: [LuaLocal]
    /// The functions that the use stands in, from outside.
    var functions: [ObjectIdentifier]

    var isCalled: Bool { arguments != nil }
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
        case .index(let object, let key):
            guard let value = value(of: object) else { return nil }
            guard let key = key.text else { return value.known.item.map { ($0, value.locals) } }
            guard !value.locals.contains(where: { $0.given.contains(key) }), let member = value.known.member(key)
            else { return nil }
            return (member, value.locals)
        case .call(let callee, _):
            guard let name = library(callee) else {
                return function(of: callee).flatMap { answered[ObjectIdentifier($0)] }.map { ($0, []) }
            }
            if let known = KnownValue.returned[name.path] { return (known, name.locals) }
            guard let id = name.operation, name.path[1] != "each" else { return nil }
            return (OperationTable.row(id).answersList ? .items(id, []) : .answer(id, []), name.locals)
        case .method(let object, let name, _):
            // Rounded it is a decimal again.
            guard let value = value(of: object), value.known == .decimal,
                ["ceil", "floor", "round"].contains(name.text)
            else { return nil }
            return value
        default: return nil
        }
    }

    /// What a loop over the items of a list, or over all pages of an operation, gets, and as which of its variables.
    func item(of expression: LuaExpression) -> (index: Int, value: (known: KnownValue, locals: [LuaLocal]))? {
        guard case .call(let callee, let arguments) = expression.kind, let name = library(callee) else { return nil }
        if name.path == ["ipairs"] || name.path == ["pairs"], arguments.count == 1 {
            guard let list = value(of: arguments[0]), let item = list.known.item else { return nil }
            return (1, (item, list.locals))
        }
        guard name.path.count == 3, name.path[1] == "each", let id = name.operation,
            let page = OperationTable.row(id).pageField
        else { return nil }
        return (0, (.answer(id, [page]), name.locals))
    }

    /// The values behind the first one that a call returns, where it may be refused.
    func furtherValues(of expression: LuaExpression) -> [(known: KnownValue, locals: [LuaLocal])?] {
        guard case .call(let callee, let arguments) = expression.kind, let name = library(callee) else { return [] }
        if name.operation != nil, name.path[1] == "try" { return [(.error, name.locals)] }
        guard name.path == ["pcall"], let called = arguments.first.flatMap({ library($0) }), let id = called.operation,
            !OperationTable.row(id).answersList
        else { return [] }
        let locals = name.locals + called.locals
        switch called.path[1] {
        case "try": return [(.answer(id, []), locals), (.error, locals)]
        case "each": return []
        default: return [(.outcome(id), locals)]
        }
    }
}

extension LibraryName {
    /// Of `client.NAME`, also below `try` and `each`.
    var operation: OperationID? {
        guard path.first == "client", let last = path.last else { return nil }
        let isCall = path.count == 2 || (path.count == 3 && ["try", "each"].contains(path[1]))
        return isCall ? OperationID(rawValue: last) : nil
    }
}
