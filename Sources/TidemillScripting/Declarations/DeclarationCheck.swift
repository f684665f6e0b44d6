import TidemillCore
import TidemillOperations

/// Checks declarations of all files together and turns them into what the host acts on.
struct DeclarationCheck {
    private(set) var problems: [ScriptProblem] = []
    private(set) var declarations: [Declaration] = []
    /// The filters and mappings, with the reference of each one's function.
    private(set) var rules: [(rule: Rule, function: Int64)] = []
    private(set) var jobs: [JobDeclaration] = []
    /// Of those that are wrong, too.
    private(set) var jobNames: [String] = []
    private(set) var policies: [RechargeDeclaration] = []
    private(set) var grantRules: [GrantDeclaration] = []
    /// The references of the functions of jobs, policies and grant rules, by their names.
    private(set) var functions: [String: Int64] = [:]
    private var catalogLists: [String: [Payload]] = [:]
    private var places: [String: Declaration] = [:]

    /// All catalog declarations, their lists appended in load order; nil without one.
    var catalog: Payload? {
        guard declarations.contains(where: { $0.kind == .catalog }) else { return nil }
        return .object(catalogLists.mapValues { .array($0) })
    }

    /// - Parameter source: the file's text; a catalog's lines are found in it.
    mutating func add(
        kind: Declaration.Kind, file: String, line: Int, value: DeclaredValue, source: String = ""
    ) {
        guard case .table(let members) = value else {
            let got = value.kind == "nil" ? "nothing" : value.kind
            report(file, line, "\(kind.rawValue) expects a table, got \(got)", "\(kind.rawValue) { name = …, … }")
            return
        }
        var name = ""
        if case .string(let text) = members["name"] { name = text }
        if kind == .job, !name.isEmpty { jobNames.append(name) }
        var subject = name.isEmpty ? kind.rawValue : "\(kind.rawValue) \"\(Self.shown(name))\""
        if kind == .catalog { subject = kind.rawValue }
        let before = problems.count
        check(members, kind.options, subject: subject, path: "", file: file, line: line)
        if kind != .catalog, !name.isEmpty { checkName(name, kind, subject, file, line) }
        if kind == .grant, members["on"] == nil, members["schedule"] == nil {
            report(file, line, "\(subject): 'on' or 'schedule' is missing", "say what it is granted on")
        }
        if kind == .catalog {
            addCatalog(members, subject, file, line, source)
            return
        }
        guard problems.count == before else { return }

        var declaration = Declaration(kind: kind, name: name, file: file, line: line, options: [:])
        for (key, member) in members where key != "name" {
            guard case .function = member else {
                declaration.options[key] = payload(member, key: key, path: key, subject, file, line)
                continue
            }
        }
        guard problems.count == before else { return }
        declarations.append(declaration)
        places[name] = declaration
        switch kind {
        case .filter: addRule(.filter, members["keep"], members["event"], declaration)
        case .mapping: addRule(.mapping, members["map"], members["event"], declaration)
        case .recharge, .grant, .job: addTyped(declaration, members["run"] ?? members["decide"])
        case .catalog: break
        }
    }

    private mutating func addTyped(_ declaration: Declaration, _ function: DeclaredValue?) {
        var reading = DeclarationReading(declaration)
        switch declaration.kind {
        case .job: jobs.append(reading.job(declaration))
        case .grant: grantRules.append(reading.grant(declaration))
        default:
            let policy = reading.recharge(declaration)
            if let other = policies.first(where: { $0.currencyID == policy.currencyID }) {
                report(
                    policy.file, policy.line,
                    "recharge \"\(Self.shown(policy.name))\": the currency has a policy already, at \(other.file):\(other.line)",
                    "one policy decides for a currency")
            }
            policies.append(policy)
        }
        if case .function(let reference) = function { functions[declaration.name] = reference }
        for (message, hint) in reading.problems {
            let subject = "\(declaration.kind.rawValue) \"\(Self.shown(declaration.name))\""
            report(declaration.file, declaration.line, "\(subject): \(message)", hint)
        }
    }

    /// Takes every list that is sound although something else may be wrong: a check goes on with it and names all
    /// problems at once.
    private mutating func addCatalog(
        _ members: [String: DeclaredValue], _ subject: String, _ file: String, _ line: Int, _ source: String
    ) {
        var declaration = Declaration(kind: .catalog, name: "", file: file, line: line, options: [:])
        declaration.source = source
        for option in declaration.kind.options {
            guard let value = members[option.name], option.shape.accepts(value) else { continue }
            if case .list(let items) = value, !items.allSatisfy({ OptionShape.record.accepts($0) }) { continue }
            let before = problems.count
            let list = payload(value, key: option.name, path: option.name, subject, file, line)
            guard problems.count == before else { continue }
            declaration.options[option.name] = list
            if case .array(let items) = list { catalogLists[option.name, default: []] += items }
        }
        declarations.append(declaration)
    }

