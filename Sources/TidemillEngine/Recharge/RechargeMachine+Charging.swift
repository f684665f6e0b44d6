import TidemillCore
import TidemillOperations
import TidemillPayments

/// What comes of a purchase once something is known of its charge.
extension RechargeMachine {
    /// A charge that a look-up does not find may still be under way for so long.
    static let underWaySeconds: Int64 = 600
    /// The longest wait between two questions about one charge.
    static let waitMaxSeconds: Int64 = 3600

    mutating func tell(_ answer: PaymentAnswer, _ attempt: Int64, _ isAgreed: Bool) {
        guard let episode = state.episode else { return }
        var paymentID: String?
        var isCharged = false
        if case .succeeded(let payment) = answer { (paymentID, isCharged) = (payment, true) }
        guard attempt == episode.attempt else {
            // An earlier attempt was declined: it cannot have been charged as well.
            if isCharged { contradict("attempt \(attempt) was declined, and is said to be charged", paymentID) }
            return
        }
        switch episode.state {
        case .charging, .pending: settle(answer, isAgreed)
        case .withdrawn:
            // Only a charge that was under way for longer than anything should be.
            if isCharged { succeed(paymentID) }
        case .stopped, .disabled, .settled:
            if isCharged {
                contradict("the charge is said to be made, after the episode was \(episode.state.rawValue)", paymentID)
            }
        case .declined, .succeeded, .refunded:
            // Its key was never sent; or the first definite word counts, and only a webhook takes it back.
            break
        }
    }

    private mutating func settle(_ answer: PaymentAnswer, _ isAgreed: Bool) {
        switch answer {
        case .succeeded(let paymentID): succeed(paymentID)
        case .pending(let paymentID): wait(paymentID)
        case .declined(let code, let isRetryable): decline(code, isRetryable)
        case .keyConflict(let reason): stop(reason)
        case .unknown(let reason): again(reason)
        case .notFound: notFound(isAgreed)
        }
    }

    /// The gateway knows no charge with this key.
    private mutating func notFound(_ isAgreed: Bool) {
        guard let episode = state.episode, episode.state == .charging, let usedAt = episode.keyUsedAt else {
            return again("the gateway does not know the payment that it called pending")
        }
        guard isAgreed else {
            guard now >= usedAt.advanced(bySeconds: Self.underWaySeconds) else {
                return again("not charged yet; the customer does not agree any more")
            }
            return withdraw("not charged; the customer does not agree any more")
        }
        // Not charged: the same key may be sent as if for the first time.
        let now = now
        move {
            $0.forgetCharge()
            $0.nextAt = now
            $0.detail = "a look-up found no charge"
        }
        decide(.unknown, "a look-up found no charge: sent again")
    }

    /// The customer was charged: grant, end and what follows come at once.
    mutating func succeed(_ paymentID: String?) {
        known(paymentID)
        act(.grant)
    }

    /// The credits are there.
    mutating func complete(_ grant: String, _ spentByOthers: Amount) {
        state.episode?.grantID = grant
        end(.succeeded, nil)
        guard let episode = state.episode else { return }
        state.memory.rechargedEntry = state.memory.decidedEntry
        // This was what was asked for, also by checks that were denied while it was under way.
        state.memory.hasDemand = false
        decide(.charged, episode.paymentID.map { "payment \($0)" } ?? "no payment")
        state.clear()
        state.memory.declines = 0
        state.memory.retryAt = nil
        state.memory.coolUntil = now.advanced(bySeconds: RechargeGuards.coolDownSeconds)
        // What was consumed meanwhile may have brought it below the threshold again.
        state.memory.nextAt = state.memory.coolUntil
        act(.announce(state.attempted("SUCCESS")))
        // Each percentage of the cap is told once a month; one purchase that passes several tells the highest.
        guard let cap = state.consent?.maxSpend, cap > .zero,
            episode.month >= state.memory.warnedMonth ?? episode.month
        else { return }
        let spent = spentByOthers + (episode.cost?.amount ?? .zero)
        let passed = RechargeCap.passed(spent, of: cap)
        guard passed > state.memory.warned(in: episode.month) else { return }
        act(.announce(state.limitReached(cap, spent: spent, threshold: passed)))
        state.memory.warnedMonth = episode.month
        state.memory.warnedPercent = passed
    }

    private mutating func known(_ paymentID: String?) {
        guard let paymentID else { return }
        state.episode?.paymentID = paymentID
        act(.note("payment:" + paymentID))
    }

