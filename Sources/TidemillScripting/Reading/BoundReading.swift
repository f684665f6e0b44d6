/// A place of a source: the blocks that it stands in, from outside, and what came before.
struct LuaPlace {
    struct Block: Equatable {
        let number: Int
        /// Whether it may be done several times, or at another time: the body of a loop or a function.
        let isRepeated: Bool
    }

    let blocks: [Block]
    let order: Int

    /// Whether whoever comes to the other place has been here, where this one is before it.
    func isAround(_ other: LuaPlace) -> Bool { other.blocks.starts(with: blocks) }
}

/// `local.name = value`
struct LuaFieldSet {
    let name: String
    let value: LuaExpression
    let line: Int
    let at: LuaPlace
}

/// A name or a call, with what it stands for.
final class LuaBinding {
    enum Target {
        case local(LuaLocal, at: LuaPlace)
        /// A field of a table that a local was made with.
        case member(LuaLocal, String, at: LuaPlace)
        /// What a function of the source returns.
        case answer(LuaFunction)
    }

    let original: LuaExpression
    let target: Target

    init(_ original: LuaExpression, to target: Target) {
        self.original = original
        self.target = target
    }
}

/// A call of a function of the source.
struct SourceCall {
    let function: LuaFunction
    /// As the call names it.
    let name: String
    let arguments: [LuaExpression]
    let line: Int
    let functions: [ObjectIdentifier]
}

/// A parameter that a function hands to an operation as it is.
struct ForwardedParameter {
    let name: LibraryName
    let local: LuaLocal
    let index: Int
    let at: LuaPlace
}

/// Puts what names certainly stand for into their places, once all of a source was seen: constants, tables of locals with
/// the fields that they are given later, and what helpers hand on to operations.
struct BoundReading {
    /// So many names of a source are followed, and so deep: tables may hold each other.
    private static let namesMax = 20_000
    private static let depthMax = 4

    private let names: ScriptNames
    private var left = namesMax

    init(_ names: ScriptNames) {
        self.names = names
        // A table stays as it is in a helper that only hands it on.
        for call in names.calls {
            let parameters = names.locals[ObjectIdentifier(call.function)] ?? []
            for (argument, parameter) in zip(call.arguments, parameters) {
                guard case .bound(let binding) = argument.kind, case .local(let local, _) = binding.target,
                    names.isCertain(call.function), parameter.sets.isEmpty, parameter.isOnlyRead
                else { continue }
                local.harmlessUses += 1
            }
        }
    }

    mutating func resolved(_ use: LibraryUse) -> LibraryUse {
        guard case .called(let arguments) = use.kind else { return use }
        var use = use
        use.kind = .called(arguments.map { resolve($0) })
        return use
    }

    mutating func resolved(_ use: ValueUse) -> ValueUse {
        var use = use
        use.arguments = use.arguments.map { $0.map { resolve($0) } }
        return use
    }

    /// The operations that functions of the source are called for, each with what the caller says.
    mutating func forwarded() -> [LibraryUse] {
        var uses: [LibraryUse] = []
        for call in names.calls {
            guard let forward = names.forwards[ObjectIdentifier(call.function)], names.isCertain(call.function),
                forward.index < call.arguments.count, forward.local.isOnlyRead, forward.local.operationUses == 1,
                forward.name.locals.allSatisfy({ !$0.isAssigned })
            else { continue }
            var argument = resolve(call.arguments[forward.index])
            guard let fields = argument.table else { continue }
            argument.kind = .table(Self.handed(fields, by: forward.local))
            uses.append(
                LibraryUse(
                    name: forward.name, kind: .called([argument]), line: call.line, functions: call.functions,
                    isForwarded: true))
        }
        return uses
    }

    /// The fields as an operation gets them from a helper: those that it reads or sets itself may be anything there.
    private static func handed(_ fields: [LuaTableField], by parameter: LuaLocal) -> [LuaTableField] {
        let touched = Set(parameter.sets.map(\.name)).union(parameter.members.keys)
        guard !touched.isEmpty else { return fields }
        let kept = fields.filter { field in
            guard case .name(let name) = field.key else { return true }
            return !touched.contains(name)
        }
        return kept + [.anything(kept.first?.line ?? 0)]
    }

    // MARK: - Expressions

