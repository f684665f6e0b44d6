import TidemillCore
import TidemillOperations
import TidemillStore

/// What comes of an answer.
extension RechargeEvaluation {
    /// The balance is where it should be: an episode that was not charged is not needed any more.
    func rest(_ found: Case, _ proposal: RechargeProposal?, _ memory: RechargeMemory) throws -> Outcome {
        var memory = memory
        if memory.state != .ready, found.open?.state != .stopped {
            memory.state = .ready
            memory.reason = nil
        }
        tick(found.answer.source, &memory)
        try wallets.save(memory)
        if let source = found.answer.source, recordsNothing {
            try RechargeDecisions(connection: scope.connection).record(
                .nothing, proposal.map { String($0.reason.prefix(1000)) } ?? "the policy wants nothing",
                of: memory.wallet, inputs: inputs(found, nil, more: [:]), episode: found.open?.id, by: source,
                at: scope.now)
        }
        if let open = found.open, open.state == .declined {
            try transitions.withdraw(open, because: Self.unwanted(by: found.answer.source))
        }
        return .nothing
    }

    static func unwanted(by source: PolicySource?) -> String {
        source.map { "the policy \"\($0.name)\" does not want it any more" } ?? "the balance rose by other means"
    }

    /// A script may look at more than the balance: holds and grants do not note the wallet as changed.
    private func tick(_ source: PolicySource?, _ memory: inout RechargeMemory) {
        guard source != nil else { return }
        memory.nextAt = scope.now.advanced(bySeconds: Self.tickSeconds)
        memory.tickAt = memory.nextAt
    }

    /// The policy could not decide, or its answer means nothing.
    @discardableResult
    func refuse(_ failure: RechargePolicyFailure, _ found: Case, _ memory: RechargeMemory) throws -> Outcome {
        var memory = memory
        var wait = RechargeGuards.lookAgainSeconds
        if failure.code == .failed, let source = found.answer.source {
            try note(failure, of: source, &memory, found.consent)
            wait = PolicyTrouble.againSeconds
        }
        let refusal = RechargeGuards.Refusal(
            code: failure.code == .noPrice ? .noPrice : .policyFailed, message: failure.message,
            until: scope.now.advanced(bySeconds: wait))
        return try refuse(refusal, found, memory, more: ["kind": .string(failure.kind)])
    }

    func refuse(
        _ refusal: RechargeGuards.Refusal, _ found: Case, _ memory: RechargeMemory,
        _ facts: RechargeGuards.Facts? = nil, more: [String: Payload] = [:]
    ) throws -> Outcome {
        var memory = memory
        memory.state = refusal.state
        memory.reason = refusal.message
        memory.nextAt = refusal.until
        // What was wished is wished again then, although nothing changes.
        memory.tickAt = nil
        let open = found.open
        let isNew = try RechargeDecisions(connection: scope.connection).record(
            .refused, refusal.code.rawValue, of: memory.wallet,
            inputs: inputs(found, facts, more: more.merging(["message": .string(refusal.message)]) { $1 }),
            episode: open?.id, by: found.answer.source, at: scope.now)
        if isNew {
            try scope.audit(
                "refuseAutoRecharge", memory.wallet.customer,
                ["currencyId": .string(memory.wallet.currency), "code": .string(refusal.code.rawValue)],
                reason: refusal.message)
        }
        switch refusal.code {
        case .capped:
            // Told once a month, with the threshold that what is spent has really reached, 0 for none: the purchase that
            // does not fit stands beside it. No further warning follows, because the customer knows that the cap is in
            // the way.
            let month = scope.now.startOfMonth
            if let cap = found.consent.maxSpend, memory.warned(in: month) < 100 {
                try scope.announceRechargeLimit(
                    found.consent, cap: cap, spent: found.view.spentThisMonth,
                    threshold: RechargeCap.passed(found.view.spentThisMonth, of: cap), refused: refusal.cost?.amount)
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
        guard let open, open.state == .declined else { return .refused(refusal.code) }
        switch refusal.code {
        case .backOff, .hourlyLimit: break
        case .policyFailed where found.answer.source != nil:
            var later = open
            later.nextAt = refusal.until
            try episodes.save(later)
        default:
            // An episode that waits for its next attempt ends where there can be none.
            try transitions.end(open, .withdrawn, refusal.message)
            try transitions.decide(.withdrawn, refusal.code.rawValue, open)
        }
        return .refused(refusal.code)
    }

    func purchase(
        _ credits: Amount, _ cost: Money?, _ proposal: RechargeProposal, _ found: Case, _ memory: RechargeMemory,
        _ facts: RechargeGuards.Facts
    ) throws -> Outcome {
        var episode =
            found.open
            ?? RechargeEpisode(
                wallet: memory.wallet, id: scope.newID(), state: .charging, openedAt: scope.now, credits: credits,
                expiration: RechargeExpiry(found.consent.expiration), month: scope.now.startOfMonth)
        episode.state = .charging
        episode.reason = String(proposal.reason.prefix(1000))
        episode.credits = credits
        episode.cost = cost
        episode.expiration = proposal.expiration ?? RechargeExpiry(found.consent.expiration)
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
            inputs: inputs(
                found, facts,
                more: [
                    "cost": cost.map { Money.shape.encode($0) } ?? .null,
                    "expiration": .string(episode.expiration.text),
                ]), episode: episode.id, by: found.answer.source, at: scope.now)
        try transitions.audit("purchaseAutoRecharge", episode, reason: episode.reason)
        guard guards.isPaid, let cost, cost.amount > .zero else {
            try transitions.succeed(episode, paymentID: nil)
            return .granted
        }
        return .opened
    }

    /// What the decision saw, for its record.
    private func inputs(_ found: Case, _ facts: RechargeGuards.Facts?, more: [String: Payload]) -> Payload {
        let view = found.view
        var inputs: [String: Payload] = [
            "balance": Payload(view.balance), "held": Payload(view.held),
            "thresholdType": .string(view.thresholdType.rawValue), "thresholdValue": Payload(view.threshold),
            "targetBalance": Payload(view.target), "maxSpendLimit": view.maxSpendLimit.map { Payload($0) } ?? .null,
            "spentThisMonth": Payload(view.spentThisMonth),
            "price": view.price.map { Money.shape.encode($0) } ?? .null,
        ]
        if found.answer.source != nil {
            inputs["failures"] = .integer(view.failures)
            inputs["lastRecharge"] = view.lastRecharge?.payload ?? .null
            inputs["consumed"] = found.answer.history
            inputs["now"] = Payload(view.now)
            if found.answer.mark.balance != view.balance { inputs["askedBalance"] = Payload(found.answer.mark.balance) }
        }
        if let facts {
            inputs["credits"] = Payload(facts.credits)
            inputs["today"] = .integer(facts.today)
            inputs["withinHour"] = .integer(facts.withinHour)
            inputs["hasPaymentMethod"] = .boolean(facts.hasPaymentMethod)
        }
        return .object(inputs.merging(more) { _, new in new })
    }
}
