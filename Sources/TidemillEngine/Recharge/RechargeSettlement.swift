import TidemillCore
import TidemillOperations
import TidemillPayments
import TidemillStore

/// Applies what is known about a charge to the episode that it belongs to, wherever the knowledge comes from: the answer
/// to a request, a look-up, or a webhook.
struct RechargeSettlement {
    /// A charge that a look-up does not find may still be under way for so long.
    static let underWaySeconds: Int64 = 600

    let scope: CallScope

    private var transitions: RechargeTransitions { RechargeTransitions(scope) }

    /// Returns false where nothing was to be done: an answer that came twice, or to an attempt that is over.
    @discardableResult
    func apply(_ answer: PaymentAnswer, toKey key: String) throws -> Bool {
        guard let (episode, attempt) = try transitions.episodes.find(reference: "key:" + key) else { return false }
        guard attempt == episode.attempt else {
            // An earlier attempt was declined: it cannot have been charged as well.
            guard case .succeeded(let paymentID) = answer else { return false }
            return try contradict(episode, "attempt \(attempt) was declined, and is said to be charged", paymentID)
        }
        switch episode.state {
        case .charging, .pending: return try settle(episode, answer)
        case .declined:
            // Its key was never sent.
            return false
        case .withdrawn:
            // Only a charge that was under way for longer than anything should be.
            guard case .succeeded(let paymentID) = answer else { return false }
            try transitions.succeed(episode, paymentID: paymentID)
            return true
        case .stopped, .disabled, .settled:
            guard case .succeeded(let paymentID) = answer else { return false }
            return try contradict(
                episode, "the charge is said to be made, after the episode was \(episode.state.rawValue)", paymentID)
        case .succeeded, .refunded:
            // The first definite word counts; only a webhook takes it back.
            return false
        }
    }

    private func settle(_ episode: RechargeEpisode, _ answer: PaymentAnswer) throws -> Bool {
        switch answer {
        case .succeeded(let paymentID): try transitions.succeed(episode, paymentID: paymentID)
        case .pending(let paymentID): try transitions.wait(episode, paymentID: paymentID)
        case .declined(let code, let isRetryable):
            try transitions.decline(episode, code: code, isRetryable: isRetryable)
        case .keyConflict(let reason): try transitions.stop(episode, because: reason)
        case .unknown(let reason): try transitions.retry(episode, because: reason)
        case .notFound: try notFound(episode)
        }
        return true
    }

    /// The gateway knows no charge with this key.
    private func notFound(_ episode: RechargeEpisode) throws {
        guard episode.state == .charging, let usedAt = episode.keyUsedAt else {
            return try transitions.retry(
                episode, because: "the gateway does not know the payment that it called pending")
        }
        let consents = try RechargeConsent.holds(for: episode.wallet, in: scope)
        guard consents else {
            guard scope.now >= usedAt.advanced(bySeconds: Self.underWaySeconds) else {
                return try transitions.retry(episode, because: "not charged yet; the customer does not agree any more")
            }
            return try transitions.withdraw(episode, because: "not charged; the customer does not agree any more")
        }
        // Not charged: the same key may be sent as if for the first time.
        var fresh = episode
        fresh.keyUsedAt = nil
        fresh.paymentMethod = nil
        fresh.tries = 0
        fresh.nextAt = scope.now
        fresh.leaseOwner = nil
        fresh.leaseUntil = nil
        fresh.detail = "a look-up found no charge"
        try transitions.episodes.save(fresh)
        try transitions.decide(.unknown, "a look-up found no charge: sent again", fresh)
    }

    /// What cannot be: kept for a person, who alone can say what the customer paid for.
    private func contradict(_ episode: RechargeEpisode, _ reason: String, _ paymentID: String?) throws -> Bool {
        let known = "\(reason)\(shown(paymentID))"
        try transitions.decide(.contradiction, known, episode)
        if episode.isOpen, episode.state != .stopped { try transitions.stop(episode, because: known) }
        return true
    }

    private func shown(_ text: String?) -> String { text.map { " (\($0))" } ?? "" }
}
