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
        let failed = "failed_at IS NOT NULL AND failed_version <> $1"
        let text = SQLValue.text(version ?? "")
        let isNeeded = try store.read { connection in
            try connection.first("SELECT 1 FROM recharge_wallets WHERE \(failed) LIMIT 1", [text]) { _ in true }
        }
        if isNeeded == true {
            try store.write { connection in
                try connection.execute(
                    """
                    UPDATE recharge_episodes SET next_at = $2
                     WHERE ended_at IS NULL AND state = 'charging' AND key_used_at IS NULL AND next_at > $2
                       AND EXISTS (
                        SELECT 1 FROM recharge_wallets AS wallets
                         WHERE wallets.bucket = recharge_episodes.bucket
                           AND wallets.customer_id = recharge_episodes.customer_id
                           AND wallets.currency_id = recharge_episodes.currency_id AND \(failed))
                    """, [text, .instant(now)])
                try connection.execute(
                    "UPDATE recharge_wallets SET next_at = $2 WHERE \(failed)", [text, .instant(now)])
            }
        }
        asking.take(version)
    }

    private struct Waiting {
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
        try scope.advance(wallet.customer)
        let question = try RechargeQuestion(consent, customer, open, in: scope)
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

// MARK: - Asking

extension Recharges {
    /// What there is to know of a wallet before its policy is asked.
    private enum Look {
        case ask(RechargeQuestion)
        case known(RechargeAsked)
        /// Something is due by time alone, and has to be written first.
        case due
    }

    /// Asks until the round's budget is spent, and about one wallet at least.
    private func ask(
        about waiting: [Waiting], _ inForce: any RechargePolicies, now: Timestamp
    ) throws -> [(RechargedWallet, RechargeAsked)] {
        let looks = try looks(at: waiting.map(\.wallet), now: now) { index, scope in
            let wallet = waiting[index].wallet
            let open = try RechargeEpisodeTable(connection: scope.connection).open(of: wallet)
            if let open, open.state == .charging || open.state == .pending { return .known(.needless) }
            return try look(
                at: wallet, waiting[index].policy, waiting[index].isNoted ? .changed : .waited, in: scope)
        }
        let begin = ContinuousClock.now
        var asked: [(RechargedWallet, RechargeAsked)] = []
        for (waiting, look) in zip(waiting, looks) {
            asked.append((waiting.wallet, ask(look, waiting.policy, now: now)))
            if ContinuousClock.now - begin > PolicyAsking.budget { break }
        }
        return asked
    }

    /// Why a wallet's policy may have to be asked.
    private enum Occasion {
        case changed
        case waited
        /// A charge is to be sent, or tried again.
        case due(RechargeEpisode)
    }

    private func look(
        at wallet: RechargedWallet, _ policy: any RechargePolicy, _ occasion: Occasion, in scope: CallScope
    ) throws -> Look {
        guard let question = try RechargeQuestion(wallet, in: scope) else { return .known(.needless) }
        let memory = question.memory
        if let source = policy.source, let failure = memory.failure, failure.version == source.scriptVersion,
            failure.policy == source.name, failure.againAt > scope.now
        {
            // It failed for the wallet with these scripts: it is left alone for a while.
            return .known(.postponed(until: failure.againAt, question.mark))
        }
        guard memory.askedAbout == question.mark.about(policy.source?.scriptVersion) else { return .ask(question) }
        switch occasion {
        case .waited where memory.nextAt != nil && memory.nextAt == memory.tickAt:
            return .known(.postponed(until: nil, question.mark))
        case .due(let episode) where episode.state == .charging && memory.failure == nil:
            guard let askedAt = memory.askedAt,
                scope.now < askedAt.advanced(bySeconds: RechargeMachine.tickSeconds)
            else { return .ask(question) }
            return .known(.stillWanted(question.mark))
        case .changed, .waited, .due: return .ask(question)
        }
    }

    /// The policies of episodes whose charge is to be sent, or tried again, say once more what they want.
    func ask(about episodes: [RechargeEpisode], now: Timestamp) throws -> [String: RechargeAsked] {
        let pause = try store.read { try Pauses.find(Pauses.recharge, on: $0) }
        let unsent = episodes.filter { episode in
            switch episode.state {
            case .declined: pause == nil
            case .charging: episode.keyUsedAt == nil
            default: false
            }
        }
        guard !unsent.isEmpty, pause.map({ Obstacle.paused($0).letsFinish }) ?? true else { return [:] }
        let inForce = policies()
        let looks = try looks(at: unsent.map(\.wallet), now: now) { index, scope in
            let wallet = unsent[index].wallet
            return try look(at: wallet, inForce.policy(for: wallet.currency), .due(unsent[index]), in: scope)
        }
        var asked: [String: RechargeAsked] = [:]
        for (episode, look) in zip(unsent, looks) {
            asked[episode.id] = ask(look, inForce.policy(for: episode.wallet.currency), now: now)
        }
        return asked
    }

    /// Looks in one snapshot; where something is due by time alone it is written, and looked again.
    private func looks(
        at wallets: [RechargedWallet], now: Timestamp, _ look: (Int, CallScope) throws -> Look
    ) throws -> [Look] {
        func all(_ indices: [Int], _ found: inout [Look]) throws {
            try store.read { connection in
                let scope = self.scope(connection, now, mayWrite: false)
                for index in indices { found[index] = try safely { try look(index, scope) } }
            }
        }
        var found = [Look](repeating: .known(.needless), count: wallets.count)
        try all(Array(wallets.indices), &found)
        let due = wallets.indices.filter { if case .due = found[$0] { true } else { false } }
        guard !due.isEmpty else { return found }
        try store.write { connection in
            let scope = self.scope(connection, now)
            for index in due {
                do {
                    try connection.savepoint { try scope.advance(wallets[index].customer) }
                } catch let error as OperationError where error.code != .storeUnavailable {
                    // The evaluation meets it again, and says so.
                    continue
                }
            }
        }
        try all(due, &found)
        return found
    }

    private func safely(_ body: () throws -> Look) throws -> Look {
        do {
            return try body()
        } catch is WriteNeeded {
            return .due
        } catch let error as OperationError where error.code != .storeUnavailable {
            // The evaluation meets it again, and says so.
            return .known(.needless)
        }
    }

    private func ask(_ look: Look, _ policy: any RechargePolicy, now: Timestamp) -> RechargeAsked {
        let question: RechargeQuestion
        switch look {
        case .ask(let found): question = found
        case .known(let asked): return asked
        case .due: return .needless
        }
        let wallet = question.consent.wallet
        let history = WalletHistory(store: store, wallet: wallet, now: now)
        let begin = ContinuousClock.now
        let result: Result<RechargeProposal?, RechargePolicyFailure>
        do throws(RechargePolicyFailure) {
            result = .success(try policy.decide(question.view, history))
        } catch {
            result = .failure(error)
        }
        asking.note(policy.source, took: ContinuousClock.now - begin)
        return .answered(
            RechargeAnswer(
                mark: question.mark, source: policy.source, result: result, history: history.answered,
                toleratesConsumption: asking.toleratesConsumption(of: wallet)))
    }
}
