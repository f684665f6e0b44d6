import TidemillCore
import TidemillOperations

/// What comes of a purchase that is due, before the gateway is asked.
extension RechargeMachine {
    mutating func due(_ due: RechargeDue) {
        guard let episode = state.episode else { return }
        switch episode.state {
        case .pending: lease(due, .lookUp)
        case .charging:
            guard let usedAt = episode.keyUsedAt else { return send(due) }
            // A key that the gateway may have forgotten, and a charge that nobody wants any more, are only asked about.
            lease(due, usedAt <= due.keysKnownFrom || !due.isAgreed ? .lookUp : .charge)
        case .declined, .stopped, .succeeded, .refunded, .disabled, .withdrawn, .settled: break
        }
    }

    private mutating func lease(_ due: RechargeDue, _ charge: RechargeCharge) {
        move {
            $0.leaseOwner = due.owner
            $0.leaseUntil = due.leaseUntil
        }
        act(.send(charge))
    }

    /// A charge that was decided and never sent, where it is still to be made.
    private mutating func send(_ due: RechargeDue) {
        guard let question = due.question else { return giveUp("the customer does not agree any more") }
        guard due.paymentMethod != nil else { return giveUp(RechargeGuards.noPaymentMethod) }
        switch due.asked {
        case .needless: return act(.tell(.moved))
        case .postponed(let until, let mark):
            guard mark == question.mark else { return act(.tell(.moved)) }
            state.episode?.nextAt = until ?? now.advanced(bySeconds: 60)
            return
        case .stillWanted(let mark):
            guard mark == question.mark else { return act(.tell(.moved)) }
        case .answered(let answer):
            guard answer.holds(for: question.mark) else { return act(.tell(.moved)) }
            guard isStillWanted(RechargeWish(question: question, answer: answer)) else { return }
        }
        guard let episode = state.episode, episode.month == now.startOfMonth else {
            return giveUp("another month has begun")
        }
        if let cap = question.consent.maxSpend, let cost = episode.cost,
            question.view.spentThisMonth + cost.amount > cap
        {
            return giveUp("it does not fit under the cap any more")
        }
        let now = now
        move {
            $0.keyUsedAt = now
            $0.paymentMethod = due.paymentMethod
        }
        lease(due, .charge)
    }

    /// Whether the policy still wants the wallet recharged. Where only a price is missing, what was decided holds; a policy
    /// that fails lets nobody be charged.
    private mutating func isStillWanted(_ wish: RechargeWish) -> Bool {
        switch wish.meaning {
        case .buys:
            note(wish)
            state.memory.failure = nil
            return true
        case .rests:
            note(wish)
            state.memory.failure = nil
            withdraw(Self.unwanted(by: wish.source))
            return false
        case .fails(let failure):
            guard failure.code == .failed, wish.source != nil else { return true }
            note(wish)
            refuse(failure, wish)
            // The purchase is what waits, not the wallet.
            state.episode?.nextAt = state.memory.nextAt ?? now.advanced(bySeconds: PolicyTrouble.againSeconds)
            state.memory.nextAt = nil
            return false
        }
    }

    /// Whatever changed since the decision, the wallet is looked at anew.
    private mutating func giveUp(_ reason: String) {
        withdraw(reason)
        state.memory.nextAt = now
        state.memory.tickAt = nil
    }
}
