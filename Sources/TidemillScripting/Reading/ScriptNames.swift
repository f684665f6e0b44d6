/// The names of one source, each with what it certainly stands for. What is not certain is not among them: names that are
/// assigned to, an environment that somebody else sees, names that are computed.
struct ScriptNames {
    /// A name may have so many parts.
    private static let partsMax = 6

    private var scopes: [[String: LuaLocal]] = [[:]]
    private(set) var functions: [ObjectIdentifier] = []
    /// The blocks around, from outside, and how many things were seen.
    private(set) var blocks: [LuaPlace.Block] = []
    /// The blocks that are bodies of `functions`.
    private(set) var bodies: [Int] = []
    private var blockCount = 0
    private var order = 0
    private var uses: [LibraryUse] = []
    private(set) var members: [ValueUse] = []
    /// The functions that the library calls and that may not call what jobs do, each with why.
    var refusing: [ObjectIdentifier: EffectRefusal] = [:]
    /// The functions that a test wants to fail.
    var failing: Set<ObjectIdentifier> = []
    /// Calls of functions of the source, and what these hand on to operations.
    var calls: [SourceCall] = []
    /// The parameters of functions.
    private(set) var locals: [ObjectIdentifier: [LuaLocal]] = [:]
    var forwards: [ObjectIdentifier: ForwardedParameter] = [:]
    /// What functions return, return by return.
    var answers: [ObjectIdentifier: [LuaExpression]] = [:]
    /// What is known of the values that functions return, return by return; and of functions that always return the same.
    private var returned: [ObjectIdentifier: [KnownValue?]] = [:]
    private(set) var answered: [ObjectIdentifier: KnownValue] = [:]
    /// What functions get: those of declarations, and those that they certainly call with it.
    var parameters: [ObjectIdentifier: [GivenValue?]] = [:]
    /// Functions that go by names: what they get is known once all of the source was seen.
    var named: [ObjectIdentifier: NamedFunction] = [:]
    /// What the source makes of globals, and how often it reads them.
    var globals: [String: [LuaFunction?]] = [:]
    private(set) var reads: [String: Int] = [:]
    private var assigned: Set<String> = []
    /// Whether something else than a field by its name is done to the globals: they may have any name then.
    private var isOpen = false

    /// How often a source is read at most: by each time what functions get is known one call further.
    private static let passesMax = 5

    static func found(in block: LuaBlock) -> NamesFound {
        var names = ScriptNames()
        names.walk(block)
        var known: [ObjectIdentifier: [KnownValue?]] = [:]
        for _ in 1..<passesMax {
            // Their bodies come before the declarations and calls that say what they get, and calls before what they return.
            let given = names.givenByName
            let answered = names.answeredAlways
            let next = given.mapValues { $0.map { $0?.known } }
            guard next != known || answered != names.answered else { break }
            known = next
            names = ScriptNames()
            names.parameters = given
            names.answered = answered
            names.walk(block)
        }
        guard !names.isOpen else { return NamesFound() }
        let deciding = names.parameters.compactMapValues { given in
            given.lazy.compactMap { $0?.known }.first { $0.refusal != nil }
        }
        let certain = names.uses.filter { use in
            use.name.path.first.map { !names.assigned.contains($0) } == true
                && use.name.locals.allSatisfy { !$0.isAssigned }
                && !use.functions.contains(where: names.failing.contains)
        }
        var reading = BoundReading(names)
        let uses = certain.map { reading.resolved($0) } + reading.forwarded()
        let isLibraryWhole = KnownValue.makers.allSatisfy { !names.assigned.contains($0) }
        let members = names.members.filter { use in
            isLibraryWhole && use.locals.allSatisfy { !$0.isAssigned && !$0.given.contains(use.member) }
        }
        .map { reading.resolved($0) }
        return NamesFound(
            library: uses, members: members, deciding: deciding, refusing: names.refusing,
            indirect: names.indirectEffects(certain, members))
    }

    /// The functions all of whose returns are of one kind.
    private var answeredAlways: [ObjectIdentifier: KnownValue] {
        returned.compactMapValues { values in
            guard let first = values.first, values.allSatisfy({ $0 == first }) else { return nil }
            return first
        }.filter { isCertain($0.key) }
    }

    // MARK: - Statements

    private mutating func walk(_ block: LuaBlock, isRepeated: Bool = false) {
        scopes.append([:])
        enter(isRepeated)
        walkStatements(block)
        blocks.removeLast()
        scopes.removeLast()
    }