    /// The gateway has it in hand.
    private mutating func wait(_ paymentID: String?) {
        known(paymentID)
        move {
            if $0.state != .pending { $0.tries = 0 }
            $0.state = .pending
        }
        again("the payment is pending", .pending, state.episode?.paymentID.map { "payment \($0)" } ?? "no payment id")
        state.clear()
    }

    /// Nobody knows more: the same question again, later and later.
    private mutating func again(
        _ detail: String, _ result: RechargeDecisions.Result = .unknown, _ reason: String? = nil
    ) {
        let now = now
        move {
            let first: Int64 = $0.state == .pending ? 30 : 2
            $0.nextAt = now.advanced(bySeconds: min(first << min($0.tries, 12), Self.waitMaxSeconds))
            $0.tries += 1
            $0.detail = detail
        }
        decide(result, reason ?? detail)
    }

    /// The customer was not charged. Later once more under a new key, or never again.
    private mutating func decline(_ code: String?, _ isRetryable: Bool) {
        let error: Payload = [
            "code": code.map { .string($0) } ?? .null, "retryable": .boolean(isRetryable),
            "message": "the payment was declined",
        ]
        act(.announce(state.attempted("FAILED", error: error)))
        act(.announcePaymentFailure(error))
        decide(.declined, code ?? "no code", more: ["retryable": .boolean(isRetryable)])
        state.memory.declines += 1
        state.memory.declinedMethod = state.episode?.paymentMethod
        let now = now
        let recent = state.memory.declinedAt.filter { $0 > now.advanced(bySeconds: -86_400) } + [now]
        state.memory.declinedAt = recent.suffix(RechargeMemory.declinesMax)
        // Of this purchase, and of all of the wallet's within a day.
        let own = Int(state.episode?.attempt ?? 1)
        let declines = max(own, recent.count)
        guard isRetryable, declines <= RechargeGuards.declineWaits.count else {
            state.memory.retryAt = nil
            let what = code.map { " (\($0))" } ?? ""
            let often = own >= recent.count ? "times in a row" : "times within a day"
            return disable(
                isRetryable
                    ? "the payment was declined \(declines) \(often)\(what)"
                    : "the payment was declined for good\(what)")
        }
        let retryAt = now.advanced(bySeconds: RechargeGuards.declineWaits[declines - 1])
        state.clear("the payment was declined; tried again at \(retryAt)")
        state.memory.retryAt = retryAt
        let reason = state.memory.reason
        move {
            $0.state = .declined
            $0.attempt += 1
            $0.forgetCharge()
            $0.paymentID = nil
            $0.nextAt = retryAt
            $0.detail = reason
        }
    }

    // MARK: - Where it goes no further

    /// Ends the purchase, and auto-recharge of its wallet until a person enables it again.
    private mutating func disable(_ reason: String) {
        if state.open != nil { end(.disabled, reason) }
        decide(.disabled, reason)
        state.clear(reason)
        guard state.consent?.isEnabled == true, let episode = state.episode else { return }
        state.consent?.isEnabled = false
        state.consent?.disabledReason = reason
        state.consent?.updatedAt = now
        act(.announce(state.configurationChanged(reason, by: "SYSTEM")))
        act(.audit(RechargeAudit(action: "disableAutoRecharge", details: episode.auditDetails, reason: reason)))
    }

    /// The gateway's answers contradict each other: nothing more is charged before a person has looked.
    mutating func stop(_ reason: String) {
        move {
            $0.state = .stopped
            $0.detail = reason
            $0.nextAt = nil
        }
        decide(.stopped, reason)
        state.clear(reason)
    }

    /// What cannot be: kept for a person, who alone can say what the customer paid for.
    private mutating func contradict(_ reason: String, _ paymentID: String?) {
        let known = reason + (paymentID.map { " (\($0))" } ?? "")
        decide(.contradiction, known)
        if let open = state.open, open.state != .stopped { stop(known) }
    }

    /// The customer has the money back: what is left of the credits is void, and nothing is charged again before somebody
    /// asks for it.
    mutating func takeBack(_ reason: String, _ attempt: Int64, _ states: Set<RechargeEpisode.State>) {
        guard let episode = state.episode, attempt == episode.attempt, states.contains(episode.state) else { return }
        if let grant = episode.grantID { act(.void(grant)) }
        end(.refunded, reason)
        decide(.refunded, reason)
        disable(reason)
    }
}

extension RechargeEpisode {
    /// The gateway knows nothing of this attempt.
    fileprivate mutating func forgetCharge() {
        keyUsedAt = nil
        paymentMethod = nil
        tries = 0
    }
}
