import TidemillCore
import TidemillOperations
import TidemillStore

/// Looks at one wallet in one transaction: asks the policy, holds its wish against the guards, and opens an episode.
struct RechargeEvaluation {
    let scope: CallScope
    let policy: any RechargePolicy
    let guards: RechargeGuards

    private var episodes: RechargeEpisodeTable { RechargeEpisodeTable(connection: scope.connection) }
    private var wallets: RechargeWalletTable { RechargeWalletTable(connection: scope.connection) }
    private var transitions: RechargeTransitions { RechargeTransitions(scope) }

    enum Outcome: Sendable, Hashable {
        case nothing
        /// Credits were granted at once: nobody is charged for them.
        case granted
        /// An episode waits for its charge.
        case opened
        case refused(RechargeGuards.Refusal.Code)
    }

    func evaluate(_ wallet: RechargedWallet) throws -> Outcome {
        var memory = try wallets.find(wallet)
        memory.nextAt = nil
        let open = try episodes.open(of: wallet)
        guard let consent = try RechargeSettingsTable(connection: scope.connection).find(wallet), consent.isEnabled,
            let customer = try scope.customers.find(wallet.customer), customer.archivedAt == nil
        else {
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
        let view = try view(of: consent, memory, open)
        let proposal: RechargeProposal?
        do throws(RechargePolicyFailure) { proposal = try policy.decide(view) } catch {
            return try refuse(refusal(error), view, memory, open, consent)
        }
        guard let proposal else { return try rest(memory, open) }
        guard let credits = proposal.credits(at: view.balance) else {
            // A target that is reached buys nothing; an amount that is none is no answer.
            guard case .amount(let amount) = proposal.goal else { return try rest(memory, open) }
            let failure = RechargePolicyFailure(.failed, "the policy asks for \(amount) credits")
            return try refuse(refusal(failure), view, memory, open, consent)
        }
        if let open, open.state == .stopped {
            let refusal = RechargeGuards.Refusal(
                code: .stopped, message: open.detail ?? "a person must look at the last charge", until: nil)
            return try refuse(refusal, view, memory, open, consent)
        }
        let facts = try facts(credits, view, memory, open)
        switch guards.verdict(on: facts) {
        case .refused(let refusal): return try refuse(refusal, view, memory, open, consent, facts)
        case .allowed(let cost): return try purchase(credits, cost, proposal, view, memory, open, consent, facts)
        }
    }

    /// Whether the policy would still have the wallet recharged. Where it cannot say, what was decided holds.
    func isWanted(_ consent: RechargeConsent, _ episode: RechargeEpisode) throws -> Bool {
        let view = try view(of: consent, try wallets.find(consent.wallet), episode)
        do throws(RechargePolicyFailure) {
            return try policy.decide(view)?.credits(at: view.balance) != nil
        } catch {
            return true
        }
    }

    // MARK: - What is known

    private func view(of consent: RechargeConsent, _ memory: RechargeMemory, _ open: RechargeEpisode?) throws
        -> RechargeView
    {
        let wallet = consent.wallet
        let credits = try RechargeCredits(scope).balance(of: wallet)
        let last = try episodes.lastSucceeded(of: wallet)
        return RechargeView(
            customerID: wallet.customer, currencyID: wallet.currency, thresholdType: consent.thresholdType,
            threshold: consent.threshold, target: consent.target, maxSpendLimit: consent.maxSpend,
            balance: credits.balance, held: credits.held, price: try CreditPrice.find(of: wallet, in: scope),
            spentThisMonth: try episodes.spent(by: wallet, in: scope.now.startOfMonth, except: open?.id),
            lastRecharge: last.map {
                RechargeView.Last(at: $0.endedAt ?? $0.openedAt, amount: $0.credits, reason: $0.reason)
            },
            failures: memory.declines, now: scope.now)
    }

    private func facts(
        _ credits: Amount, _ view: RechargeView, _ memory: RechargeMemory, _ open: RechargeEpisode?
    ) throws -> RechargeGuards.Facts {
        let hourAgo = scope.now.advanced(bySeconds: -3600)
        let from = max(hourAgo, try RechargeBrake(connection: scope.connection).countedFrom())
        // The next attempt of an episode is no further recharge.
        let own: Int64 = open == nil ? 0 : 1
        let today = try episodes.count(of: memory.wallet, since: scope.now.startOfDay)
        let openedToday = open.map { $0.openedAt >= scope.now.startOfDay } ?? false
        return RechargeGuards.Facts(
            now: scope.now, credits: credits, price: view.price, maxSpend: view.maxSpendLimit,
            spent: view.spentThisMonth, coolUntil: memory.coolUntil, retryAt: memory.retryAt,
            today: today - (openedToday ? own : 0), withinHour: try episodes.count(after: from),
            hasPaymentMethod: try scope.paymentMethod(of: memory.wallet.customer) != nil)
    }

    // MARK: - What comes of it

    /// The balance is where it should be: an episode that was not charged is not needed any more.
    private func rest(_ memory: RechargeMemory, _ open: RechargeEpisode?) throws -> Outcome {
        var memory = memory
        if memory.state != .ready, open?.state != .stopped {
            memory.state = .ready
            memory.reason = nil
        }
        try wallets.save(memory)
        if let open, open.state == .declined {
            try transitions.withdraw(open, because: "the balance rose by other means")
        }
        return .nothing
    }

    private func refusal(_ failure: RechargePolicyFailure) -> RechargeGuards.Refusal {
        RechargeGuards.Refusal(
            code: failure.code == .noPrice ? .noPrice : .policyFailed, message: failure.message,
            until: scope.now.advanced(bySeconds: RechargeGuards.lookAgainSeconds))
    }

    private func refuse(
        _ refusal: RechargeGuards.Refusal, _ view: RechargeView, _ memory: RechargeMemory, _ open: RechargeEpisode?,
        _ consent: RechargeConsent, _ facts: RechargeGuards.Facts? = nil
    ) throws -> Outcome {
        var memory = memory
        memory.state = refusal.state
        memory.reason = refusal.message
        memory.nextAt = refusal.until
        try RechargeDecisions(connection: scope.connection).record(
            .refused, refusal.code.rawValue, of: memory.wallet,
            inputs: inputs(view, facts, more: ["message": .string(refusal.message)]), episode: open?.id, at: scope.now)
        switch refusal.code {
        case .capped:
            // Told once a month, with the threshold that what is spent has really reached, 0 for none: the purchase that
            // does not fit stands beside it. No further warning follows, because the customer knows that the cap is in
            // the way.
            let month = scope.now.startOfMonth
            if let cap = consent.maxSpend, memory.warned(in: month) < 100 {
                try scope.announceRechargeLimit(
                    consent, cap: cap, spent: view.spentThisMonth,
                    threshold: RechargeCap.passed(view.spentThisMonth, of: cap), refused: refusal.cost?.amount)
                memory.warnedMonth = month
                memory.warnedPercent = 100
            }
        case .hourlyLimit:
            try RechargeBrake(connection: scope.connection).pull(because: refusal.message, at: scope.now)
            try scope.audit("pause", nil, ["name": .string(Pauses.recharge)], reason: refusal.message)
        case .backOff, .coolDown, .noPrice, .noPaymentMethod, .dailyLimit, .stopped, .policyFailed, .tooLarge:
            break
        }
        try wallets.save(memory)
        // An episode that waits for its next attempt ends where there can be none.
        if let open, open.state == .declined, refusal.code != .backOff, refusal.code != .hourlyLimit {
            try transitions.end(open, .withdrawn, refusal.message)
            try transitions.decide(.withdrawn, refusal.code.rawValue, open)
        }
        return .refused(refusal.code)
    }

    private func purchase(
        _ credits: Amount, _ cost: Money?, _ proposal: RechargeProposal, _ view: RechargeView,
        _ memory: RechargeMemory, _ open: RechargeEpisode?, _ consent: RechargeConsent, _ facts: RechargeGuards.Facts
    ) throws -> Outcome {
        var episode =
            open
            ?? RechargeEpisode(
                wallet: memory.wallet, id: scope.newID(), state: .charging, openedAt: scope.now, credits: credits,
                expiration: consent.expiration, month: scope.now.startOfMonth)
        episode.state = .charging
        episode.reason = String(proposal.reason.prefix(1000))
        episode.credits = credits
        episode.cost = cost
        episode.expiration = proposal.expiration ?? consent.expiration
        episode.month = scope.now.startOfMonth
        episode.nextAt = scope.now
        episode.detail = nil
        try episodes.save(episode)
        try episodes.note("key:" + episode.gatewayKey, of: episode)
        var memory = memory
        memory.state = .charging
        memory.reason = nil
        memory.retryAt = nil
        try wallets.save(memory)
        try RechargeDecisions(connection: scope.connection).record(
            .recharge, episode.reason ?? "", of: memory.wallet,
            inputs: inputs(view, facts, more: ["cost": cost.map { Money.shape.encode($0) } ?? .null]),
            episode: episode.id, at: scope.now)
        try transitions.audit("purchaseAutoRecharge", episode, reason: episode.reason)
        guard guards.isPaid, let cost, cost.amount > .zero else {
            try transitions.succeed(episode, paymentID: nil)
            return .granted
        }
        return .opened
    }

    /// What the decision saw, for its record.
    private func inputs(_ view: RechargeView, _ facts: RechargeGuards.Facts?, more: [String: Payload]) -> Payload {
        var inputs: [String: Payload] = [
            "balance": Payload(view.balance), "held": Payload(view.held),
            "thresholdType": .string(view.thresholdType.rawValue), "thresholdValue": Payload(view.threshold),
            "targetBalance": Payload(view.target), "maxSpendLimit": view.maxSpendLimit.map { Payload($0) } ?? .null,
            "spentThisMonth": Payload(view.spentThisMonth),
            "price": view.price.map { Money.shape.encode($0) } ?? .null,
        ]
        if let facts {
            inputs["credits"] = Payload(facts.credits)
            inputs["today"] = .integer(facts.today)
            inputs["withinHour"] = .integer(facts.withinHour)
            inputs["hasPaymentMethod"] = .boolean(facts.hasPaymentMethod)
        }
        return .object(inputs.merging(more) { _, new in new })
    }
}
