import TidemillCore
import TidemillOperations

/// What comes of looking at a wallet.
extension RechargeMachine {
    /// How often a policy is asked at least while its wallet changes without having been consumed from.
    static let tickSeconds: Int64 = 60

    mutating func answer(_ wish: RechargeWish) {
        state.memory.nextAt = nil
        note(wish)
        switch wish.meaning {
        case .fails(let failure): refuse(failure, wish)
        case .rests(let proposal): rest(wish, proposal)
        case .buys(_, let credits):
            state.memory.failure = nil
            guard let open = state.open, open.state == .stopped else { return act(.weigh(wish, credits: credits)) }
            refuse(
                RechargeGuards.Refusal(
                    code: .stopped, message: open.detail ?? "a person must look at the last charge", until: nil), wish)
        }
    }

    /// Who asks about the same again gets the same answer.
    mutating func note(_ wish: RechargeWish) {
        state.memory.askedAt = now
        state.memory.askedAbout = wish.question.mark.about(wish.source?.scriptVersion)
    }

    mutating func weigh(
        _ wish: RechargeWish, _ verdict: RechargeGuards.Verdict, _ facts: RechargeGuards.Facts, _ id: String
    ) {
        switch verdict {
        case .refused(let refusal): refuse(refusal, wish, facts)
        case .allowed(let cost): purchase(wish, cost, facts, id)
        }
    }

    /// The balance is where it should be: a purchase that was not charged is not needed any more.
    private mutating func rest(_ wish: RechargeWish, _ proposal: RechargeProposal?) {
        state.memory.failure = nil
        let open = state.open
        if open?.state != .stopped { state.clear() }
        if wish.source != nil {
            // A script may look at more than the balance: holds and grants do not note the wallet as changed.
            state.memory.nextAt = now.advanced(bySeconds: Self.tickSeconds)
            state.memory.tickAt = state.memory.nextAt
            if recordsNothing {
                let reason = proposal.map { String($0.reason.prefix(1000)) } ?? "the policy wants nothing"
                act(
                    .decide(
                        RechargeDecision(
                            result: .nothing, reason: reason, inputs: wish.inputs(), episode: open?.id,
                            source: wish.source)))
            }
        }
        if open?.state == .declined { release(Self.unwanted(by: wish.source)) }
    }

    /// A purchase that was declined is over, and with it its waiting time. Its declines count on.
    mutating func release(_ reason: String) {
        withdraw(reason)
        state.memory.retryAt = nil
    }

    static func unwanted(by source: PolicySource?) -> String {
        source.map { "the policy \"\($0.name)\" does not want it any more" } ?? "the balance rose by other means"
    }

    /// The policy could not decide, or its answer means nothing.
    mutating func refuse(_ failure: RechargePolicyFailure, _ wish: RechargeWish) {
        var wait = RechargeGuards.lookAgainSeconds
        if failure.code == .failed, let source = wish.source {
            wait = PolicyTrouble.againSeconds
            state.memory.failure = PolicyTrouble(
                at: now, policy: source.name, version: source.scriptVersion, message: failure.message)
            // Announced once for each script version, however often it is tried.
            if state.memory.announcedVersion != source.scriptVersion {
                state.memory.announcedVersion = source.scriptVersion
                act(.announce(state.policyFailed(source, failure)))
            }
        }
        refuse(
            RechargeGuards.Refusal(
                code: failure.code == .noPrice ? .noPrice : .policyFailed, message: failure.message,
                until: now.advanced(bySeconds: wait)), wish, more: ["kind": .string(failure.kind)])
    }

    private mutating func refuse(
        _ refusal: RechargeGuards.Refusal, _ wish: RechargeWish, _ facts: RechargeGuards.Facts? = nil,
        more: TextMap<Payload> = [:]
    ) {
        state.memory.hold = refusal.state
        state.memory.reason = refusal.message
        state.memory.nextAt = refusal.until
        // What was wished is wished again then, although nothing changes.
        state.memory.tickAt = nil
        let code = refusal.code
        if let facts, !facts.isIdle {
            // The ledger is asked for it once, and not at each look until it is bought.
            state.memory.hasDemand = true
        }
        act(
            .decide(
                RechargeDecision(
                    result: .refused, reason: code.rawValue,
                    inputs: wish.inputs(facts, more: more.merging(["message": .string(refusal.message)]) { $1 }),
                    episode: state.open?.id, source: wish.source,
                    audit: RechargeAudit(
                        action: "refuseAutoRecharge",
                        details: ["currencyId": .string(state.wallet.currency), "code": .string(code.rawValue)],
                        reason: refusal.message), auditsRepeats: false)))
        switch code {
        case .capped:
            // Told once a month, with the threshold that what is spent has really reached, 0 for none: the purchase that
            // does not fit stands beside it. No further warning follows, because the customer knows that the cap is in
            // the way.
            let spent = wish.view.spentThisMonth
            if let cap = state.consent?.maxSpend, state.memory.warned(in: now.startOfMonth) < 100 {
                act(
                    .announce(
                        state.limitReached(
                            cap, spent: spent, threshold: RechargeCap.passed(spent, of: cap),
                            refused: refusal.cost?.amount)))
                state.memory.warnedMonth = now.startOfMonth
                state.memory.warnedPercent = 100
            }
        case .hourlyLimit: act(.pauseAll(refusal.message))
        case .idle, .backOff, .coolDown, .noPrice, .noPaymentMethod, .dailyLimit, .stopped, .policyFailed, .tooLarge:
            break
        }
        act(.tell(.refused(code)))
        guard state.open?.state == .declined else { return }
        switch code {
        case .backOff, .hourlyLimit: break
        case .policyFailed where wish.source != nil: state.episode?.nextAt = refusal.until
        default:
            // A purchase that waits for its next attempt ends where there can be none.
            end(.withdrawn, refusal.message)
            decide(.withdrawn, code.rawValue)
        }
    }

    private mutating func purchase(
        _ wish: RechargeWish, _ cost: Money?, _ facts: RechargeGuards.Facts, _ id: String
    ) {
        guard case .buys(let proposal, let credits) = wish.meaning, let consent = state.consent else { return }
        var episode =
            state.open
            ?? RechargeEpisode(
                wallet: state.wallet, id: id, state: .charging, openedAt: now, credits: credits,
                expiration: RechargeExpiry(consent.expiration), month: now.startOfMonth)
        episode.state = .charging
        episode.reason = String(proposal.reason.prefix(1000))
        episode.credits = credits
        episode.cost = cost
        episode.expiration = proposal.expiration ?? RechargeExpiry(consent.expiration)
        episode.month = now.startOfMonth
        episode.nextAt = now
        episode.detail = nil
        state.episode = episode
        state.memory.retryAt = nil
        state.memory.decidedEntry = wish.question.mark.entries
        state.memory.attempts = state.memory.attempts(on: now) + 1
        state.memory.attemptsDay = now.startOfDay
        state.clear()
        act(.note("key:" + episode.gatewayKey))
        act(
            .decide(
                RechargeDecision(
                    result: .recharge, reason: episode.reason ?? "",
                    inputs: wish.inputs(
                        facts,
                        more: [
                            "cost": cost.map { Money.shape.encode($0) } ?? .null,
                            "expiration": .string(episode.expiration.text),
                        ]), episode: episode.id, source: wish.source,
                    audit: RechargeAudit(
                        action: "purchaseAutoRecharge", details: episode.auditDetails, reason: episode.reason))))
        guard isPaid, let cost, cost.amount > .zero else {
            act(.tell(.granted))
            return succeed(nil)
        }
        act(.tell(.opened))
    }
}
