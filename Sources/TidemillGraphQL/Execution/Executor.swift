import TidemillCore
import TidemillOperations

/// Performs a planned operation and puts its answer together, one value after the other. What a field needs beyond the
/// answers that are there is asked of the operation table, the same thing once for all of an answer.
actor Executor {
    typealias Perform = @Sendable (OperationID, Payload, RootPlace?) async throws(AskError) -> Payload

    private let schema: Schema
    let perform: Perform
    let now: Timestamp
    private(set) var problems: [Problem] = []
    private var answers: [AskKey: Payload] = [:]
    private var asks = 0
    private var values = 0
    private var bytes = 0

    private struct AskKey: Hashable {
        let operation: OperationID
        let input: Payload
    }

    /// A value that must not be null is: what is around it is null in its place.
    private struct NoValue: Error {}

    init(_ schema: Schema, now: Timestamp, perform: @escaping Perform) {
        self.schema = schema
        self.now = now
        self.perform = perform
    }

    // MARK: - The root

    /// `data` of the answer.
    func run(_ fields: [PlannedField], _ kind: OperationDefinition.Kind) async -> Payload {
        var members: TextMap<Payload> = [:]
        for field in fields {
            guard let definition = field.definition else {
                members[field.key] = .string(schema.root(kind))
                continue
            }
            let path: [Payload] = [.string(field.key)]
            do {
                var inner = Scope(.null, within: nil, input: [:])
                let value = try await attempt(field, path) {
                    let (value, input) = try await self.answer(field, definition, isOnly: fields.count == 1)
                    inner = Scope(.null, within: nil, input: input)
                    return value
                }
                members[field.key] = try await complete(value, definition.type, field, inner, path)
            } catch { return .null }
        }
        return .object(members)
    }

    private func answer(
        _ field: PlannedField, _ definition: FieldDefinition, isOnly: Bool
    ) async throws -> (value: Payload, input: Payload) {
        guard let performance = definition.performance else {
            return (try await value(definition, Scope(.null, within: nil, input: [:])), [:])
        }
        let place = RootPlace(key: field.key, isOnly: isOnly)
        let input = try RootInput(field.arguments, definition, performance, schema)
        // What is written is seen by what is read after it.
        if performance.operation.map({ OperationTable.row($0).effect.isWrite }) ?? true { answers = [:] }
        guard let operation = performance.operation else {
            return (try await make(performance.maker, input, place), input.object)
        }
        if performance.isConnection {
            return (try await connection(operation, input, field), input.object)
        }
        var asked = input.object
        if let wrap = performance.wrap { asked = .object([wrap: .array([input.object])]) }
        let answer: Payload
        do { answer = try await perform(operation, asked, place) } catch let error {
            // What may be null is null where there is no such thing.
            guard !definition.type.isRequired, error.isMissing else { throw error }
            return (.null, input.object)
        }
        let scope = Scope(answer, within: nil, input: input.object)
        if let maker = performance.maker { return (made(maker, of: answer), input.object) }
        if let then = performance.then { return (try await ask(then, scope) ?? .null, input.object) }
        return (Self.only(performance.only, scope[performance.take] ?? .null), input.object)
    }

    // MARK: - Questions

    /// What a reading operation answers.
    func ask(_ operation: OperationID, _ input: TextMap<Payload>) async throws -> Payload {
        let key = AskKey(operation: operation, input: .object(input))
        if let known = answers[key] { return known }
        asks += 1
        guard asks <= Bounds.asksMax else {
            throw Problem(
                .tooComplex,
                "the answer takes more than \(Bounds.asksMax) questions to the catalog and to customers; ask for less at a time"
            )
        }
        let answer = try await perform(operation, .object(input), nil)
        answers[key] = answer
        return answer
    }

    /// All entries of a list.
    func whole(_ operation: OperationID, _ input: TextMap<Payload>) async throws -> [Payload] {
        var input = input
        input["limit"] = 100
        var entries: [Payload] = []
        for _ in 0..<Bounds.pagesMax {
            let page = try await ask(operation, input)
            entries += page["data"]?.items ?? []
            guard let next = page["pagination"]?["next"], !next.isNull else { break }
            input["after"] = next
        }
        return entries
    }

    /// Nil where it cannot be asked, since the object has nothing to ask with, or where there is no such thing.
    func ask(_ ask: Ask, _ scope: Scope) async throws -> Payload? {
        if let each = ask.each {
            guard let items = scope[each]?.items else { return nil }
            var answers: [Payload] = []
            for item in items { if let answer = try await once(ask, scope.inner(item)) { answers.append(answer) } }
            return .array(answers)
        }
        return try await once(ask, scope)
    }

    private func once(_ ask: Ask, _ scope: Scope) async throws -> Payload? {
        var input: TextMap<Payload> = [:]
        for (name, value) in ask.inputs {
            switch value {
            case .constant(let constant): input[name] = constant
            case .path(let path):
                guard let value = scope[path], !value.isNull else { return nil }
                if name == "all", case .object(let members) = value { input = members } else { input[name] = value }
            }
        }
        do {
            if ask.isWhole { return Self.only(ask.only, .array(try await whole(ask.operation, input))) }
            let answer = try await self.ask(ask.operation, input)
            return Self.only(ask.only, Scope(answer, within: nil, input: scope.input)[ask.take] ?? .null)
        } catch let error as AskError where error.isMissing { return nil }
    }

    private static func only(_ type: String?, _ value: Payload) -> Payload {
        guard let type, let items = value.items else { return value }
        return .array(items.filter { ($0["type"]?.text ?? "FEATURE") == type })
    }

    // MARK: - Values

    /// Of the first source that has one; what is null in one may stand in the next.
    private func value(_ definition: FieldDefinition, _ scope: Scope) async throws -> Payload {
        for source in definition.sources {
            if let value = try await value(source, scope), !value.isNull { return value }
        }
        return .null
    }

    private func value(_ source: Source, _ scope: Scope) async throws -> Payload? {
        switch source {
        case .path(let path): return scope[path]
        case .none: return .null
        case .constant(let value): return value
        case .uuid(let kind, let path):
            return scope[path]?.idText.map { .string(DerivedUUID.text(of: kind, $0)) }
        case .money(let amount, let currency):
            guard let amount = scope[amount], !amount.isNull, let currency = scope[currency] else { return nil }
            return ["amount": amount, "currency": currency]
        case .made(let maker): return try await make(maker, scope)
        case .ask(let ask): return try await self.ask(ask, scope)
        }
    }

    private func object(_ type: String, _ field: PlannedField, _ scope: Scope, _ path: [Payload]) async throws
        -> Payload
    {
        var members: TextMap<Payload> = [:]
        for inner in field.fields[type] ?? [] {
            values += 1
            if values.isMultiple(of: 1000) { await Task.yield() }
            guard let definition = inner.definition else {
                members[inner.key] = .string(type)
                continue
            }
            let place = path + [.string(inner.key)]
            let value = try await attempt(inner, place) {
                guard self.values <= Bounds.valuesMax, self.bytes <= Bounds.bytesMax else {
                    throw Problem(
                        .tooComplex,
                        "the answer has more than \(Bounds.valuesMax) values or \(Bounds.bytesMax >> 20) MiB; ask for less at a time"
                    )
                }
                return try await self.value(definition, scope)
            }
            let member = try await complete(value, definition.type, inner, scope, place)
            if inner.fields.isEmpty { bytes += member.json.utf8.count }
            members[inner.key] = member
        }
        return .object(members)
    }

    /// Notes why there is no value; nil then.
    private func attempt(
        _ field: PlannedField, _ path: [Payload], _ body: () async throws -> Payload
    ) async throws -> Payload? {
        do { return try await body() } catch {
            guard problems.count < Bounds.problemsMax else { return nil }
            var problem: Problem =
                switch error {
                case let error as Problem: error
                case let error as AskError: Problem(error.code, error.message)
                default: Problem("storage_failed", "\(error)")
                }
            problem.locations = [field.location]
            problem.path = path
            problems.append(problem)
            return nil
        }
    }

    /// - Parameter value: nil where it failed, which was told.
    private func complete(
        _ value: Payload?, _ type: TypeReference, _ field: PlannedField, _ scope: Scope, _ path: [Payload]
    ) async throws -> Payload {
        switch type {
        case .required(let type):
            let answer = try await complete(value, type, field, scope, path)
            guard answer.isNull else { return answer }
            if value != nil, !problems.contains(where: { $0.path.starts(with: path) }) {
                var problem = Problem(
                    .noValue, "Cannot return null for non-nullable field \(field.name).", at: field.location)
                problem.path = path
                problems.append(problem)
            }
            throw NoValue()
        case .list(let type):
            guard let value, !value.isNull else { return .null }
            guard let items = value.items else { return .null }
            var answers: [Payload] = []
            do {
                for (index, item) in items.enumerated() {
                    answers.append(try await complete(item, type, field, scope, path + [.integer(Int64(index))]))
                }
            } catch is NoValue { return .null }
            return .array(answers)
        case .named(let name):
            guard let value, !value.isNull else { return .null }
            if schema.isLeaf(name) { return Leaf.answered(value, name, schema) }
            let inner = scope.inner(value)
            guard let type = concrete(name, inner) else { return .null }
            do { return try await object(type, field, inner, path) } catch is NoValue { return .null }
        }
    }

    /// Which member of a union it is.
    private func concrete(_ name: String, _ scope: Scope) -> String? {
        guard let members = schema.unions[name] else { return name }
        return members.first { member in
            guard let mark = schema.objects[member]?.mark else { return false }
            return scope[mark.path]?.text == mark.value
        }
    }
}