    private mutating func addRule(
        _ kind: Rule.Kind, _ function: DeclaredValue?, _ event: DeclaredValue?, _ declaration: Declaration
    ) {
        guard case .function(let reference) = function else { return }
        var names: [String]?
        switch event {
        case .string(let name): names = [name]
        case .list(let items):
            names = items.compactMap { if case .string(let name) = $0 { name } else { nil } }
        default: names = nil
        }
        let rule = Rule(
            name: declaration.name, kind: kind, file: declaration.file, line: declaration.line, eventNames: names)
        rules.append((rule, reference))
    }

    // MARK: - Checks

    private mutating func report(_ file: String, _ line: Int, _ message: String, _ hint: String? = nil) {
        problems.append(ScriptProblem(file: file, line: line, message: message, hint: hint))
    }

    private mutating func check(
        _ members: [String: DeclaredValue], _ options: [Option], subject: String, path: String, file: String, line: Int
    ) {
        let known = options.map(\.name)
        for key in members.keys.sorted() where !known.contains(key) {
            let near = Suggestion.nearest(to: key, in: known)
            report(
                file, line, "\(subject): unknown key '\(path)\(Self.shown(key))'",
                near.map { "did you mean '\($0)'?" } ?? "known keys: \(known.joined(separator: ", "))")
        }
        for option in options {
            guard let value = members[option.name] else {
                if option.isRequired {
                    report(
                        file, line, "\(subject): '\(path)\(option.name)' is missing",
                        "expected \(option.shape.expectation)")
                }
                continue
            }
            check(value, option.shape, subject: subject, path: path + option.name, file: file, line: line)
        }
    }

    private mutating func check(
        _ value: DeclaredValue, _ shape: OptionShape, subject: String, path: String, file: String, line: Int
    ) {
        guard shape.accepts(value) else {
            var got = value.kind
            var hint: String?
            if case .string(let text) = value {
                got = text.isEmpty ? "an empty string" : got
                if case .word(let words) = shape, !text.isEmpty {
                    got = "\"\(Self.shown(text))\""
                    hint = Suggestion.nearest(to: text, in: words).map { "did you mean \"\($0)\"?" }
                }
            }
            report(file, line, "\(subject): '\(path)' must be \(shape.expectation), got \(got)", hint)
            return
        }
        switch (shape, value) {
        case (.table(let options), .table(let members)),
            (.either(_, .table(let options)), .table(let members)):
            check(members, options, subject: subject, path: path + ".", file: file, line: line)
        case (.list(let item), .list(let items)):
            for (index, element) in items.enumerated() {
                check(element, item, subject: subject, path: "\(path)[\(index + 1)]", file: file, line: line)
            }
        default: break
        }
    }

    private mutating func checkName(
        _ name: String, _ kind: Declaration.Kind, _ subject: String, _ file: String, _ line: Int
    ) {
        if name.utf8.count > 128 || name.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) {
            report(
                file, line, "\(kind.rawValue): 'name' must have at most 128 bytes and no control characters", nil)
        } else if let other = places[name] {
            report(
                file, line,
                "\(subject): the name is taken by the \(other.kind.rawValue) at \(other.file):\(other.line)",
                "names of rules and jobs are unique")
        } else if kind == .job || kind == .grant, PauseTarget(rawValue: name) != nil {
            report(
                file, line, "\(subject): the name means a part of the worker, in `tidemill pause \(name)`",
                "give it another name than \(PauseTarget.allCases.map(\.rawValue).joined(separator: ", "))")
        }
    }

    /// A name or key as it may stand in a message.
    private static func shown(_ text: String) -> String {
        let plain = String(
            text.prefix(80).map { $0.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F } ? "?" : $0 })
        return text.count > 80 ? plain + "…" : plain
    }

    // MARK: - Values

    private mutating func payload(
        _ value: DeclaredValue, key: String, path: String, _ subject: String, _ file: String, _ line: Int
    ) -> Payload {
        switch value {
        case .null: return .null
        case .boolean(let value): return .boolean(value)
        case .integer(let value): return .integer(value)
        case .number(let digits): return .number(digits)
        case .string(let text): return .string(text)
        case .list(let items):
            var result: [Payload] = []
            for (index, item) in items.enumerated() {
                result.append(payload(item, key: "", path: "\(path)[\(index + 1)]", subject, file, line))
            }
            return .array(result)
        case .table(let members):
            // Lua has one empty table for both: a plural name means a list.
            if members.isEmpty, key.hasSuffix("s") { return .array([]) }
            var result: TextMap<Payload> = [:]
            for (name, member) in members.sorted(by: { $0.key < $1.key }) {
                result[name] = payload(member, key: name, path: "\(path).\(Self.shown(name))", subject, file, line)
            }
            return .object(result)
        case .function, .other:
            report(file, line, "\(subject): '\(path)' must be a plain value, got \(value.kind)")
            return .null
        }
    }
}
