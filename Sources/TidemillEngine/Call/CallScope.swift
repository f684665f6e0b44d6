import TidemillCore
import TidemillOperations
import TidemillStore

/// What a handler may touch: the transaction, and what is known about the call.
final class CallScope {
    let connection: any SQLConnection
    let context: CallContext
    let settings: EngineSettings
    /// Whether the transaction may write. A read that needs a write throws `WriteNeeded`, and is done again in one.
    let mayWrite: Bool
    /// When what happens is recorded: later than `now` where something that was due is made up for.
    let recordedAt: Timestamp
    /// Whether all that is written is undone: what is due is made up for only to be seen.
    let keepsNothing: Bool
    /// For reads that may not write: what is due by time alone is left to others.
    var leavesDue = false
    /// For a reprocess: balances change without a word, and recharge waits for its end.
    var isQuiet = false
    /// Set by a handler that found its input applied already.
    var isRepeat = false
    /// What the audit says of the call beside its input.
    var auditDetails: TextMap<Payload> = [:]
    /// Resources (nil: the customer itself) whose subscriptions the call changed, until that is announced.
    var touchedResources: Set<ByteText?> = []

    /// The one way to a scope is `EngineSettings.scope`.
    fileprivate init(
        connection: any SQLConnection, context: CallContext, settings: EngineSettings, mayWrite: Bool,
        recordedAt: Timestamp, keepsNothing: Bool
    ) {
        self.keepsNothing = keepsNothing
        self.connection = connection
        self.context = context
        self.settings = settings
        self.mayWrite = mayWrite
        self.recordedAt = recordedAt
    }

    /// The instant of the call, and that of the arrival of what it reports, in milliseconds: the API's precision.
    var now: Timestamp { context.now.wholeMilliseconds }
    var maxFutureSeconds: Int64 { settings.maxFutureSeconds }
    var receivedAt: Timestamp { context.receivedAt.wholeMilliseconds }
    func newID() -> String { settings.ids.next() }
    /// Notes that subscriptions of the resource, or of the customer itself, changed.
    func touch(_ resource: String?) { touchedResources.insert(resource.map { ByteText($0) }) }

    /// The same transaction at an instant that has passed: something that was due then is made up for.
    func scope(at instant: Timestamp, engine name: String) -> CallScope {
        scope(for: CallContext(.engine(name), now: instant, depth: context.depth))
    }

    /// The same call on behalf of a record that arrived earlier.
    func scope(for context: CallContext) -> CallScope {
        CallScope(
            connection: connection, context: context, settings: settings, mayWrite: mayWrite, recordedAt: recordedAt,
            keepsNothing: keepsNothing)
    }
}

extension EngineSettings {
    /// What a handler may touch, for a call in a transaction.
    func scope(
        _ context: CallContext, on connection: any SQLConnection, mayWrite: Bool = true, keepsNothing: Bool = false
    ) -> CallScope {
        CallScope(
            connection: connection, context: context, settings: self, mayWrite: mayWrite, recordedAt: context.now,
            keepsNothing: keepsNothing)
    }
}

extension Timestamp {
    var wholeMilliseconds: Timestamp {
        Timestamp(microseconds: microseconds.flooredDivision(by: 1000) * 1000)
    }
}
