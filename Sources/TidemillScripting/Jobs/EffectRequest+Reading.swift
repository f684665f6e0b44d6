import TidemillCore
import TidemillOperations

extension EffectRequest {
    /// Bytes of JSON of one value of `state`, and of a checkpoint (scripts.md).
    static let stateValueMax = 64 << 10

    /// Reads what a script asked for.
    /// - Parameters:
    ///   - operations: the job's allow list; nil: all.
    ///   - jobs: the names that `later` may name.
    init(
        _ name: String, _ arguments: Payload, operations: Set<OperationID>?, jobs: some Collection<String>
    ) throws(EffectError) {
        if name.hasPrefix("client.") {
            self = try Self.operation(name, arguments, operations)
            return
        }
        let items = arguments.items ?? []
        func item(_ index: Int) -> Payload { index < items.count ? items[index] : .null }
        switch name {
        case "state.get": self = .stateGet(.job, key: try Self.key(item(0), name))
        case "state.shared.get": self = .stateGet(try Self.shared(item(0)), key: try Self.key(item(1), name))
        case "state.set": self = try Self.set(.job, name, item(0), item(1), item(2))
        case "state.shared.set": self = try Self.set(try Self.shared(item(0)), name, item(1), item(2), item(3))
        case "state.update": self = try Self.update(.job, name, items)
        case "state.shared.update":
            self = try Self.update(try Self.shared(item(0)), name, Array(items.dropFirst()))
        case "emit":
            let options = try Self.options(item(2), ["key"], name)
            guard let type = item(0).text, (1...255).contains(type.utf8.count) else {
                throw .badInput("emit: the type must be a string of 1 to 255 bytes, got \(item(0).kind)")
            }
            let key: String? = if let key = options["key"] { try Self.key(key, name) } else { nil }
            self = .emit(type: type, payload: item(1), key: key)
        case "later": self = try Self.later(item(0), jobs)
        case "later.cancel": self = .cancelLater(key: try Self.key(item(0), name))
        case "checkpoint":
            try Self.checkSize(item(0), "run.checkpoint")
            self = .checkpoint(item(0))
        case "time.now": self = .now
        default: self = .lookup(try LookupRequest(name, arguments))
        }
    }

    private static func operation(
        _ name: String, _ input: Payload, _ allowed: Set<OperationID>?
    ) throws(EffectError) -> EffectRequest {
        guard let id = OperationID(rawValue: String(name.dropFirst("client.".count))) else {
            throw .badInput(
                "\(name): there is no such operation", InputFault(name: String(name.dropFirst("client.".count))))
        }
        let row = OperationTable.row(id)
        guard row.isInScripts else { throw EffectError(row.refused("in scripts")) }
        if let allowed, !allowed.contains(id) {
            throw .raised(
                code: OperationError.Code.operationNotAvailable.rawValue,
                message: "\(name): the job's 'operations' do not list it; add \"\(id.rawValue)\"",
                faults: [InputFault(name: id.rawValue)])
        }
        return .client(id, input)
    }

    private static func set(
        _ scope: StateScope, _ name: String, _ key: Payload, _ value: Payload, _ options: Payload
    ) throws(EffectError) -> EffectRequest {
        let timeToLive = try Self.timeToLive(options, name)
        try checkSize(value, name)
        return .stateSet(scope, key: try Self.key(key, name), value: value, timeToLive: timeToLive)
    }

    /// Key and options; then what the script's function made of the old value.
    private static func update(
        _ scope: StateScope, _ name: String, _ items: [Payload]
    ) throws(EffectError) -> EffectRequest {
        let key = try Self.key(items.first ?? .null, name)
        let timeToLive = try Self.timeToLive(items.count > 1 ? items[1] : .null, name)
        guard items.count > 2 else { return .stateUpdate(scope, key: key, timeToLive: timeToLive) }
        try checkSize(items[2], name)
        return .stateReplace(scope, key: key, value: items[2], timeToLive: timeToLive)
    }

