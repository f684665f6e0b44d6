import Foundation
import TidemillCore
import TidemillOperations

/// What a call says wrongly by itself: fields, words and values that are written in it.
struct CallInspection {
    let name: [String]
    let arguments: [LuaExpression]
    let line: Int
    let jobs: [String]?
    let isNull: (LuaExpression) -> Bool

    private(set) var findings: [(line: Int, message: String)] = []
    /// What the library itself is to be asked with, instead of what is written and not known.
    private(set) var asked: Payload?

    init(
        name: [String], arguments: [LuaExpression], line: Int, jobs: [String]?,
        isNull: @escaping (LuaExpression) -> Bool
    ) {
        self.name = name
        self.arguments = arguments
        self.line = line
        self.jobs = jobs
        self.isNull = isNull
    }

    mutating func inspect() {
        switch name.first {
        case "client": inspectOperation()
        case "later" where name.count == 1: inspectLater()
        case "emit" where name.count == 1: inspectOptions(at: 2, before: ["type", .null])
        case "state" where name == ["state", "set"]: inspectOptions(at: 2, before: ["key", .null])
        case "state" where name == ["state", "update"]: inspectOptions(at: 2, before: ["key"])
        case "state" where name == ["state", "shared", "set"]: inspectOptions(at: 2, before: ["name", "key", .null])
        case "state" where name == ["state", "shared", "update"]: inspectOptions(at: 2, before: ["name", "key"])
        case "lookup" where name.count == 2: inspectLookup()
        case "time" where name.count == 2: inspectTime()
        case "grant", "recharge", "filter", "mapping": if name.count == 1 { inspectDeclaration() }
        default: break
        }
    }

    private mutating func report(_ line: Int, _ message: String) { findings.append((line, message)) }

    private func literal(_ expression: LuaExpression) -> LiteralTable { LiteralTable(expression, isNull: isNull) }

    // MARK: - Operations

    private mutating func inspectOperation() {
        let isPlain = name.count == 2
        guard isPlain || (name.count == 3 && (name[1] == "try" || name[1] == "each")), let last = name.last,
            let id = OperationID(rawValue: last)
        else { return }
        let row = OperationTable.row(id)
        let called = name.joined(separator: ".")
        guard row.isInScripts else {
            report(line, "\(called): \(row.refused("in scripts").message)")
            return
        }
        guard arguments.count <= 1 else {
            report(line, "\(called) takes one table, \(called) { … }, got several values")
            return
        }
        if let given = arguments.first, given.table == nil {
            let kind: String? =
                switch given.kind {
                case .string: "string"
                case .number: "number"
                case .boolean: "boolean"
                case .function: "function"
                default: nil
                }
            if let kind { report(line, "\(called) takes one table, \(called) { … }, got \(kind)") }
            return
        }
        let input = arguments.first.map { literal($0) }
        check(input, row.problems, subject: called)
    }

    /// Holds a literal against a shape, and reports what does not depend on anything computed.
    private mutating func check(
        _ input: LiteralTable?, _ problems: (Payload) -> [InputProblem.Finding], subject: String,
        at place: [String] = [], prefix: [String] = []
    ) {
        let value = input?.value ?? .object([:])
        for finding in problems(value) {
            var steps = finding.path.steps
            guard steps.starts(with: prefix) || finding.subject == .whole else { continue }
            if steps.starts(with: prefix) { steps.removeFirst(prefix.count) }
            steps = place + steps
            if let input {
                switch finding.subject {
                case .whole: if !input.isWhole { continue }
                case .absence: if input.isOpen(Array(steps.dropLast())) { continue }
                case .name: break
                case .value:
                    if input.isUnknown(steps) { continue }
                    // Given under another of its names.
                    if !input.isWritten(steps), input.hasUnknowns(in: Array(steps.dropLast())) { continue }
                }
            }
            let written = input?.line(steps) ?? 0
            report(written > 0 ? written : line, "\(subject): \(finding.sentence)")
        }
    }

    // MARK: - Effects