    private mutating func enter(_ isRepeated: Bool) {
        blockCount += 1
        blocks.append(LuaPlace.Block(number: blockCount, isRepeated: isRepeated))
    }

    /// Where it has come to.
    mutating func place() -> LuaPlace {
        order += 1
        return LuaPlace(blocks: blocks, order: order)
    }

    private mutating func walkStatements(_ block: LuaBlock) {
        for statement in block.statements { walk(statement) }
        for expression in block.returned ?? [] { walk(expression) }
        if let function = functions.last, let returned = block.returned {
            answers[function, default: []].append(returned.first.map { bind($0) } ?? .nothing)
            let value = returned.first.flatMap { self.value(of: $0) }
            let isAsMade = value?.locals.allSatisfy { !$0.isAssigned && $0.given.isEmpty } ?? false
            self.returned[function, default: []].append(isAsMade ? value?.known : nil)
        }
    }

    private mutating func walk(_ statement: LuaStatement) {
        switch statement {
        case .expression(let expression): walk(expression)
        case .local(let names, let values): declare(names, values)
        case .assignment(let targets, let values):
            for value in values { walk(value) }
            for (index, target) in targets.enumerated() {
                assign(target, index < values.count ? values[index] : nil)
                guard case .name(let name) = target.kind, find(name) == nil else { continue }
                // What is made on a condition may be another source's.
                let isCertain = functions.isEmpty && scopes.count == 2 && index < values.count
                let made = isCertain ? make(values[index], .global(name)) : nil
                globals[name, default: []].append(made)
            }
            for (target, value) in zip(targets, values) { makeMember(target, value) }
        case .localFunction(let name, let function):
            let local = declare(name)
            local.function = function
            note(.local(local), of: function)
            walk(function)
        case .block(let block): walk(block)
        case .while(let condition, let block):
            walk(condition)
            walk(block, isRepeated: true)
        case .repeat(let block, let condition):
            // The condition sees the locals of the block.
            scopes.append([:])
            enter(true)
            walkStatements(block)
            walk(condition)
            blocks.removeLast()
            scopes.removeLast()
        case .if(let branches):
            for (condition, block) in branches {
                if let condition { walk(condition) }
                walk(block)
            }
        case .numericFor(let name, let values, let block): loop([name], values, block)
        case .genericFor(let names, let values, let block): loop(names, values, block)
        case .jump: break
        }
    }

    private mutating func loop(_ names: [LuaName], _ values: [LuaExpression], _ block: LuaBlock) {
        for value in values { walk(value) }
        let item = values.count == 1 ? item(of: values[0]) : nil
        scopes.append([:])
        for (index, name) in names.enumerated() {
            let local = declare(name)
            if index == item?.index { local.value = item?.value }
        }
        walk(block, isRepeated: true)
        scopes.removeLast()
    }

    @discardableResult
    private mutating func declare(_ name: LuaName) -> LuaLocal {
        let local = LuaLocal()
        scopes[scopes.count - 1][name.text] = local
        return local
    }

    private mutating func declare(_ names: [LuaName], _ values: [LuaExpression]) {
        for value in values { walk(value) }
        let given = values.map { library($0) }
        let known = values.map { value(of: $0) }
        for (index, name) in names.enumerated() {
            let local = declare(name)
            guard index < values.count else { continue }
            local.library = given[index]
            local.value = known[index]
            local.function = make(values[index], .local(local))
            local.content = (bind(values[index]), place())
            if let fields = values[index].table { makeTable(local, fields) }
        }
        // Where it is refused a further value says why.
        guard values.count == 1 else { return }
        for (name, value) in zip(names.dropFirst(), furtherValues(of: values[0])) {
            scopes[scopes.count - 1][name.text]?.value = value
        }
    }

    private mutating func assign(_ target: LuaExpression, _ given: LuaExpression?) {
        switch target.kind {
        case .name(let name):
            if let local = find(name) {
                local.isAssigned = true
            } else if name == "_ENV" {
                isOpen = true
            } else {
                assigned.insert(name)
            }
        case .index(let object, let key):
            if isGlobals(object) {
                if let name = key.text { assigned.insert(name) } else { isOpen = true }
            } else {
                walk(object)
                if key.text != nil { ownTable(object)?.memberUses += 1 }
            }
            if let name = key.text, let local = ownTable(object) {
                local.sets.append(
                    LuaFieldSet(
                        name: name, value: given.map { bind($0) } ?? .nothing, line: key.line, at: place()))
            }
            if let name = key.text { for local in value(of: object)?.locals ?? [] { local.given.insert(name) } }
            walk(key)
        default: walk(target)
        }
    }

