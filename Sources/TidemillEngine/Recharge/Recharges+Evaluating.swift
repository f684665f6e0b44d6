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
        let outcome: RechargeEvaluation.Outcome
        do {
            outcome = try connection.savepoint {
                try evaluation(scope(connection, now)).evaluate(wallet, asked)
            }
        } catch let error as OperationError where error.code != .storeUnavailable {
            // One wallet that cannot be read holds nobody else's up.
            let wallets = RechargeWalletTable(connection: connection)
            var memory = try wallets.find(wallet)
            memory.nextAt = now.advanced(bySeconds: 60)
            memory.reason = error.message
            try wallets.save(memory)
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
            try look(at: waiting[index], inForce.version, in: scope)
        }
        let begin = ContinuousClock.now
        var asked: [(RechargedWallet, RechargeAsked)] = []
        for (waiting, look) in zip(waiting, looks) {
            asked.append((waiting.wallet, ask(look, waiting.policy, now: now)))
            if ContinuousClock.now - begin > PolicyAsking.budget { break }
        }
        return asked
    }

    private func look(at waiting: Waiting, _ version: String?, in scope: CallScope) throws -> Look {
        let open = try RechargeEpisodeTable(connection: scope.connection).open(of: waiting.wallet)
        if let open, open.state == .charging || open.state == .pending { return .known(.needless) }
        guard let question = try RechargeQuestion(waiting.wallet, in: scope) else { return .known(.needless) }
        let memory = question.memory
        if let failedUntil = Self.failedUntil(memory, waiting.policy, scope.now) {
            return .known(.postponed(until: failedUntil, question.mark))
        }
        let isTick = !waiting.isNoted && memory.nextAt != nil && memory.nextAt == memory.tickAt
        if isTick, memory.askedAbout == question.mark.about(waiting.policy.source?.scriptVersion) {
            return .known(.postponed(until: nil, question.mark))
        }
        return .ask(question)
    }

    /// Until when a policy is left alone that failed for the wallet with these scripts.
    private static func failedUntil(
        _ memory: RechargeMemory, _ policy: any RechargePolicy, _ now: Timestamp
    ) -> Timestamp? {
        guard let source = policy.source, let failure = memory.failure, failure.version == source.scriptVersion,
            failure.policy == source.name, failure.againAt > now
        else { return nil }
        return failure.againAt
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
            try look(at: unsent[index], inForce.policy(for: unsent[index].wallet.currency), in: scope)
        }
        var asked: [String: RechargeAsked] = [:]
        for (episode, look) in zip(unsent, looks) {
            asked[episode.id] = ask(look, inForce.policy(for: episode.wallet.currency), now: now)
        }
        return asked
    }

    private func look(at episode: RechargeEpisode, _ policy: any RechargePolicy, in scope: CallScope) throws -> Look {
        guard let question = try RechargeQuestion(episode.wallet, in: scope) else { return .known(.needless) }
        if let failedUntil = Self.failedUntil(question.memory, policy, scope.now) {
            return .known(.postponed(until: failedUntil, question.mark))
        }
        let about = question.mark.about(policy.source?.scriptVersion)
        if episode.state == .charging, question.memory.failure == nil, question.memory.askedAbout == about,
            let askedAt = question.memory.askedAt,
            scope.now < askedAt.advanced(bySeconds: RechargeEvaluation.tickSeconds)
        {
            return .known(.stillWanted(question.mark))
        }
        return .ask(question)
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
