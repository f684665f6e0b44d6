import Foundation
public import TidemillCore
import TidemillOperations
public import TidemillStore

/// Auto-recharge over the store: evaluates wallets, hands out the requests that are to be sent, and applies their answers.
/// Every step is one transaction, and no request is made inside one.
public struct Recharges: Sendable {
    public struct Options: Sendable {
        /// Whether the gateway charges anybody.
        public var isPaid: Bool
        public var maxPerWalletPerDay: Int64
        public var maxPerHour: Int64
        /// How long the gateway remembers keys.
        public var keyLifetimeSeconds: Int64
        /// How long a worker may hold an episode without a word: longer than a request takes.
        public var leaseSeconds: Int64
        /// Whether a script's answer that buys nothing is recorded too.
        public var recordsNothing: Bool

        public init(
            isPaid: Bool, maxPerWalletPerDay: Int64 = 10, maxPerHour: Int64 = 1000,
            keyLifetimeSeconds: Int64 = 86_400, leaseSeconds: Int64 = 90, recordsNothing: Bool = true
        ) {
            self.isPaid = isPaid
            self.maxPerWalletPerDay = maxPerWalletPerDay
            self.maxPerHour = maxPerHour
            self.keyLifetimeSeconds = keyLifetimeSeconds
            self.leaseSeconds = leaseSeconds
            self.recordsNothing = recordsNothing
        }
    }

    public let store: any Store
    private let settings: EngineSettings
    let options: Options
    /// Those in force now: asked for once for each round, so that scripts change between two decisions.
    let policies: @Sendable () -> any RechargePolicies
    let asking = PolicyAsking()

    public init(
        store: any Store, settings: EngineSettings = EngineSettings(), options: Options,
        policies: @escaping @Sendable () -> any RechargePolicies = { ThresholdPolicies() }
    ) {
        self.store = store
        self.settings = settings
        self.options = options
        self.policies = policies
    }

    var guards: RechargeGuards {
        RechargeGuards(
            isPaid: options.isPaid, maxPerWalletPerDay: options.maxPerWalletPerDay, maxPerHour: options.maxPerHour)
    }

    func book(
        _ wallet: RechargedWallet, _ episode: RechargeEpisode? = nil, in scope: CallScope
    ) throws -> RechargeBook {
        try RechargeBook(
            wallet, episode: episode, in: scope, guards: guards, recordsNothing: options.recordsNothing)
    }

    func scope(_ connection: any SQLConnection, _ now: Timestamp, mayWrite: Bool = true) -> CallScope {
        settings.scope(CallContext(.engine("recharge"), now: now), on: connection, mayWrite: mayWrite)
    }

    // MARK: - What holds all of it

    /// Why nothing may be recharged now: a pause, or a clock that stands behind the store. Nil when nothing does.
    public func obstacle(now: Timestamp) throws -> Obstacle? {
        try store.read { connection -> Obstacle? in
            if let doubt = try ClockTrust(connection).doubt(of: now) { return .clock(doubt.text) }
            return try Pauses.find(Pauses.recharge, on: connection).map { .paused($0) }
        }
    }

    public enum Obstacle: Sendable, Hashable {
        case paused(Pause)
        case clock(String)

        /// Whether what was begun before may come to its end: the hourly limit allowed it.
        public var letsFinish: Bool {
            switch self {
            case .paused(let pause): pause.pausedBy == RechargeBrake.name
            case .clock: false
            }
        }
    }

    /// Takes up what an earlier process left in the middle.
    public func wake(now: Timestamp) throws {
        try store.write { try RechargeEpisodeTable(connection: $0).wake(at: now) }
    }

    // MARK: - What waits

    /// When something is due next by time alone, at `now` where something is due now; nil when nothing ever will be.
    public func nextDue() throws -> Timestamp? {
        // Wallets whose policy failed are looked at when scripts change.
        if asking.isNew(policies().version) { return Timestamp(microseconds: 0) }
        return try store.read { connection -> Timestamp? in
            if try !RechargeChanges(connection: connection).wallets(limit: 1).isEmpty {
                return Timestamp(microseconds: 0)
            }
            let instants: [Timestamp] = try [
                "SELECT MIN(next_at) FROM recharge_wallets WHERE next_at IS NOT NULL",
                "SELECT MIN(next_at) FROM recharge_episodes WHERE ended_at IS NULL",
            ].compactMap { try connection.value($0) }
            return instants.min()
        }
    }
}
