public import TidemillCore

/// Decides when changed scripts are taken: once nothing changed for 2 s, so that a half-copied folder is not.
///
///     steady ──change──▶ settling ──2 s without change──▶ steady, `take`
///                          ▲  │change: the 2 s begin anew
///                          └──┘
///
/// A pure value: its owner looks at the folder (`ScriptFolder.fingerprint()`), says when, and does what it answers.
public struct ScriptWatch: Sendable, Hashable {
    public enum Action: Sendable, Hashable {
        /// Nothing to do; look again at the usual pace.
        case none
        /// Something changed: look again at this instant, or earlier.
        case lookAgain(at: Timestamp)
        /// Read the folder and load it.
        case take
    }

    public static let quiet: Duration = .seconds(2)

    private struct Change: Sendable, Hashable {
        var fingerprint: String
        var since: Timestamp
    }

    /// The fingerprint of what was taken last.
    private var taken: String
    private var changing: Change?

    /// - Parameter fingerprint: of the folder as it was loaded at the start.
    public init(taken fingerprint: String) {
        taken = fingerprint
    }

    /// Whether a change is waiting for its quiet time.
    public var isSettling: Bool { changing != nil }

    /// What a look at the folder means.
    public mutating func see(_ fingerprint: String, at now: Timestamp) -> Action {
        guard fingerprint != taken else {
            changing = nil  // changed back before it was taken
            return .none
        }
        // A clock that was set back must not make the wait endless.
        guard let pending = changing, pending.fingerprint == fingerprint, pending.since <= now else {
            changing = Change(fingerprint: fingerprint, since: now)
            return .lookAgain(at: now.advanced(bySeconds: Self.quiet.components.seconds))
        }
        let due = pending.since.advanced(bySeconds: Self.quiet.components.seconds)
        guard now >= due else { return .lookAgain(at: due) }
        taken = fingerprint
        changing = nil
        return .take
    }

    /// SIGHUP: take what is there now, without waiting.
    public mutating func takeNow(_ fingerprint: String) -> Action {
        taken = fingerprint
        changing = nil
        return .take
    }
}