    private mutating func resolve(_ expression: LuaExpression, depth: Int = 0) -> LuaExpression {
        switch expression.kind {
        case .table(let fields):
            var resolved = expression
            resolved.kind = .table(fields.map { resolve($0, depth) })
            return resolved
        case .bound(let binding):
            guard left > 0, depth < Self.depthMax else { return binding.original }
            left -= 1
            switch binding.target {
            case .answer(let function):
                guard let answers = names.answers[ObjectIdentifier(function)], answers.count == 1,
                    names.isCertain(function)
                else { return binding.original }
                let answer = resolve(answers[0], depth: depth + 1)
                return answer.table == nil ? binding.original : answer
            case .local(let local, let place):
                return content(of: local, at: place, depth) ?? binding.original
            case .member(let local, let member, let place):
                let table = content(of: local, at: place, depth)?.table
                let fields = table?.filter { $0.isNamed(member) } ?? []
                guard fields.count == 1, table?.allSatisfy({ !$0.isComputed }) == true else { return binding.original }
                switch fields[0].value.kind {
                case .string, .number, .boolean, .negative: return fields[0].value
                default: return binding.original
                }
            }
        default: return expression
        }
    }

    private mutating func resolve(_ field: LuaTableField, _ depth: Int) -> LuaTableField {
        var field = field
        field.value = resolve(field.value, depth: depth)
        return field
    }

    private mutating func content(of local: LuaLocal, at place: LuaPlace, _ depth: Int) -> LuaExpression? {
        guard !local.isAssigned, let (made, begun) = local.content else { return nil }
        switch made.kind {
        case .string, .number, .boolean, .negative: return made
        case .table(let fields):
            guard local.isOnlyRead else { return nil }
            var table = made
            table.kind = .table(contents(fields, of: local, since: begun, at: place, depth))
            return table
        default: return nil
        }
    }

    /// The fields of a local's table in a place: what was certainly put there, and what may have been.
    private mutating func contents(
        _ made: [LuaTableField], of local: LuaLocal, since begun: LuaPlace, at place: LuaPlace, _ depth: Int
    ) -> [LuaTableField] {
        // Whoever comes there again has been behind it, too.
        let isAgain = place.blocks.dropFirst(begun.blocks.count).contains { $0.isRepeated }
        var fields = made.map { resolve($0, depth + 1) }
        var doubtful: Set<String> = []
        for set in local.sets where isAgain || set.at.order < place.order {
            guard set.at.order < place.order, set.at.isAround(place) else {
                doubtful.insert(set.name)
                continue
            }
            fields.removeAll { $0.isNamed(set.name) }
            if case .nil = set.value.kind { continue }
            fields.append(
                LuaTableField(key: .name(set.name), value: resolve(set.value, depth: depth + 1), line: set.line))
        }
        for name in doubtful.sorted() {
            let line = local.sets.first { $0.name == name }?.line ?? 0
            let isRemoved = local.sets.contains { set in
                if case .nil = set.value.kind { set.name == name } else { false }
            }
            // Where it is made for one call only, what is put there is meant for that.
            let isMeant = local.harmlessUses == 1 || fields.contains { $0.isNamed(name) }
            fields.removeAll { $0.isNamed(name) }
            fields.append(isMeant && !isRemoved ? .unknown(name, line) : .anything(line))
        }
        // A table that is taken out again may be changed.
        return fields.map { field in
            guard case .name(let name) = field.key, field.value.table != nil, local.members[name]?.reads ?? 0 > 0 else {
                return field
            }
            return .unknown(name, field.line)
        }
    }
}

extension LuaLocal {
    /// Whether nothing is done to it, or to a table in it, but what is counted.
    fileprivate var isOnlyRead: Bool { !isAssigned && reads == memberUses + harmlessUses }
}

extension LuaTableField {
    fileprivate func isNamed(_ name: String) -> Bool {
        if case .name(name) = key { true } else { false }
    }

    /// A field that is there with a value that is not known.
    fileprivate static func unknown(_ name: String, _ line: Int) -> LuaTableField {
        LuaTableField(key: .name(name), value: .unknown(line), line: line)
    }

    /// Any further fields.
    fileprivate static func anything(_ line: Int) -> LuaTableField {
        LuaTableField(key: .computed(.unknown(line)), value: .unknown(line), line: line)
    }
}

extension LuaExpression {
    /// No value, as what is left out.
    static var nothing: LuaExpression { LuaExpression(kind: .nil, line: 0, depth: 1) }

    fileprivate static func unknown(_ line: Int) -> LuaExpression {
        LuaExpression(kind: .unary(LuaExpression(kind: .vararg, line: line, depth: 1)), line: line, depth: 2)
    }
}
