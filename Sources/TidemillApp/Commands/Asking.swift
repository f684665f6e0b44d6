import TidemillCore
import TidemillOperations
import TidemillStore

/// What a row answered: its document as `--json` prints it, and typed for people.
struct Answer<Operation: ClientOperation> {
    let payload: Payload

    func output() throws -> Operation.Output {
        try Operation.Output.shape.decode(payload, as: "\(Operation.row.id.rawValue)'s answer")
    }
}

/// The items of a paged row.
struct Answers {
    let documents: [Payload]
    /// Of the last page.
    let answer: Payload

    func items<Item: Shaped>(_ item: Item.Type) throws -> [Item] {
        try documents.map { try Item.shape.decode($0, as: "an answer") }
    }
}

extension AppAssembly {
    /// Everything that the table has, for a command. The scripts are loaded when a row needs them.
    func operators(_ output: Output) throws -> OperatorBackend {
        try OperatorBackend(self, scripts: LateScripts { try ScriptsInForce(self, logger: logger(output)) })
    }

    /// The call of a person at the command line.
    func context(reason: String? = nil) -> CallContext {
        CallContext(.person, now: clock.now, actor: Person.current, reason: reason)
    }
}

extension AskingCommand {
    /// Asks one row. Members without a value are left out; what is wrong with them is wrong use of the command.
    func ask<Operation: ClientOperation>(
        _ operation: Operation.Type, _ members: [String: Payload?], _ output: Output, progress: String? = nil
    ) throws -> Answer<Operation> {
        Answer(payload: try ask(operation, members, options.host(output), output, progress: progress))
    }

    func ask<Operation: ClientOperation>(
        _ operation: Operation.Type, _ output: Output, progress: String? = nil
    ) throws -> Answer<Operation> {
        try ask(operation, [:], output, progress: progress)
    }

    func ask<Operation: ClientOperation>(
        _ operation: Operation.Type, _ members: [String: Payload?], _ host: any CommandHost, _ output: Output,
        progress: String? = nil
    ) throws -> Payload {
        let row = Operation.row
        var context = host.context(reason: nil)
        let bar = ShareBar(output, progress ?? row.id.rawValue)
        if row.isStream { context.progress = { bar.show($0, of: $1) } }
        defer { if row.isStream { bar.clear() } }
        do throws(OperationError) {
            return try host.performNow(row.id, .object(members.compactMapValues { $0 }), in: context)
        } catch {
            throw CommandFailure(asking: error)
        }
    }

    /// So many items of a paged row, over as many pages as that takes.
    func list<Operation: ClientOperation>(
        _ operation: Operation.Type, _ members: [String: Payload?], limit: Int, _ output: Output
    ) throws -> Answers {
        guard (1...1_000_000).contains(limit) else {
            throw CommandFailure(.wrongUse, code: "usage", "--limit must be from 1 to 1000000, got \(limit)")
        }
        let host = try options.host(output)
        var members = members
        var found: [Payload] = []
        let range = operation.row.audience == .client ? Paging.limitRange : OperatorPaging.limitRange
        while true {
            members["limit"] = .integer(min(Int64(limit - found.count), range.upperBound))
            let answer = try ask(operation, members, host, output)
            found += answer[operation.row.pageField ?? "data"]?.items ?? []
            guard found.count < limit, let next = answer["pagination"]?["next"], !next.isNull else {
                return Answers(documents: found, answer: answer)
            }
            members["after"] = next
        }
    }
}

extension AskingCommand {
    /// Says, beside an answer that is empty, which filters could match nothing: that nobody takes a misspelt name for "none".
    func noteUnmatched(_ filters: [String: Payload?], _ output: Output) throws {
        for unknown in try unmatched(filters, output) {
            let what = Self.filters[unknown.filter] ?? unknown.filter
            let hint = unknown.suggestion.map { "; did you mean \"\($0.escapingControls)\"?" } ?? ""
            output.note("there is no \(what) \"\(unknown.value.escapingControls)\" here\(hint)")
        }
    }

    /// Which filters could match nothing.
    func unmatched(_ filters: [String: Payload?], _ output: Output) throws -> [UnknownFilter] {
        let asked = filters.compactMapValues { $0 }
        guard !asked.isEmpty else { return [] }
        return try (ask(CheckFilters.self, asked.mapValues { $0 }, output).payload.items ?? [])
            .map { try UnknownFilter.shape.decode($0, as: "an answer") }
    }

    private static var filters: [String: String] {
        [
            "customerId": "customer", "resourceId": "resource", "job": "job or grant rule", "rule": "rule",
            "code": "rejected record with the code", "delivery": "delivery", "action": "action",
            "currencyId": "credit currency", "dimensions": "dimension that a meter reads,",
        ]
    }
}

extension CommandFailure {
    /// A row refused what a command asked of it.
    init(asking error: OperationError) {
        switch error.cause {
        case let failure as CommandFailure: self = failure
        case let failure as StoreError: self.init(failure)
        default:
            // The command's own name is in front of people already.
            let message = error.message.split(separator: ": ", maxSplits: 1)
            let isNamed = message.count == 2 && OperationID(rawValue: String(message[0])) != nil
            let text = isNamed ? String(message[1]) : error.message
            switch error.code {
            case .badUserInput: self.init(.wrongUse, code: "usage", text)
            case .noSuchJob: self.init(.wrongUse, code: error.code.rawValue, text)
            default: self.init(.failed, code: error.code.rawValue, text)
            }
        }
    }
}

extension Payload {
    static func text(_ value: String?) -> Payload? { value.map { .string($0) } }
    static func instant(_ value: Timestamp?) -> Payload? { value.map { Payload($0) } }
}

extension Shaped {
    /// As `--json` prints it.
    var document: Payload { Self.shape.encode(self, nulls: .omitted) }
}