    private mutating func inspectLater() {
        guard arguments.count == 1, arguments[0].table != nil else { return }
        let input = literal(arguments[0])
        guard case .object(var members) = input.value else { return }
        // What is computed is taken for right.
        let right: TextMap<Payload> = [
            "job": .string(jobs?.first ?? ""), "after": 1, "at": "2026-01-01T00:00:00Z", "key": "key", "event": .null,
        ]
        for (key, value) in members where value == LiteralTable.unknown { members[key] = right[key] ?? 1 }
        if input.isOpen([]) {
            if members["job"] == nil { members["job"] = right["job"] }
            if members["after"] == nil, members["at"] == nil { members["after"] = 1 }
        }
        members["event"] = nil
        var known = jobs ?? []
        if jobs == nil, let job = members["job"]?.text { known = [job] }
        if known.isEmpty, arguments[0].table?.contains(where: { $0.value.text == nil }) == true { return }
        read("later", .array([.object(members)]), known, input)
    }

    /// The options that an effect takes as its last argument.
    private mutating func inspectOptions(at position: Int, before: [Payload]) {
        guard arguments.count == position + 1, arguments[position].table != nil else { return }
        let input = literal(arguments[position])
        guard case .object(var members) = input.value else { return }
        for (key, value) in members where value == LiteralTable.unknown { members[key] = key == "ttl" ? "1d" : "key" }
        let called = name.joined(separator: ".")
        read(called, .array(before + [.object(members)]), [], input)
    }

    /// The ids that a lookup takes.
    private mutating func inspectLookup() {
        guard arguments.last?.isMultiple != true else { return }
        let ids = arguments.map { argument -> Payload in
            if case .nil = argument.kind { return .null }
            let value = literal(argument).value
            return value == LiteralTable.unknown ? "id" : value
        }
        do throws(EffectError) { _ = try LookupRequest(name.joined(separator: "."), .array(ids)) } catch {
            report(line, error.message)
        }
    }

    private mutating func read(_ name: String, _ arguments: Payload, _ jobs: [String], _ input: LiteralTable) {
        do throws(EffectError) {
            _ = try EffectRequest(name, arguments, operations: nil, jobs: jobs)
        } catch {
            let place = error.faults.first.map { input.line([$0.name]) } ?? 0
            report(place > 0 ? place : line, error.message)
        }
    }

    // MARK: - Time

    /// The functions of `time` tell themselves what they do not take.
    private mutating func inspectTime() {
        // By the function: what takes the place of an instant, and of a duration or unit, that is computed.
        let instant = Payload.string("2026-01-01T00:00:00.000Z")
        let right: [String: [Payload]] = [
            "add": [instant, 1, "UTC"], "startOf": [instant, "day", "UTC"], "diff": [instant, instant, "s"],
            "parts": [instant, "UTC"], "format": [instant, "%Y", "UTC"],
        ]
        guard let right = name.last.flatMap({ right[$0] }), (1...right.count).contains(arguments.count),
            arguments.last?.isMultiple == false || arguments.count == right.count
        else { return }
        var values: [Payload] = []
        for (argument, right) in zip(arguments, right) {
            if case .nil = argument.kind { return }
            let value = LiteralTable(argument).value
            values.append(value == LiteralTable.unknown || argument.table != nil ? right : value)
        }
        asked = .array(values)
    }

    // MARK: - Answers

    private mutating func inspectDeclaration() {
        guard arguments.count == 1, let fields = arguments[0].table else { return }
        var named: [String: LuaExpression] = [:]
        for field in fields { if case .name(let name) = field.key { named[name] = field.value } }
        let subject = "\(name[0]) \"\(named["name"]?.text?.prefix(80) ?? "?")\""
        let function = named[name[0] == "mapping" ? "map" : name[0] == "filter" ? "keep" : "decide"]
        guard case .function(let function)? = function?.kind else { return }
        for answer in function.answers {
            switch name[0] {
            case "grant": inspectGrants(answer, subject)
            case "recharge": inspectPurchase(answer, subject)
            case "mapping": inspectChanges(answer, subject)
            default: break
            }
        }
    }

    private mutating func inspectGrants(_ answer: LuaExpression, _ subject: String) {
        guard let items = answer.table else { return }
        if items.contains(where: { if case .name = $0.key { true } else { false } }) {
            report(answer.line, "\(subject): decide must return nil or a list of grants, got a table; write { { … } }")
            return
        }
        for item in items {
            guard case .position = item.key, item.value.table != nil else { continue }
            inspectGrant(literal(item.value), item.value.line, subject)
        }
    }

