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

        public init(name: String, scope: KeyScope) {
            self.name = name
            self.scope = scope
        }
    }

    private struct Entry: Sendable {
        let holder: Holder
        let digest: [UInt8]
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
        self.configured = configured.map { Entry(holder: $0.holder, digest: AccessKey.digest(of: $0.key)) }
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
        let keys = try store.read { try AccessKeys.list(on: $0) }
        let entries = keys.map { Entry(holder: Holder(name: $0.name, scope: $0.scope), digest: $0.digest) }
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
        for entry in configured + state.withLock({ $0.stored }) where AccessKey.isSame(entry.digest, digest) {
            found = found ?? entry.holder
        }
        return found
    }

    /// Whether there is still a key of this name with this scope.
    func has(_ name: String, _ scope: KeyScope) -> Bool {
        let holder = Holder(name: name, scope: scope)
        return anyone != nil || (configured + state.withLock { $0.stored }).contains { $0.holder == holder }
    }

    /// Names that the configuration and the store both have: nobody could tell them apart in the audit.
    public static func clash(_ configured: [String], _ stored: [String]) -> String? {
        let names = Set(configured)
        return stored.first(where: names.contains)
    }
}
