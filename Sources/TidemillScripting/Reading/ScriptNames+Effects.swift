/// Why a function that the library calls may not call what jobs do.
enum EffectRefusal {
    /// It is given to `state.update`.
    case update
    /// The library cannot wait in it.
    case waiting

    /// As a run would say.
    func message(_ name: String) -> String {
        switch self {
        case .update:
            "\(name) cannot be called in the function given to state.update, which only says the new value and may be asked more than once; call it before or after"
        case .waiting:
            "\(name) cannot wait here, inside a function that the library calls: a comparison of table.sort, a function given to string.gsub, __tostring, a handler of xpcall; call it before and use its answer"
        }
    }

    /// Whether a function of the library is refused.
    func refuses(_ path: [String]) -> Bool {
        // What it returns is used there.
        guard let first = path.first, path != ["state", "shared"] else { return false }
        return LibraryName.effects.contains(first) || first == "lookup"
    }
}

/// A call of a function of the source that itself calls what jobs do, or a function that does.
struct IndirectEffect {
    /// The function, as the call names it.
    let name: String
    let function: ObjectIdentifier
    /// What it comes to.
    let effect: LibraryUse
    let line: Int
    /// The functions that the call stands in, from outside.
    let functions: [ObjectIdentifier]
}

extension LibraryName {
    /// What only jobs may call.
    static let effects: Set<String> = ["client", "emit", "later", "state"]
}

extension ScriptNames {
    /// The functions that the library calls with its own, by the place of the argument.
    private static let callbacks: [[String]: (index: Int, refusal: EffectRefusal)] = [
        ["state", "update"]: (1, .update), ["table", "sort"]: (1, .waiting), ["string", "gsub"]: (2, .waiting),
        ["xpcall"]: (1, .waiting),
    ]

    mutating func noteCallback(_ name: LibraryName, _ arguments: [LuaExpression]) {
        guard let (index, refusal) = Self.callbacks[name.path] else { return }
        note(arguments, index, refusal)
    }

    /// The same of a method, or of a function of a value that is known.
    mutating func noteCallback(_ member: String, of object: LuaExpression, _ arguments: [LuaExpression]) {
        switch (value(of: object)?.known, member) {
        case (.sharedState, "update"): note(arguments, 1, .update)
        case (.text, "gsub"): note(arguments, 1, .waiting)
        case (.testWorld, "fails"):
            if let body = arguments.first?.function { failing.insert(ObjectIdentifier(body)) }
        default: break
        }
    }

    private mutating func note(_ arguments: [LuaExpression], _ index: Int, _ refusal: EffectRefusal) {
        guard index < arguments.count, let function = arguments[index].function ?? function(of: arguments[index]) else {
            return
        }
        refusing[ObjectIdentifier(function)] = refusal
    }

    /// What calls of functions of the source come to, through others too.
    /// - Parameter uses: those of library names that are certain.
    func indirectEffects(_ uses: [LibraryUse], _ members: [ValueUse]) -> [IndirectEffect] {
        var effects: [ObjectIdentifier: LibraryUse] = [:]
        for use in uses where EffectRefusal.update.refuses(use.name.path) {
            guard case .called = use.kind, let function = use.functions.last, effects[function] == nil else { continue }
            effects[function] = use
        }
        for use in members where use.isCalled {
            guard let name = use.value.effect(use.member), let function = use.functions.last, effects[function] == nil
            else { continue }
            effects[function] = LibraryUse(
                name: LibraryName(path: name.split(separator: ".").map(String.init), locals: use.locals),
                kind: .called([]), line: use.line, functions: use.functions)
        }
        let certain = calls.filter { isCertain($0.function) }
        while true {
            let known = effects.count
            for call in certain {
                guard let effect = effects[ObjectIdentifier(call.function)], let caller = call.functions.last,
                    effects[caller] == nil
                else { continue }
                effects[caller] = effect
            }
            if effects.count == known { break }
        }
        return certain.compactMap { call in
            let function = ObjectIdentifier(call.function)
            guard let effect = effects[function], !call.functions.contains(function) else { return nil }
            return IndirectEffect(
                name: call.name, function: function, effect: effect, line: call.line, functions: call.functions)
        }
    }
}

extension LuaExpression {
    /// A name or a field of one, as a source writes it.
    var written: String {
        switch kind {
        case .name(let name): name
        case .index(let object, let key): "\(object.written).\(key.text ?? "?")"
        case .parentheses(let inner): inner.written
        default: "the function"
        }
    }
}
