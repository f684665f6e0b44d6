public import TidemillCore
public import TidemillOperations

/// One effect of a run. A run has one at a time, in order; the n-th effect of a run that repeats itself is the same.
public struct RunEffect: Sendable, Hashable {
    /// From 1 on, within one execution of the job's function.
    public let number: Int64
    /// `client.grantCredits`, `state.set`, `emit`, `time.now`: as scripts write it.
    public let name: String
    /// As the script gave them: the table of `client` and `later`, a list for the others.
    public let arguments: Payload
    /// The same, read and checked.
    public let request: EffectRequest

    public init(number: Int64, name: String, arguments: Payload, request: EffectRequest) {
        self.number = number
        self.name = name
        self.arguments = arguments
        self.request = request
    }
}

/// What a run may ask for. The comment says what the answer is.
public enum EffectRequest: Sendable, Hashable {
    /// The operation's answer.
    case client(OperationID, Payload)
    /// The value; null where there is none.
    case stateGet(StateScope, key: String)
    /// Null. A null value removes the key.
    case stateSet(StateScope, key: String, value: Payload, timeToLive: Duration?)
    /// Begins `state.update`: the value, as `old`. Of one that was done before: also `new`, and `isDone` true.
    case stateUpdate(StateScope, key: String, timeToLive: Duration?)
    /// What the script makes of `old`. Where that still stands: `new`, and `isDone` true. Else the value, as `old`.
    case stateReplace(StateScope, key: String, value: Payload, timeToLive: Duration?)
    /// Null.
    case emit(type: String, payload: Payload, key: String?)
    /// Null.
    case later(LaterRequest)
    /// Whether there was one: a boolean.
    case cancelLater(key: String)
    /// Null. A retry starts after it and finds the value in `run.saved`.
    case checkpoint(Payload)
    /// An RFC 3339 text.
    case now
    /// The record, or null.
    case lookup(LookupRequest)
}

/// Whose values `state` means.
public enum StateScope: Sendable, Hashable {
    /// The job's own.
    case job
    case shared(String)
}

/// A run that is to come.
public struct LaterRequest: Sendable, Hashable {
    public enum When: Sendable, Hashable {
        case after(Duration)
        case at(Timestamp)
    }

    public var job: String
    public var when: When
    /// A later request with the same key replaces this one.
    public var key: String?
    public var event: Payload

    public init(job: String, when: When, key: String? = nil, event: Payload = .null) {
        self.job = job
        self.when = when
        self.key = key
        self.event = event
    }
}

/// Performs the effects of one run: the host journals them, replays them, calls the backend.
public protocol RunEffects: Sendable {
    /// Performs one effect. It is called on the thread that runs Lua, so that an answer that is known at once costs no
    /// change of threads; whatever takes time must await something else. It is cancelled when the run is stopped, and
    /// what it returns after that is dropped.
    nonisolated(nonsending) func perform(_ effect: RunEffect) async throws(EffectError) -> Payload

    /// A line that the run logs, on the thread that runs Lua.
    func log(_ line: ScriptLogLine)
}

extension RunEffects {
    public func log(_ line: ScriptLogLine) {}
}
