import TidemillCore
import TidemillOperations
import TidemillPayments

/// How one wallet's recharging moves: a state and an input make the next state, and what is to be done. It reads nothing
/// and writes nothing (`RechargeBook` does), and repeating an input changes nothing: whoever tells of an attempt names it.
///
/// `RechargeMachine+Deciding.swift` has what comes of looking at a wallet, `+Sending` what is asked of the gateway, and
/// `+Charging` what comes of its answers.
struct RechargeMachine {
    let now: Timestamp
    /// Whether the gateway charges anybody.
    let isPaid: Bool
    /// Whether a script's answer that buys nothing is recorded too.
    let recordsNothing: Bool
    var state: RechargeState
    private(set) var actions: [RechargeAction] = []

    init(_ state: RechargeState, now: Timestamp, isPaid: Bool, recordsNothing: Bool) {
        self.state = state
        self.now = now
        self.isPaid = isPaid
        self.recordsNothing = recordsNothing
    }

    mutating func take(_ input: RechargeInput) {
        switch input {
        case .saved(let consent, let reason, let spent): save(consent, reason, spent)
        case .lapsed:
            state.memory.nextAt = nil
            state.memory.failure = nil
            if let open = state.open, !open.mayBeCharged { withdraw("the customer does not agree any more") }
        case .postponed(let until): state.memory.nextAt = until
        case .wanted: state.memory.hasDemand = true
        case .methodChanged:
            release("another payment method than the declined one is attached")
            state.memory.nextAt = now
            state.memory.tickAt = nil
        case .answered(let wish): answer(wish)
        case .weighed(let wish, let verdict, let facts, let id): weigh(wish, verdict, facts, id)
        case .due(let due): self.due(due)
        case .told(let answer, let attempt, let isAgreed): tell(answer, attempt, isAgreed)
        case .takenBack(let reason, let attempt, let states): takeBack(reason, attempt, states)
        case .granted(let grant, let spent): complete(grant, spent)
        case .ungranted(let message):
            let payment = state.episode?.paymentID.map { "payment \($0)" } ?? "the charge"
            stop("\(payment) was made, and its credits cannot be granted: \(message)")
        case .unreadable(let message):
            state.memory.nextAt = now.advanced(bySeconds: 60)
            state.memory.reason = message
        }
    }

    mutating func act(_ action: RechargeAction) { actions.append(action) }

    /// Records a step of the purchase, and leaves an audit row where it moves money or credits.
    mutating func decide(_ result: RechargeDecisions.Result, _ reason: String, more: TextMap<Payload> = [:]) {
        guard let episode = state.episode else { return }
        var inputs = more
        inputs["attempt"] = .integer(episode.attempt)
        inputs["credits"] = Payload(episode.credits)
        if let cost = episode.cost { inputs["cost"] = Money.shape.encode(cost) }
        let audit = result.auditAction.map { RechargeAudit(action: $0, details: episode.auditDetails, reason: reason) }
        act(
            .decide(
                RechargeDecision(
                    result: result, reason: reason, inputs: .object(inputs), episode: episode.id, audit: audit)))
    }

    /// Changes the purchase, which is in nobody's hands afterwards: every step but a new lease takes the old one away.
    mutating func move(_ body: (inout RechargeEpisode) -> Void) {
        guard var episode = state.episode else { return }
        episode.leaseOwner = nil
        episode.leaseUntil = nil
        body(&episode)
        state.episode = episode
    }

    mutating func end(_ result: RechargeEpisode.State, _ detail: String?) {
        let now = now
        move {
            $0.state = result
            $0.endedAt = now
            $0.detail = detail
            $0.nextAt = nil
        }
    }

    /// Ends a purchase for which no charge was made.
    mutating func withdraw(_ reason: String) {
        end(.withdrawn, reason)
        decide(.withdrawn, reason)
        state.clear()
    }

    // MARK: - The customer's settings

    private mutating func save(_ new: RechargeConsent, _ reason: String?, _ spent: Amount) {
        let old = state.consent
        state.consent = new
        if new.isEnabled != (old?.isEnabled ?? false) {
            act(.announce(state.configurationChanged(reason, by: "USER")))
        }
        guard new.isEnabled else {
            if let open = state.open, !open.mayBeCharged { withdraw("auto-recharge was disabled") }
            return
        }
        // A person said that it shall go on: waiting times end, a stopped purchase is theirs from now on, and the wallet
        // is looked at at once, because its balance may be below the new threshold.
        let isRaised = old?.maxSpend.map { before in new.maxSpend.map { $0 > before } ?? true } ?? false
        if isRaised, state.memory.warned(in: now.startOfMonth) > 0 {
            state.memory.warnedPercent = RechargeCap.passed(spent, of: new.maxSpend)
        }
        state.memory.declines = 0
        state.memory.declinedAt = []
        state.memory.hasDemand = true
        state.memory.retryAt = nil
        state.memory.nextAt = now
        state.clear()
        switch state.open?.state {
        case .stopped:
            end(.settled, state.episode?.detail)
            decide(.settled, "auto-recharge was enabled again after it had stopped")
        case .declined: state.episode?.nextAt = now
        case .charging, .pending, .succeeded, .refunded, .disabled, .withdrawn, .settled, nil: break
        }
    }
}

extension RechargeEpisode {
    /// What an audit row says of it.
    var auditDetails: Payload {
        var details: TextMap<Payload> = [
            "currencyId": .string(wallet.currency), "episode": .string(id), "attempt": .integer(attempt),
            "credits": Payload(credits),
        ]
        if let cost { details["cost"] = Money.shape.encode(cost) }
        if let paymentID { details["paymentId"] = .string(paymentID) }
        if let grantID { details["grantId"] = .string(grantID) }
        return .object(details)
    }
}
