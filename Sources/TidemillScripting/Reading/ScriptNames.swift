/// A local of a source: what it stands for, where that is certain.
final class LuaLocal {
    /// The name of the library that it was given, and the locals that this goes by.
    var library: LibraryName?
    /// What is known of its value, and the locals that this goes by.
    var value: (known: KnownValue, locals: [LuaLocal])?
    /// Whether anything else is ever put into it.
    var isAssigned = false
    /// The fields that the source gives it.
    var given: Set<String> = []
    /// The function that it was made with, and how often it is read.
    var function: LuaFunction?
    var reads = 0
}

/// `client.grantCredits`, as a source names it: by the global itself, or by locals that it was put into.
struct LibraryName {
    var path: [String]
    var locals: [LuaLocal]

    var text: String { path.joined(separator: ".") }

    func member(_ name: String) -> LibraryName { LibraryName(path: path + [name], locals: locals) }
}

/// What a source does with a name of the library.
struct LibraryUse {
    enum Kind {
        case read
        case called([LuaExpression])
        /// `name:member(…)`, which gives the member the table that it is taken from.
        case method
    }

    var name: LibraryName
    var kind: Kind
    var line: Int
    /// The functions that the use stands in, from outside.
    var functions: [ObjectIdentifier]
}

/// The names of one source, each with what it certainly stands for. What is not certain is not among them: names that are
/// assigned to, an environment that somebody else sees, names that are computed.
struct ScriptNames {
    /// A name may have so many parts.
    private static let partsMax = 6

    private var scopes: [[String: LuaLocal]] = [[:]]
    private var functions: [ObjectIdentifier] = []
    private var uses: [LibraryUse] = []
    private(set) var members: [ValueUse] = []
    /// What the functions of declarations get.
    private var parameters: [ObjectIdentifier: [KnownValue]] = [:]
    /// Functions that declarations are given by a name: which they certainly are is known once all of the source was seen.
    private var named: [ObjectIdentifier: NamedFunction] = [:]
    /// What the source makes of globals, and how often it reads them.
    private var globals: [String: [LuaFunction?]] = [:]
    private var reads: [String: Int] = [:]
    private var assigned: Set<String> = []
    /// Whether something else than a field by its name is done to the globals: they may have any name then.
    private var isOpen = false

    /// The uses of a source's library names, and of members of values that are known, each in order.
    static func uses(in block: LuaBlock) -> (library: [LibraryUse], members: [ValueUse]) {
        var names = ScriptNames()
        names.walk(block)
        let given = names.givenByName
        if !given.isEmpty {
            // Their bodies come before the declarations that say what they get.
            names = ScriptNames()
            names.parameters = given
            names.walk(block)
        }
        guard !names.isOpen else { return ([], []) }
        let uses = names.uses.filter { use in
            use.name.path.first.map { !names.assigned.contains($0) } == true
                && use.name.locals.allSatisfy { !$0.isAssigned }
        }
        let isLibraryWhole = KnownValue.makers.allSatisfy { !names.assigned.contains($0) }
        let members = names.members.filter { use in
            isLibraryWhole && use.locals.allSatisfy { !$0.isAssigned && !$0.given.contains(use.member) }
        }
        return (uses, members)
    }

    // MARK: - Statements

    private mutating func walk(_ block: LuaBlock) {
        scopes.append([:])
        walkStatements(block)
        scopes.removeLast()
    }

    private mutating func walkStatements(_ block: LuaBlock) {
        for statement in block.statements { walk(statement) }
        for expression in block.returned ?? [] { walk(expression) }
    }

