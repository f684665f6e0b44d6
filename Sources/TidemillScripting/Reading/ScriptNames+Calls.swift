extension ScriptNames {
    /// Notes what a call does, by the library's name or by a function of the source.
    mutating func noteCall(_ callee: LuaExpression, _ arguments: [LuaExpression], _ line: Int) {
        if case .index(let object, let key) = callee.kind, let key = key.text {
            noteCallback(key, of: object, arguments)
        }
        guard let name = library(callee) else {
            if let function = function(of: callee) { noteCall(function, callee.written, arguments, line) }
            return
        }
        noteCallback(name, arguments)
        bindTables(arguments, of: name)
        note(name, .called(inPlace(arguments, of: name).map { bind($0) }), line)
        // What is called in a protected way is called all the same.
        let given = ["pcall": 1, "xpcall": 2][name.text] ?? 0
        guard given > 0, arguments.count >= given else { return }
        let rest = Array(arguments.dropFirst(given))
        if let called = library(arguments[0]) {
            bindTables(rest, of: called)
            note(called, .called(rest.map { bind($0) }), line)
        } else if let function = function(of: arguments[0]) {
            noteCall(function, arguments[0].written, rest, line)
        }
    }

    private mutating func noteCall(
        _ function: LuaFunction, _ name: String, _ arguments: [LuaExpression], _ line: Int
    ) {
        calls.append(
            SourceCall(
                function: function, name: name, arguments: arguments.map { bind($0) }, line: line, functions: functions
            ))
    }

    // MARK: - Tables that are given

    /// Functions of the library that leave a table as it is.
    private static let readers: Set<String> = [
        "client", "emit", "ipairs", "json", "later", "log", "next", "pairs", "print", "state", "time", "tostring",
        "type",
    ]

    /// Notes which tables of locals a call of the library is given, and what it is handed by a function's caller.
    private mutating func bindTables(_ arguments: [LuaExpression], of name: LibraryName) {
        guard let first = name.path.first, Self.readers.contains(first) else { return }
        let isOperation = first == "client"
        for argument in arguments { count(argument, isOperation) }
        guard isOperation, arguments.count == 1, case .name(let given) = arguments[0].kind, let local = find(given),
            let (function, index) = local.parameter, functions.last == ObjectIdentifier(function),
            bodies.last == blocks.last?.number
        else { return }
        forwards[ObjectIdentifier(function)] = ForwardedParameter(
            name: name, local: local, index: index, at: place())
    }

    private func count(_ argument: LuaExpression, _ isOperation: Bool) {
        switch argument.kind {
        case .name(let name):
            guard let local = find(name) else { return }
            local.harmlessUses += 1
            if isOperation { local.operationUses += 1 }
        case .table(let fields): for field in fields { count(field.value, isOperation) }
        default: break
        }
    }

    /// The same with what its names stand for, which is known once all of the source was seen.
    mutating func bind(_ expression: LuaExpression) -> LuaExpression {
        var bound = expression
        switch expression.kind {
        case .name(let name):
            guard let local = find(name), local.library == nil else { return expression }
            bound.kind = .bound(LuaBinding(expression, to: .local(local, at: place())))
        case .index(let object, let key):
            guard let member = key.text, let local = ownTable(object), local.isTable, local.library == nil else {
                return expression
            }
            bound.kind = .bound(LuaBinding(expression, to: .member(local, member, at: place())))
        case .call(let callee, _):
            guard library(callee) == nil, let function = function(of: callee) else { return expression }
            bound.kind = .bound(LuaBinding(expression, to: .answer(function)))
        case .table(let fields):
            bound.kind = .table(
                fields.map { field in
                    var field = field
                    field.value = bind(field.value)
                    return field
                })
        default: break
        }
        return bound
    }

    /// The local of a table that is made here, or given as a parameter.
    func ownTable(_ expression: LuaExpression) -> LuaLocal? {
        guard case .name(let name) = expression.kind, let local = find(name), local.isTable || local.parameter != nil
        else { return nil }
        return local
    }
}
