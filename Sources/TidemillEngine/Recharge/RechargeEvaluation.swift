import TidemillCore
import TidemillOperations
import TidemillStore

/// Acts on what a policy said about one wallet, in one transaction: sees that the wallet still is what it was asked about,
/// holds the wish against the guards, and opens an episode.
struct RechargeEvaluation {
    let scope: CallScope
    let guards: RechargeGuards
    /// Whether a script's answer that buys nothing is recorded too.
    var recordsNothing = true

    var episodes: RechargeEpisodeTable { RechargeEpisodeTable(connection: scope.connection) }
    var wallets: RechargeWalletTable { RechargeWalletTable(connection: scope.connection) }
    var transitions: RechargeTransitions { RechargeTransitions(scope) }

    /// How often a policy is asked at least while its wallet changes without having been consumed from.
    static let tickSeconds: Int64 = 60

    enum Outcome: Sendable, Hashable {
        case nothing
        /// The wallet changed since the policy was asked: it is asked again.
        case moved
        /// Credits were granted at once: nobody is charged for them.
        case granted
        /// An episode waits for its charge.
        case opened
        case refused(RechargeGuards.Refusal.Code)
    }

    /// What is asked about and answered together.
    struct Case {
        let question: RechargeQuestion
        let answer: RechargeAnswer

        var view: RechargeView { question.view }
        var open: RechargeEpisode? { question.open }
        var consent: RechargeConsent { question.consent }
    }

    func evaluate(_ wallet: RechargedWallet, _ asked: RechargeAsked) throws -> Outcome {
        var memory = try wallets.find(wallet)
        memory.nextAt = nil
        let open = try episodes.open(of: wallet)
        guard let consent = try RechargeSettingsTable(connection: scope.connection).find(wallet), consent.isEnabled,
            let customer = try scope.customers.find(wallet.customer), customer.archivedAt == nil
        else {
            memory.failure = nil
            try wallets.save(memory)
            if let open, !open.mayBeCharged {
                try transitions.withdraw(open, because: "the customer does not agree any more")
            }
            return .nothing
        }
        // What is in hand at the gateway comes to its end first.
        if let open, open.state == .charging || open.state == .pending {
            try wallets.save(memory)
            return .nothing
        }
        try scope.advance(wallet.customer)
        let question = try RechargeQuestion(consent, customer, open, in: scope)
        switch asked {
        case .needless, .stillWanted: return .moved
        case .postponed(let until, let mark):
            guard mark == question.mark else { return .moved }
            memory.nextAt = until
            try wallets.save(memory)
            return .nothing
        case .answered(let answer):
            guard answer.holds(for: question.mark) else { return .moved }
            memory.askedAt = scope.now
            memory.askedAbout = question.mark.about(answer.source?.scriptVersion)
            return try act(on: Case(question: question, answer: answer), memory)
        }
    }

    private func act(on found: Case, _ memory: RechargeMemory) throws -> Outcome {
        var memory = memory
        let view = found.view
        let proposal: RechargeProposal?
        switch found.answer.result {
        case .success(let answered): proposal = answered
        case .failure(let failure): return try refuse(failure, found, memory)
        }
        if let nonsense = proposal?.nonsense(at: view) {
            return try refuse(nonsense.at(found.answer.source), found, memory)
        }
        memory.failure = nil
        // A target that is reached buys nothing.
        guard let proposal, let credits = proposal.credits(at: view.balance) else {
            return try rest(found, proposal, memory)
        }
        if let open = found.open, open.state == .stopped {
            let refusal = RechargeGuards.Refusal(
                code: .stopped, message: open.detail ?? "a person must look at the last charge", until: nil)
            return try refuse(refusal, found, memory)
        }
        let facts = try facts(credits, found, memory)
        switch guards.verdict(on: facts) {
        case .refused(let refusal): return try refuse(refusal, found, memory, facts)
        case .allowed(let cost): return try purchase(credits, cost, proposal, found, memory, facts)
        }
    }

    private func facts(_ credits: Amount, _ found: Case, _ memory: RechargeMemory) throws -> RechargeGuards.Facts {
        let hourAgo = scope.now.advanced(bySeconds: -3600)
        let from = max(hourAgo, try RechargeBrake(connection: scope.connection).countedFrom())
        // The next attempt of an episode is no further recharge.
        let own: Int64 = found.open == nil ? 0 : 1
        let today = try episodes.count(of: memory.wallet, since: scope.now.startOfDay)
        let openedToday = found.open.map { $0.openedAt >= scope.now.startOfDay } ?? false
        return RechargeGuards.Facts(
            now: scope.now, credits: credits, granted: try RechargeCredits(scope).balance(of: memory.wallet).granted,
            price: found.view.price, maxSpend: found.view.maxSpendLimit,
            spent: found.view.spentThisMonth, coolUntil: memory.coolUntil, retryAt: memory.retryAt,
            today: today - (openedToday ? own : 0), withinHour: try episodes.count(after: from),
            hasPaymentMethod: try scope.paymentMethod(of: memory.wallet.customer) != nil)
    }
}

// MARK: - Before a charge is sent

extension RechargeEvaluation {
    enum Wish {
        case buys
        case rests
        /// The policy failed: asked again then.
        case fails(until: Timestamp)
    }

    /// Whether the policy still wants the wallet recharged, as the answer says. Where only a price is missing, what was
    /// decided holds; a policy that fails lets nobody be charged.
    func wish(of answer: RechargeAnswer, _ question: RechargeQuestion) throws -> Wish {
        var memory = question.memory
        memory.askedAt = scope.now
        memory.askedAbout = question.mark.about(answer.source?.scriptVersion)
        let failure: RechargePolicyFailure
        switch answer.result {
        case .success(let proposal):
            if let nonsense = proposal?.nonsense(at: question.view) {
                failure = nonsense.at(answer.source)
                break
            }
            memory.failure = nil
            try wallets.save(memory)
            return proposal?.credits(at: question.view.balance) == nil ? .rests : .buys
        case .failure(let found):
            guard found.code == .failed else { return .buys }
            failure = found
        }
        guard answer.source != nil else { return .buys }
        try refuse(failure, Case(question: question, answer: answer), memory)
        memory = try wallets.find(question.consent.wallet)
        // The episode is what waits, not the wallet.
        let until = memory.nextAt ?? scope.now.advanced(bySeconds: PolicyTrouble.againSeconds)
        memory.nextAt = nil
        memory.state = .charging
        try wallets.save(memory)
        return .fails(until: until)
    }
}
