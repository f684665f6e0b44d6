import Foundation
public import TidemillCore
import TidemillOperations
public import TidemillPayments
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

        public init(
            isPaid: Bool, maxPerWalletPerDay: Int64 = 10, maxPerHour: Int64 = 1000,
            keyLifetimeSeconds: Int64 = 86_400, leaseSeconds: Int64 = 90
        ) {
            self.isPaid = isPaid
            self.maxPerWalletPerDay = maxPerWalletPerDay
            self.maxPerHour = maxPerHour
            self.keyLifetimeSeconds = keyLifetimeSeconds
            self.leaseSeconds = leaseSeconds
        }
    }

    /// Wallets evaluated in one transaction.
    static let walletsMax = 100

    private let store: any Store
    private let settings: EmbeddedBackend.Settings
    private let options: Options
    private let policy: any RechargePolicy
    private let makeID: @Sendable () -> String

    public init(
        store: any Store, settings: EmbeddedBackend.Settings = EmbeddedBackend.Settings(), options: Options,
        policy: any RechargePolicy = ThresholdPolicy(), makeID: (@Sendable () -> String)? = nil
    ) {
        self.store = store
        self.settings = settings
        self.options = options
        self.policy = policy
        self.makeID = makeID ?? { UUID().uuidString.lowercased() }
    }

    private var guards: RechargeGuards {
        RechargeGuards(
            isPaid: options.isPaid, maxPerWalletPerDay: options.maxPerWalletPerDay, maxPerHour: options.maxPerHour)
    }

    private func scope(_ connection: any SQLConnection, _ now: Timestamp) -> CallScope {
        CallScope(
            connection: connection, context: CallContext(.engine("recharge"), now: now), settings: settings,
            makeID: makeID)
    }

    // MARK: - What holds all of it

    /// Why nothing may be recharged now: a pause, or a clock that stands behind the store. Nil when nothing does.
    public func obstacle(now: Timestamp) throws -> Obstacle? {
        try store.read { connection -> Obstacle? in
            if let doubt = try RechargeBrake(connection: connection).distrust(of: now) { return .clock(doubt) }
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

    /// Tells `status` why the clock is not believed; nil when it is again.
    public func note(doubt: String?) throws {
        let known = try store.read { try RechargeBrake(connection: $0).doubt() }
        guard known != doubt else { return }
        try store.write { try RechargeBrake(connection: $0).note(doubt: doubt) }
    }

    /// Why the clock is not believed, as it was noted; nil also after a person said that it is right.
    public func doubt() throws -> String? { try store.read { try RechargeBrake(connection: $0).doubt() } }

    /// Takes up what an earlier process left in the middle.
    public func wake(now: Timestamp) throws {
        try store.write { try RechargeEpisodeTable(connection: $0).wake(at: now) }
    }

    // MARK: - Evaluating

    /// What an evaluation of several wallets came to.
    public struct Evaluated: Sendable, Hashable {
        /// Wallets that were looked at.
        public var wallets = 0
        public var granted = 0
        public var opened = 0
        public var refused = 0
        /// Wallets that could not be looked at, and why; they are tried again in a minute.
        public var failures: [String] = []
    }

    /// Looks at wallets that changed, and at those whose waiting time is over, some at a time: nothing is left when it
    /// returns `wallets` 0.
    public func evaluate(now: Timestamp) throws -> Evaluated {
        let waiting = try store.read { try self.waiting(until: now, on: $0) }
        guard !waiting.isEmpty else { return Evaluated() }
        return try store.write { connection -> Evaluated in
            var evaluated = Evaluated()
            for wallet in waiting {
                // The brake may have been pulled by the wallet before.
                guard try Pauses.find(Pauses.recharge, on: connection) == nil else { break }
                evaluated.wallets += 1
                try evaluate(wallet, now: now, on: connection, &evaluated)
            }
            return evaluated
        }
    }

    private func waiting(until now: Timestamp, on connection: any SQLConnection) throws -> [RechargedWallet] {
        var waiting = try RechargeChanges(connection: connection).wallets(limit: Self.walletsMax)
        let changed = Set(waiting)
        waiting += try RechargeWalletTable(connection: connection).due(until: now, limit: Self.walletsMax)
            .filter { !changed.contains($0) }
        return Array(waiting.prefix(Self.walletsMax))
    }

    private func evaluate(
        _ wallet: RechargedWallet, now: Timestamp, on connection: any SQLConnection, _ evaluated: inout Evaluated
    ) throws {
        try RechargeChanges(connection: connection).take(wallet)
        let outcome: RechargeEvaluation.Outcome
        do {
            outcome = try connection.savepoint {
                try RechargeEvaluation(scope: scope(connection, now), policy: policy, guards: guards).evaluate(wallet)
            }
        } catch let error as OperationError where error.code != .storeUnavailable {
            // One wallet that cannot be read holds nobody else's up.
            let wallets = RechargeWalletTable(connection: connection)
            var memory = try wallets.find(wallet)
            memory.nextAt = now.advanced(bySeconds: 60)
            memory.reason = error.message
            try wallets.save(memory)
            evaluated.failures.append("\(wallet.customer)/\(wallet.currency): \(error.message)")
            return
        }
        switch outcome {
        case .nothing: break
        case .granted: evaluated.granted += 1
        case .opened: evaluated.opened += 1
        case .refused: evaluated.refused += 1
        }
    }

    // MARK: - Charging

    /// A request to send, for an episode that is leased until its answer is applied.
    public struct Call: Sendable, Hashable {
        public enum Question: Sendable, Hashable {
            case charge(PaymentRequest)
            case lookUp
        }

        public let key: String
        public let customerID: CustomerID
        public let currencyID: String
        public let question: Question
    }

    /// Takes episodes that are due: what is written says that the key may be known to the gateway from now on, whatever
    /// happens to this process. `isAlive` tells whether another owner's lease is to be respected.
    public func begin(
        now: Timestamp, limit: Int, owner: String, isAlive: (String) -> Bool
    ) throws -> [Call] {
        guard limit > 0 else { return [] }
        let due = try store.read { try RechargeEpisodeTable(connection: $0).due(until: now, limit: 4 * limit) }
        let free = due.filter { episode in
            guard let holder = episode.leaseOwner, let until = episode.leaseUntil, until > now else { return true }
            return holder != owner && !isAlive(holder)
        }
        guard !free.isEmpty else { return [] }
        return try store.write { connection -> [Call] in
            var calls: [Call] = []
            for episode in free.prefix(limit) {
                if let pause = try Pauses.find(Pauses.recharge, on: connection) {
                    // A next attempt is no end of what was begun.
                    guard Obstacle.paused(pause).letsFinish, episode.state != .declined else { continue }
                }
                let scope = self.scope(connection, now)
                // Another worker may have been faster.
                guard
                    let current = try RechargeEpisodeTable(connection: connection).find(episode.id, of: episode.wallet),
                    current.isOpen, current.leaseUntil == episode.leaseUntil, current.leaseOwner == episode.leaseOwner,
                    let nextAt = current.nextAt, nextAt <= now
                else { continue }
                do {
                    let call = try connection.savepoint { try begin(current, owner: owner, in: scope) }
                    if let call { calls.append(call) }
                } catch let error as OperationError where error.code != .storeUnavailable {
                    // One customer that cannot be read holds nobody else's up.
                    var later = current
                    later.nextAt = now.advanced(bySeconds: 60)
                    later.detail = error.message
                    try RechargeEpisodeTable(connection: connection).save(later)
                }
            }
            return calls
        }
    }

    private func begin(_ episode: RechargeEpisode, owner: String, in scope: CallScope) throws -> Call? {
        switch episode.state {
        case .charging: return try charge(episode, owner: owner, in: scope)
        case .pending: return try lease(episode, owner, .lookUp, in: scope)
        case .declined:
            // Its waiting time is over: everything is looked at anew, and a new attempt is due at once.
            _ = try RechargeEvaluation(scope: scope, policy: policy, guards: guards).evaluate(episode.wallet)
            guard let next = try RechargeEpisodeTable(connection: scope.connection).open(of: episode.wallet),
                next.state == .charging
            else { return nil }
            return try charge(next, owner: owner, in: scope)
        case .stopped, .succeeded, .refunded, .disabled, .withdrawn, .settled: return nil
        }
    }

    private func charge(_ episode: RechargeEpisode, owner: String, in scope: CallScope) throws -> Call? {
        let consents = try RechargeConsent.holds(for: episode.wallet, in: scope)
        guard let usedAt = episode.keyUsedAt else {
            if let reason = try objection(to: episode, in: scope) {
                try RechargeTransitions(scope).withdraw(episode, because: reason)
                // Whatever changed since the decision, the wallet is looked at anew.
                let wallets = RechargeWalletTable(connection: scope.connection)
                var memory = try wallets.find(episode.wallet)
                memory.nextAt = scope.now
                try wallets.save(memory)
                return nil
            }
            var first = episode
            first.keyUsedAt = scope.now
            first.paymentMethod = try scope.paymentMethod(of: episode.wallet.customer)
            return try lease(first, owner, .charge, in: scope)
        }
        // A key that the gateway may have forgotten, and a charge that nobody wants any more, are only asked about.
        let isOld = usedAt.advanced(bySeconds: options.keyLifetimeSeconds) <= scope.now
        return try lease(episode, owner, isOld || !consents ? .lookUp : .charge, in: scope)
    }

    /// Why a charge that was decided and never sent is not to be made any more; nil when it is.
    private func objection(to episode: RechargeEpisode, in scope: CallScope) throws -> String? {
        try scope.advance(episode.wallet.customer)
        guard try RechargeConsent.holds(for: episode.wallet, in: scope),
            let consent = try RechargeSettingsTable(connection: scope.connection).find(episode.wallet)
        else { return "the customer does not agree any more" }
        guard try scope.paymentMethod(of: episode.wallet.customer) != nil else {
            return RechargeGuards.noPaymentMethod
        }
        guard
            try RechargeEvaluation(scope: scope, policy: policy, guards: guards).isWanted(consent, episode)
        else { return "the balance rose by other means" }
        guard episode.month == scope.now.startOfMonth else { return "another month has begun" }
        let spent = try RechargeEpisodeTable(connection: scope.connection)
            .spent(by: episode.wallet, in: episode.month, except: episode.id)
        if let cap = consent.maxSpend, let cost = episode.cost, spent + cost.amount > cap {
            return "it does not fit under the cap any more"
        }
        return nil
    }

    private enum Kind {
        case charge
        case lookUp
    }

    private func lease(_ episode: RechargeEpisode, _ owner: String, _ kind: Kind, in scope: CallScope) throws -> Call {
        var leased = episode
        leased.leaseOwner = owner
        leased.leaseUntil = scope.now.advanced(bySeconds: options.leaseSeconds)
        try RechargeEpisodeTable(connection: scope.connection).save(leased)
        let key = leased.gatewayKey
        let question: Call.Question =
            switch kind {
            case .lookUp: .lookUp
            case .charge:
                .charge(
                    PaymentRequest(
                        key: key, customerID: leased.wallet.customer, currencyID: leased.wallet.currency,
                        amount: leased.cost?.amount ?? .zero, currency: leased.cost?.currency ?? "",
                        paymentMethodID: leased.paymentMethod))
            }
        return Call(
            key: key, customerID: leased.wallet.customer, currencyID: leased.wallet.currency, question: question)
    }

    /// Applies the answer to a call: once, however often it comes.
    @discardableResult
    public func settle(_ call: Call, _ answer: PaymentAnswer, now: Timestamp) throws -> Bool {
        try store.write(customer: call.customerID) { connection in
            let scope = self.scope(connection, now)
            try scope.advance(call.customerID)
            return try RechargeSettlement(scope: scope).apply(answer, toKey: call.key)
        }
    }

    // MARK: - What waits

    /// When something is due next by time alone, at `now` where something is due now; nil when nothing ever will be.
    public func nextDue() throws -> Timestamp? {
        try store.read { connection -> Timestamp? in
            if try !RechargeChanges(connection: connection).wallets(limit: 1).isEmpty {
                return Timestamp(microseconds: 0)
            }
            let instants = try [
                "SELECT MIN(next_at) FROM recharge_wallets WHERE next_at IS NOT NULL",
                "SELECT MIN(next_at) FROM recharge_episodes WHERE ended_at IS NULL",
            ].compactMap { try connection.first($0) { $0.optionalInstant(0) } ?? nil }
            return instants.min()
        }
    }
}