    private mutating func inspectGrant(_ input: LiteralTable, _ line: Int, _ subject: String) {
        guard case .object(var fields) = input.value else { return }
        let isOpen = input.isOpen([])
        if fields["customerId"] == nil, !isOpen {
            report(line, "\(subject): a grant needs 'customerId': write customerId = trigger.customerId")
        }
        fields["key"] = nil
        switch (fields["featureId"] != nil, fields["currencyId"] != nil) {
        case (true, false):
            fields["customerId"] = nil
            let row = OperationTable.row(.grantPromotionalEntitlements)
            check(
                input,
                { _ in
                    row.problems(["customerId": "c", "promotionalEntitlements": .array([.object(fields)])])
                        .map { $0.inside("promotionalEntitlements[0].") }
                }, subject: subject, prefix: ["promotionalEntitlements", "[0]"])
        case (false, true):
            if fields["customerId"] == nil { fields["customerId"] = "c" }
            if fields["grantType"] == nil { fields["grantType"] = "PROMOTIONAL" }
            check(input, { _ in OperationTable.row(.grantCredits).problems(.object(fields)) }, subject: subject)
        default:
            if isOpen { break }
            report(
                line,
                "\(subject): a grant needs 'featureId' (a promotional entitlement) or 'currencyId' (credits), and not both"
            )
        }
    }

    private mutating func inspectPurchase(_ answer: LuaExpression, _ subject: String) {
        guard answer.table != nil else { return }
        let input = literal(answer)
        guard case .object(var members) = input.value else { return }
        let right: TextMap<Payload> = ["targetBalance": 1, "amount": 1, "reason": "why", "expiration": "1 day"]
        for (key, value) in members where value == LiteralTable.unknown { members[key] = right[key] ?? 1 }
        if input.isOpen([]), members["targetBalance"] == nil, members["amount"] == nil { members["amount"] = 1 }
        do throws(AnswerProblem) { _ = try RechargeDecision(.object(members)) } catch {
            let name = members.keys.first { error.message.contains("'\($0)'") }
            let place = name.map { input.line([$0]) } ?? 0
            report(place > 0 ? place : answer.line, "\(subject): \(error.message)")
        }
    }

    /// The changes that a mapping may answer (scripts.md, "Filters and mappings").
    private static let changes = ["customerId", "resourceId", "eventName", "timestamp", "dimensions"]

    private mutating func inspectChanges(_ answer: LuaExpression, _ subject: String) {
        guard let fields = answer.table else { return }
        for field in fields {
            switch field.key {
            case .name(let name) where !Self.changes.contains(name):
                report(
                    field.line,
                    "\(subject): the answer has an unknown key '\(name.prefix(80))'"
                        + "\(Suggestion.hint(for: name, in: Self.changes)); what belongs to the event's data goes into "
                        + "'dimensions'")
            case .position where field.value.table != nil: inspectChanges(field.value, subject)
            default: break
            }
        }
    }
}

extension InputProblem.Finding {
    /// The same without the place that the reader did not write.
    fileprivate func inside(_ place: String) -> InputProblem.Finding {
        InputProblem.Finding(sentence: sentence.replacing(place, with: ""), path: path, subject: subject)
    }
}

extension LuaFunction {
    /// The first values that it returns, of its own and not of functions within.
    var answers: [LuaExpression] { Self.answers(in: body) }

    private static func answers(in block: LuaBlock) -> [LuaExpression] {
        var found = block.statements.flatMap { answers(in: $0) }
        if let first = block.returned?.first { found.append(first) }
        return found
    }

    private static func answers(in statement: LuaStatement) -> [LuaExpression] {
        switch statement {
        case .expression, .local, .assignment, .localFunction, .jump: []
        case .block(let block), .while(_, let block), .repeat(let block, _), .numericFor(_, _, let block),
            .genericFor(_, _, let block):
            answers(in: block)
        case .if(let branches): branches.flatMap { answers(in: $0.1) }
        }
    }
}
