/// What a function certainly gets in a place, and the locals that this goes by.
struct GivenValue {
    var known: KnownValue
    var locals: [LuaLocal] = []
}

/// A name by which a source has a function.
enum FunctionName {
    case local(LuaLocal)
    case global(String)
    /// A field of a table that a local is made of.
    case member(LuaLocal, String)
}

/// A function with all its names. What it gets is certain where each reading of each name is accounted for: it stands in a
/// declaration, is called, or becomes another name.
struct NamedFunction {
    var names: [FunctionName] = []
    var accounted = 0
    /// What each place gives, parameter by parameter.
    var given: [[GivenValue?]] = []
}

extension ScriptNames {
    // MARK: - Names that are made

    @discardableResult
    mutating func note(_ name: FunctionName, of function: LuaFunction, isAlias: Bool = false) -> LuaFunction {
        named[ObjectIdentifier(function), default: NamedFunction()].names.append(name)
        if isAlias { named[ObjectIdentifier(function)]?.accounted += 1 }
        return function
    }

    /// The function that a name is made of, by itself or by another name of it.
    mutating func make(_ value: LuaExpression, _ name: FunctionName) -> LuaFunction? {
        if let function = value.function { return note(name, of: function) }
        return function(of: value).map { note(name, of: $0, isAlias: true) }
    }

    mutating func makeTable(_ local: LuaLocal, _ fields: [LuaTableField]) {
        local.isTable = true
        for field in fields {
            guard case .name(let key) = field.key else { continue }
            let made = make(field.value, .member(local, key))
            local.members[key, default: ([], 0)].made.append(made)
        }
    }

    mutating func makeMember(_ target: LuaExpression, _ value: LuaExpression) {
        guard case .index(let object, let key) = target.kind, let key = key.text, let local = table(object) else {
            return
        }
        let made = make(value, .member(local, key))
        local.members[key, default: ([], 0)].made.append(made)
    }

    /// The local of a table that an expression names.
    func table(_ expression: LuaExpression) -> LuaLocal? {
        guard case .name(let name) = expression.kind, let local = find(name), local.isTable else { return nil }
        return local
    }

    func readMember(_ member: String, of object: LuaExpression) {
        guard let local = ownTable(object) else { return }
        local.memberUses += 1
        local.members[member, default: ([], 0)].reads += 1
    }

    // MARK: - What they get

    /// Notes what the functions of a declaration get.
    mutating func declare(_ name: LibraryName, _ arguments: [LuaExpression]) {
        if name.path == ["test"], arguments.count > 1, let body = arguments[1].function {
            parameters[ObjectIdentifier(body)] = [GivenValue(known: .testWorld)]
        }
        guard name.path.count == 1, let fields = arguments.first?.table else { return }
        for field in fields {
            guard case .name(let key) = field.key, let known = KnownValue.given(to: key, of: name.path[0]) else {
                continue
            }
            if let function = field.value.function {
                parameters[ObjectIdentifier(function)] = [GivenValue(known: known)]
            } else if let function = function(of: field.value) {
                give([GivenValue(known: known)], to: function)
            }
        }
    }

    /// Notes what a call gives to a function of the source.
    mutating func give(_ arguments: [LuaExpression], to callee: LuaExpression) {
        guard callee.function == nil, let function = function(of: callee) else { return }
        give(
            arguments.map { value(of: $0).map { GivenValue(known: $0.known, locals: $0.locals) } }, to: function)
    }

    private mutating func give(_ values: [GivenValue?], to function: LuaFunction) {
        named[ObjectIdentifier(function), default: NamedFunction()].accounted += 1
        named[ObjectIdentifier(function)]?.given.append(values)
    }

    /// What functions get that nobody else can call, where all places agree.
    var givenByName: [ObjectIdentifier: [GivenValue?]] {
        named.compactMapValues { entry in
            guard entry.names.allSatisfy({ isWhole($0) }),
                entry.names.reduce(0, { $0 + reads(of: $1) }) == entry.accounted,
                let count = entry.given.map(\.count).min()
            else { return nil }
            let values = (0..<count).map { index -> GivenValue? in
                let places = entry.given.compactMap { $0[index] }
                guard places.count == entry.given.count, Set(places.map(\.known)).count == 1 else { return nil }
                let locals = places.flatMap(\.locals)
                guard let known = places.first?.known, locals.allSatisfy({ !$0.isAssigned }) else { return nil }
                return GivenValue(known: known, locals: locals)
            }
            return values.contains { $0 != nil } ? values : nil
        }
    }

    /// Whether nothing else can be meant where a function is called.
    func isCertain(_ function: LuaFunction) -> Bool { isCertain(ObjectIdentifier(function)) }

    func isCertain(_ function: ObjectIdentifier) -> Bool {
        named[function]?.names.allSatisfy { isWhole($0) } ?? false
    }

    /// Whether nothing else can be meant by a name.
    func isWhole(_ name: FunctionName) -> Bool {
        switch name {
        case .local(let local): !local.isAssigned
        case .global(let name): globals[name]?.count == 1
        case .member(let local, let key):
            !local.isAssigned && local.reads == local.memberUses && local.members[key]?.made.count == 1
        }
    }

    private func reads(of name: FunctionName) -> Int {
        switch name {
        case .local(let local): local.reads
        case .global(let name): reads[name] ?? 0
        case .member(let local, let key): local.members[key]?.reads ?? 0
        }
    }

    /// The function that an expression names.
    func function(of expression: LuaExpression) -> LuaFunction? {
        switch expression.kind {
        case .name(let name):
            if let local = find(name) { return local.function }
            guard let made = globals[name], made.count == 1 else { return nil }
            return made[0]
        case .index(let object, let key):
            guard let key = key.text, let made = table(object)?.members[key]?.made, made.count == 1 else { return nil }
            return made[0]
        case .parentheses(let inner): return function(of: inner)
        default: return nil
        }
    }

    /// The arguments of a declaration with the functions in place of their names, where those are certain.
    func inPlace(_ arguments: [LuaExpression], of name: LibraryName) -> [LuaExpression] {
        guard name.path.count == 1, var first = arguments.first, let fields = first.table else { return arguments }
        first.kind = .table(
            fields.map { field in
                guard case .name(let key) = field.key, KnownValue.given(to: key, of: name.path[0]) != nil,
                    let function = function(of: field.value), parameters[ObjectIdentifier(function)] != nil
                else { return field }
                var field = field
                field.value.kind = .function(function)
                return field
            })
        return [first] + arguments.dropFirst()
    }
}