    private mutating func walk(_ statement: LuaStatement) {
        switch statement {
        case .expression(let expression): walk(expression)
        case .local(let names, let values): declare(names, values)
        case .assignment(let targets, let values):
            for value in values { walk(value) }
            for (index, target) in targets.enumerated() {
                assign(target)
                guard case .name(let name) = target.kind, find(name) == nil else { continue }
                // What is made on a condition may be another source's.
                let isCertain = functions.isEmpty && scopes.count == 2 && index < values.count
                globals[name, default: []].append(isCertain ? values[index].function : nil)
            }
        case .localFunction(let name, let function):
            declare(name).function = function
            walk(function)
        case .block(let block): walk(block)
        case .while(let condition, let block):
            walk(condition)
            walk(block)
        case .repeat(let block, let condition):
            // The condition sees the locals of the block.
            scopes.append([:])
            walkStatements(block)
            walk(condition)
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
        scopes.append([:])
        for name in names { declare(name) }
        walk(block)
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
        let functions = values.map(\.function)
        let given = values.map { library($0) }
        let known = values.map { value(of: $0) }
        for (index, name) in names.enumerated() {
            let local = declare(name)
            guard index < values.count else { continue }
            local.library = given[index]
            local.value = known[index]
            local.function = functions[index]
        }
    }

    private mutating func assign(_ target: LuaExpression) {
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
            if let name = library(expression) { note(name, .read, expression.line) }
            if let member = key.text { note(member, of: object, expression.line) }
        case .call(let callee, let arguments):
            walk(callee)
            if let name = library(callee) { declare(name, arguments) }
            if case .index(let object, let key) = callee.kind, let member = key.text {
                note(member, of: object, expression.line, isCalled: true)
            }
            for argument in arguments { walk(argument) }
            if let name = library(callee) { note(name, .called(inPlace(arguments, of: name)), expression.line) }
        case .method(let object, let name, let arguments):
            walk(object)
            for argument in arguments { walk(argument) }
            if let found = library(object) { note(found.member(name.text), .method, name.line) }
            note(name.text, of: object, name.line, isCalled: true)
        case .table(let fields):
            for field in fields {
                if case .computed(let key) = field.key { walk(key) }
                walk(field.value)
            }
        case .binary(let left, let right):
            walk(left)
            walk(right)
        case .negative(let operand), .unary(let operand), .parentheses(let operand): walk(operand)
        }
    }

    private mutating func walk(_ function: LuaFunction) {
        functions.append(ObjectIdentifier(function))
        scopes.append([:])
        let known = parameters[ObjectIdentifier(function)] ?? []
        for (index, parameter) in function.parameters.enumerated() {
            let local = declare(parameter)
            if index < known.count { local.value = (known[index], []) }
        }
        walk(function.body)
        scopes.removeLast()
        functions.removeLast()
    }

    private mutating func note(_ name: LibraryName, _ kind: LibraryUse.Kind, _ line: Int) {
        guard name.path.count <= Self.partsMax else { return }
        uses.append(LibraryUse(name: name, kind: kind, line: line, functions: functions))
    }

    private mutating func note(_ member: String, of object: LuaExpression, _ line: Int, isCalled: Bool = false) {
        guard let value = value(of: object) else { return }
        // What is called was read first.
        if isCalled, let last = members.last, last.member == member, last.line == line, !last.isCalled {
            members.removeLast()
        }
        members.append(
            ValueUse(value: value.known, member: member, isCalled: isCalled, line: line, locals: value.locals))
    }

    /// Notes what the functions of a declaration get.
    private mutating func declare(_ name: LibraryName, _ arguments: [LuaExpression]) {
        guard name.path.count == 1, let fields = arguments.first?.table else { return }
        for field in fields {
            guard case .name(let key) = field.key, let known = KnownValue.given(to: key, of: name.path[0]) else {
                continue
            }
            switch field.value.kind {
            case .function(let function): parameters[ObjectIdentifier(function)] = [known]
            case .name(let other):
                guard let function = function(named: other) else { continue }
                var given = named[ObjectIdentifier(function)] ?? NamedFunction(name: other, local: find(other))
                given.known.insert(known)
                given.places += 1
                named[ObjectIdentifier(function)] = given
            default: continue
            }
        }
    }

    // MARK: - Functions by their names

    /// A function that declarations are given by its name.
    private struct NamedFunction {
        let name: String
        /// Nil for a global.
        let local: LuaLocal?
        var known: Set<KnownValue> = []
        /// In how many declarations it stands.
        var places = 0
    }

    /// What those get that nobody else can call: they are read in declarations of one kind alone.
    private var givenByName: [ObjectIdentifier: [KnownValue]] {
        named.filter { _, given in
            let isWhole = given.local.map { !$0.isAssigned } ?? (globals[given.name]?.count == 1)
            return isWhole && given.known.count == 1 && given.places == given.local?.reads ?? reads[given.name]
        }.mapValues { Array($0.known) }
    }

    private func function(named name: String) -> LuaFunction? {
        if let local = find(name) { return local.function }
        guard let made = globals[name], made.count == 1 else { return nil }
        return made[0]
    }

    /// The arguments of a declaration with the functions in place of their names, where those are certain.
    private func inPlace(_ arguments: [LuaExpression], of name: LibraryName) -> [LuaExpression] {
        guard name.path.count == 1, var first = arguments.first, let fields = first.table else { return arguments }
        first.kind = .table(
            fields.map { field in
                guard case .name(let key) = field.key, KnownValue.given(to: key, of: name.path[0]) != nil,
                    case .name(let other) = field.value.kind, let function = function(named: other),
                    parameters[ObjectIdentifier(function)] != nil
                else { return field }
                var field = field
                field.value.kind = .function(function)
                return field
            })
        return [first] + arguments.dropFirst()
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
            return library(object)?.member(key)
        case .parentheses(let inner): return library(inner)
        default: return nil
        }
    }
}