/// Where a root field stands: a key for repeats is its own where several do the same.
public struct RootPlace: Sendable {
    public let key: String
    public let isOnly: Bool
}

/// Why the operation table refused.
public struct AskError: Error, Sendable {
    public let code: String
    public let message: String
    /// There is no such thing.
    public let isMissing: Bool

    public init(code: String, message: String, isMissing: Bool) {
        self.code = code
        self.message = message
        self.isMissing = isMissing
    }
}

/// Numbers, texts and enumerations as clients expect them.
enum Leaf {
    static func answered(_ value: Payload, _ type: String, _ schema: Schema) -> Payload {
        if let list = schema.enums[type] {
            return value.text.flatMap { list.answered($0) }.map { .string($0) } ?? .null
        }
        switch (type, value) {
        case ("Currency", .string(let code)): return .string(code.uppercased())
        case ("Int", .integer), ("Float", .integer), ("Float", .number), ("JSON", _), ("Boolean", .boolean):
            return value
        // A number in a query is a text; an instant that is asked for as a number, milliseconds since 1970.
        case ("Float", .string(let text)):
            if let amount = Amount(text) { return Payload(amount) }
            return Timestamp(rfc3339: text).map { .integer($0.microseconds.flooredDivision(by: 1000)) } ?? .null
        case ("Int", _), ("Float", _), ("Boolean", _): return .null
        default: return value.idText.map { .string($0) } ?? .null
        }
    }
}