    // MARK: - Expressions

    private mutating func walk(_ expression: LuaExpression) {
        switch expression.kind {
        case .nil, .boolean, .number, .string, .vararg: break
        case .name(let name):
            if let local = find(name) {
                local.reads += 1
                break
            }
            reads[name, default: 0] += 1
            if name == "_ENV" || name == "_G" {
                isOpen = true
            } else if let name = library(expression) {
                note(name, .read, expression.line)
            }
        case .function(let function): walk(function)
        case .index(let object, let key):
            if !isGlobals(object) { walk(object) }
            walk(key)
            if let member = key.text { readMember(member, of: object) }
            if let name = library(expression) { note(name, .read, expression.line) }
            if let member = key.text { note(member, of: object, expression.line) }
        case .call(let callee, let arguments):
            walk(callee)
            if let name = library(callee) { declare(name, arguments) }
            for argument in arguments { walk(argument) }
            if case .index(let object, let key) = callee.kind, let member = key.text {
                note(member, of: object, expression.line, calledWith: arguments)
            }
            give(arguments, to: callee)
            noteCall(callee, arguments, expression.line)
        case .method(let object, let name, let arguments):
            walk(object)
            for argument in arguments { walk(argument) }
            if let found = library(object) { note(found.member(name.text), .method, name.line) }
            noteCallback(name.text, of: object, arguments)
            note(name.text, of: object, name.line, calledWith: arguments)
        case .table(let fields):
            for field in fields {
                if case .computed(let key) = field.key { walk(key) }
                walk(field.value)
            }
        case .binary(let left, let right):
            walk(left)
            walk(right)
        case .negative(let operand), .unary(let operand), .parentheses(let operand): walk(operand)
        case .bound: break
        }
    }

    private mutating func walk(_ function: LuaFunction) {
        functions.append(ObjectIdentifier(function))
        bodies.append(blockCount + 1)
        scopes.append([:])
        let known = parameters[ObjectIdentifier(function)] ?? []
        for (index, parameter) in function.parameters.enumerated() {
            let local = declare(parameter)
            local.parameter = (function, index)
            locals[ObjectIdentifier(function), default: []].append(local)
            if index < known.count, let given = known[index] { local.value = (given.known, given.locals) }
        }
        walk(function.body, isRepeated: true)
        scopes.removeLast()
        bodies.removeLast()
        functions.removeLast()
    }

    mutating func note(_ name: LibraryName, _ kind: LibraryUse.Kind, _ line: Int) {
        guard name.path.count <= Self.partsMax else { return }
        uses.append(LibraryUse(name: name, kind: kind, line: line, functions: functions))
    }

    private mutating func note(
        _ member: String, of object: LuaExpression, _ line: Int, calledWith arguments: [LuaExpression]? = nil
    ) {
        guard let value = value(of: object) else { return }
        // What is called was read first.
        if arguments != nil,
            let read = members.lastIndex(where: { $0.member == member && $0.line == line && $0.arguments == nil })
        {
            members.remove(at: read)
        }
        let bound = arguments.map { $0.map { bind($0) } }
        members.append(
            ValueUse(
                value: value.known, member: member, arguments: bound, line: line, locals: value.locals,
                functions: functions))
    }

    // MARK: - What a name stands for

    func find(_ name: String) -> LuaLocal? {
        for scope in scopes.reversed() { if let local = scope[name] { return local } }
        return nil
    }

    /// Whether it is the table of globals, named as such.
    private func isGlobals(_ expression: LuaExpression) -> Bool {
        guard case .name(let name) = expression.kind else { return false }
        return (name == "_ENV" || name == "_G") && find(name) == nil
    }

    /// The library's name that an expression certainly is.
    func library(_ expression: LuaExpression) -> LibraryName? {
        switch expression.kind {
        case .name(let name):
            if let local = find(name) {
                return local.library.map { LibraryName(path: $0.path, locals: $0.locals + [local]) }
            }
            // Below a local of this name globals are its fields.
            if name == "_ENV" || name == "_G" || find("_ENV") != nil { return nil }
            return LibraryName(path: [name], locals: [])
        case .index(let object, let key):
            guard let key = key.text else { return nil }
            if case .name("_ENV") = object.kind, find("_ENV") == nil { return LibraryName(path: [key], locals: []) }
            if key == "client", let world = value(of: object), world.known == .testWorld {
                return LibraryName(path: [key], locals: world.locals)
            }
            return library(object)?.member(key)
        case .parentheses(let inner): return library(inner)
        default: return nil
        }
    }
}
