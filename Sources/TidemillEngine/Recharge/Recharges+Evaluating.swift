public import TidemillCore
import TidemillOperations
import TidemillStore

// MARK: - Evaluating

extension Recharges {
    /// Wallets evaluated in one transaction.
    static let walletsMax = 100
    /// Of so many that wait, those come first whose policies answer quickly.
    private static let waitingMax = 1000

    /// What an evaluation of several wallets came to.
    public struct Evaluated: Sendable, Hashable {
        /// Wallets that were looked at.
        public var wallets = 0
        public var granted = 0
        public var opened = 0
        public var refused = 0
        /// Wallets whose policy failed, and how; they are among the refused.
        public var policyFailures: [String] = []
        /// Wallets that changed while their policy was asked: looked at again in the next round.
        public var moved = 0
        /// Wallets that could not be looked at, and why; they are tried again in a minute.
        public var failures: [String] = []
    }

    /// Looks at wallets that changed, and at those whose waiting time is over, some at a time: nothing is left when it
    /// returns `wallets` 0. Policies are asked in a snapshot, outside any transaction; the transaction that follows acts on
    /// the answers for wallets that still are what was asked about.
    public func evaluate(now: Timestamp) throws -> Evaluated {
        let inForce = policies()
        try takeOver(inForce.version, now: now)
        let waiting = try store.read { try self.waiting(until: now, inForce, on: $0) }
        guard !waiting.isEmpty else { return Evaluated() }
        let asked = try ask(about: waiting, inForce, now: now)
        return try store.write { connection -> Evaluated in
            var evaluated = Evaluated()
            for (wallet, answer) in asked {
                // The brake may have been pulled by the wallet before.
                guard try Pauses.find(Pauses.recharge, on: connection) == nil else { break }
                evaluated.wallets += 1
                try evaluate(wallet, answer, now: now, on: connection, &evaluated)
            }
            return evaluated
        }
    }

    /// Wallets whose policy failed are looked at again with other scripts.
    private func takeOver(_ version: String?, now: Timestamp) throws {
        guard asking.isNew(version) else { return }
        let isNeeded = try store.read { try RechargeWalletTable(connection: $0).hasFailed(underOtherThan: version) }
        if isNeeded {
            try store.write { connection in
                try RechargeEpisodeTable(connection: connection).wakeUncharged(failedUnderOtherThan: version, at: now)
                try RechargeWalletTable(connection: connection).wake(failedUnderOtherThan: version, at: now)
            }
        }
        asking.take(version)
    }

    /// A wallet that is to be looked at.
    struct Waiting {
        let wallet: RechargedWallet
        /// Whether it was noted as changed.
        let isNoted: Bool
        let policy: any RechargePolicy
    }

    private func waiting(
        until now: Timestamp, _ inForce: any RechargePolicies, on connection: any SQLConnection
    ) throws -> [Waiting] {
        let noted = try RechargeChanges(connection: connection).wallets(limit: Self.waitingMax)
        let known = Set(noted)
        let due = try RechargeWalletTable(connection: connection).due(until: now, limit: Self.waitingMax)
            .filter { !known.contains($0) }
        let waiting =
            noted.map { Waiting(wallet: $0, isNoted: true, policy: inForce.policy(for: $0.currency)) }
            + due.map { Waiting(wallet: $0, isNoted: false, policy: inForce.policy(for: $0.currency)) }
        // Whoever has a quick policy does not wait behind a slow one.
        let quick = waiting.filter { !asking.isSlow($0.policy.source) }
        let slow = waiting.filter { asking.isSlow($0.policy.source) }
        return Array((quick + slow).prefix(Self.walletsMax))
    }

    private func evaluate(
        _ wallet: RechargedWallet, _ asked: RechargeAsked, now: Timestamp, on connection: any SQLConnection,
        _ evaluated: inout Evaluated
    ) throws {
        let outcome: RechargeOutcome
        do {
            outcome = try connection.savepoint { try evaluate(wallet, asked, in: scope(connection, now)) }
        } catch let error as OperationError where error.code != .storeUnavailable {
            // One wallet that cannot be read holds nobody else's up.
            let book = try book(wallet, in: scope(connection, now))
            try book.take(.unreadable(error.message))
            try book.close()
            try RechargeChanges(connection: connection).take(wallet)
            evaluated.failures.append("\(wallet.customer)/\(wallet.currency): \(error.message)")
            return
        }
        asking.count(outcome == .moved, wallet)
        if outcome != .moved { try RechargeChanges(connection: connection).take(wallet) }
        switch outcome {
        case .nothing: break
        case .moved: evaluated.moved += 1
        case .granted: evaluated.granted += 1
        case .opened: evaluated.opened += 1
        case .refused(let code):
            evaluated.refused += 1
            guard code == .policyFailed,
                let reason = try RechargeWalletTable(connection: connection).find(wallet).reason
            else { return }
            evaluated.policyFailures.append("\(wallet.customer)/\(wallet.currency): \(reason)")
        }
    }
}

extension Recharges {
    /// Acts on what a policy said about one wallet: sees that the wallet still is what it was asked about, and has the
    /// machine hold the wish against the guards and open a purchase.
    func evaluate(_ wallet: RechargedWallet, _ asked: RechargeAsked, in scope: CallScope) throws -> RechargeOutcome {
        let book = try book(wallet, in: scope)
        let open = book.state.open
        guard let consent = book.state.consent, consent.isEnabled,
            let customer = try scope.customers.find(wallet.customer), customer.archivedAt == nil
        else {
            try book.take(.lapsed)
            try book.close()
            return .nothing
        }
        // What is in hand at the gateway comes to its end first.
        if open?.state == .charging || open?.state == .pending {
            try book.take(.postponed(until: nil))
            try book.close()
            return .nothing
        }
        if open?.state == .declined, let declined = book.state.memory.declinedMethod,
            let method = try scope.paymentMethod(of: wallet.customer), !method.isSame(as: declined)
        {
            try book.take(.methodChanged)
            try book.close()
            return .moved
        }
        try scope.advance(wallet.customer)
        let question = try RechargeQuestion(consent, customer, open, in: scope)
        // What is asked for while a purchase is in hand is answered by that one.
        if try RechargeChanges(connection: scope.connection).isWanted(wallet) { try book.take(.wanted) }
        switch asked {
        case .needless, .stillWanted: return .moved
        case .postponed(let until, let mark):
            guard mark == question.mark else { return .moved }
            try book.take(.postponed(until: until))
        case .answered(let answer):
            guard answer.holds(for: question.mark) else { return .moved }
            try book.take(.answered(RechargeWish(question: question, answer: answer)))
        }
        try book.close()
        return book.outcome
    }
}