    private static func timeToLive(_ options: Payload, _ name: String) throws(EffectError) -> Duration? {
        guard let text = try Self.options(options, ["ttl"], name)["ttl"] else { return nil }
        guard let found = text.text.flatMap({ DurationText.parse($0) }), found > .zero else {
            throw .badInput(
                "\(name): 'ttl' must be \(DurationText.expectation)", InputFault(name: "ttl", value: text))
        }
        return found
    }

    private static func later(_ value: Payload, _ jobs: some Collection<String>) throws(EffectError) -> EffectRequest {
        let options = try Self.options(value, ["job", "after", "at", "key", "event"], "later")
        guard let job = options["job"]?.text else {
            throw .badInput("later: 'job' must be a job's name, got \(options["job"]?.kind ?? "nothing")")
        }
        guard jobs.contains(job) else {
            throw .badInput(
                "later: there is no job \"\(job.prefix(128))\"\(Suggestion.hint(for: job, in: jobs))",
                InputFault(name: "job", value: .string(job)))
        }
        let when: LaterRequest.When
        switch (options["after"], options["at"]) {
        case (nil, nil): throw .badInput("later: 'after' or 'at' is missing; say when")
        case (.some, .some): throw .badInput("later: 'after' and 'at' exclude each other")
        case (.integer(let seconds)?, nil) where (0...315_360_000).contains(seconds): when = .after(.seconds(seconds))
        case (.string(let text)?, nil):
            guard let duration = DurationText.parse(text) else {
                throw .badInput(
                    "later: 'after' must be \(DurationText.expectation); for months give 'at' what time.add says",
                    InputFault(name: "after", value: .string(text)))
            }
            when = .after(duration)
        case (let after?, nil):
            throw .badInput(
                "later: 'after' must be \(DurationText.expectation), or seconds up to ten years",
                InputFault(name: "after", value: after))
        case (nil, .some(let at)):
            guard let instant = at.text.flatMap({ Timestamp(rfc3339: $0) }) else {
                throw .badInput(
                    "later: 'at' must be an instant such as \"2026-10-01T00:00:02Z\"", InputFault(name: "at", value: at)
                )
            }
            when = .at(instant)
        }
        let key: String? = if let key = options["key"] { try Self.key(key, "later") } else { nil }
        return .later(LaterRequest(job: job, when: when, key: key, event: options["event"] ?? .null))
    }

    // MARK: - Pieces

    private static func options(
        _ value: Payload, _ known: [String], _ name: String
    ) throws(EffectError) -> TextMap<Payload> {
        switch value {
        case .null: return [:]
        case .object(let members):
            for key in members.keys.sorted() where !known.contains(key) {
                let shown = String(key.prefix(80))
                throw .badInput(
                    "\(name): unknown key '\(shown)'\(Suggestion.hint(for: shown, in: known))", InputFault(name: key))
            }
            return members.filter { !$0.value.isNull }
        default: throw .badInput("\(name): the options must be a table, got \(value.kind)")
        }
    }

    private static func key(_ value: Payload, _ name: String) throws(EffectError) -> String {
        guard let key = value.text, (1...255).contains(key.utf8.count), !key.utf8.contains(0) else {
            let got = value.text.map { "one of \($0.utf8.count)" } ?? value.kind
            throw .badInput("\(name): the key must be a string of 1 to 255 bytes, got \(got)")
        }
        return key
    }

    private static func shared(_ value: Payload) throws(EffectError) -> StateScope {
        .shared(try key(value, "state.shared"))
    }

    private static func checkSize(_ value: Payload, _ name: String) throws(EffectError) {
        let size = value.json.utf8.count
        if size > stateValueMax {
            throw .badInput("\(name): a value takes at most \(stateValueMax) bytes of JSON, got \(size)")
        }
    }
}
