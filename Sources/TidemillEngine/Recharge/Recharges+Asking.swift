import TidemillCore
import TidemillOperations
import TidemillStore

/// Asking policies, in a snapshot and outside any transaction.
extension Recharges {
    /// What there is to know of a wallet before its policy is asked.
    private enum Look {
        case ask(RechargeQuestion)
        case known(RechargeAsked)
        /// Something is due by time alone, and has to be written first.
        case due
    }

    /// Asks until the round's budget is spent, and about one wallet at least.
    func ask(
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
