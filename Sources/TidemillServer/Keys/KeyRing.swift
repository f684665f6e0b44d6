import Synchronization
import TidemillCore
public import TidemillOperations
import TidemillStore

/// Who may come in: the keys of the configuration, and those of the store as they were half a second ago at most.
public final class KeyRing: Sendable {
    /// Somebody who showed a key.
    public struct Holder: Sendable, Hashable {
        public let name: String
        public let scope: KeyScope
        /// Who came by it, where a proxy names its people.
        var person: String?
        /// The digest of the key that was shown, or that a session descends from; nil where a person let the browser in.
        var key: [UInt8]?
        /// Whether a browser showed the cookie of a session.
        var isBrowser = false

        /// As the audit has it.
        var actor: String { person.map { "\(name)/\($0)" } ?? name }
    }

    private struct Entry: Sendable {
        let holder: Holder
        let digest: [UInt8]

        init(_ name: String, _ scope: KeyScope, _ digest: [UInt8]) {
            holder = Holder(name: name, scope: scope, key: digest)
            self.digest = digest
        }
    }

    private struct State {
        var stored: [Entry] = []
        var readAt: ContinuousClock.Instant?
    }

    private static let freshFor = Duration.milliseconds(500)

    private let configured: [Entry]
    private let anyone: Holder?
    private let state = Mutex(State())

    /// - Parameters:
    ///   - configured: holders and their keys, from the configuration.
    ///   - anyone: who everybody is, whatever key is shown: for a server of tests.
    public init(_ configured: [(holder: Holder, key: String)], anyone: Holder? = nil) {
        self.configured = configured.map { Entry($0.holder.name, $0.holder.scope, AccessKey.digest(of: $0.key)) }
        self.anyone = anyone
    }

    /// Whether the keys of the store must be read again before they are believed.
    var isStale: Bool {
        guard anyone == nil else { return false }
        return state.withLock { state in state.readAt.map { .now - $0 > Self.freshFor } ?? true }
    }

    /// Reads the keys of the store.
    func refresh(_ store: any Store) throws {
        let at = ContinuousClock.now
        let keys = try store.read { try AccessKeys.good(on: $0) }
        let entries = keys.map { Entry($0.name, $0.scope, $0.digest) }
        state.withLock { state in
            state.stored = entries
            state.readAt = at
        }
    }

    /// Whose key it is. Every key is looked at, so that the time tells nothing.
    func holder(of key: String) -> Holder? {
        if let anyone { return key.isEmpty ? nil : anyone }
        let digest = AccessKey.digest(of: key)
        var found: Holder?
        for entries in [configured, state.withLock { $0.stored }] {
            for entry in entries where AccessKey.isSame(entry.digest, digest) { found = found ?? entry.holder }
        }
        return found
    }

    /// Whether a pass still opens anything: the key that it descends from is there, and may do as much. Another key of the
    /// same name is another key.
    func stands(_ pass: BrowserPass) -> Bool {
        guard anyone == nil, let key = pass.key else { return true }
        return (configured + state.withLock { $0.stored }).contains { entry in
            AccessKey.isSame(entry.digest, key) && entry.holder.scope.includes(pass.scope)
        }
    }

    /// Names that the configuration and the store both have: nobody could tell them apart in the audit.
    public static func clash(_ configured: [String], _ stored: [String]) -> String? {
        let names = Set(configured)
        return stored.first(where: names.contains)
    }
}

extension KeyScope {
    /// Whether whoever has it may do all that another scope allows.
    fileprivate func includes(_ other: KeyScope) -> Bool {
        switch self {
        case .operator: true
        case .full: other != .operator
        case .read, .ingest: self == other
        }
    }
}

extension KeyRing.Holder {
    public init(name: String, scope: KeyScope) { self.init(name: name, scope: scope, key: nil) }
}
