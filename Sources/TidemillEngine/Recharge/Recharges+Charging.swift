public import TidemillCore
import TidemillOperations
public import TidemillPayments
import TidemillStore

// MARK: - Charging

extension Recharges {
    /// A request to send, for an episode that is leased until its answer is applied.
    public struct Call: Sendable, Hashable {
        public enum Question: Sendable, Hashable {
            case charge(PaymentRequest)
            case lookUp
        }

        public let key: String
        public let customerID: CustomerID
        public let currencyID: String
        public let question: Question
    }

    /// Takes episodes that are due: what is written says that the key may be known to the gateway from now on, whatever
    /// happens to this process. `isAlive` tells whether another owner's lease is to be respected. Before a charge is sent,
    /// the policy says again that it is wanted.
    public func begin(
        now: Timestamp, limit: Int, owner: String, isAlive: (String) -> Bool
    ) throws -> [Call] {
        guard limit > 0 else { return [] }
        let due = try store.read { try RechargeEpisodeTable(connection: $0).due(until: now, limit: 4 * limit) }
        let free = due.filter { episode in
            guard let holder = episode.leaseOwner, let until = episode.leaseUntil, until > now else { return true }
            return holder != owner && !isAlive(holder)
        }
        let taken = free.prefix(limit)
        guard !taken.isEmpty else { return [] }
        let asked = try ask(about: Array(taken), now: now)
        return try store.write { connection -> [Call] in
            var calls: [Call] = []
            for episode in taken {
                if let pause = try Pauses.find(Pauses.recharge, on: connection) {
                    // A next attempt is no end of what was begun.
                    guard Obstacle.paused(pause).letsFinish, episode.state != .declined else { continue }
                }
                let scope = self.scope(connection, now)
                // Another worker may have been faster.
                guard
                    let current = try RechargeEpisodeTable(connection: connection).find(episode.id, of: episode.wallet),
                    current.isOpen, current.leaseUntil == episode.leaseUntil, current.leaseOwner == episode.leaseOwner,
                    let nextAt = current.nextAt, nextAt <= now
                else { continue }
                do {
                    let call = try connection.savepoint {
                        try begin(current, asked[episode.id] ?? .needless, owner: owner, in: scope)
                    }
                    if let call { calls.append(call) }
                } catch let error as OperationError where error.code != .storeUnavailable {
                    // One customer that cannot be read holds nobody else's up.
                    var later = current
                    later.nextAt = now.advanced(bySeconds: 60)
                    later.detail = error.message
                    try RechargeEpisodeTable(connection: connection).save(later)
                }
            }
            return calls
        }
    }

    private func begin(
        _ episode: RechargeEpisode, _ asked: RechargeAsked, owner: String, in scope: CallScope
    ) throws -> Call? {
        guard episode.state == .declined else { return try take(episode, asked, owner: owner, in: scope) }
        // Its waiting time is over: everything is looked at anew, and a new attempt is due at once.
        let episodes = RechargeEpisodeTable(connection: scope.connection)
        if case .postponed(let until?, _) = asked {
            var later = episode
            later.nextAt = until
            try episodes.save(later)
            return nil
        }
        let outcome = try evaluate(episode.wallet, asked, in: scope)
        asking.count(outcome == .moved, episode.wallet)
        guard outcome == .opened, let next = try episodes.open(of: episode.wallet), next.state == .charging,
            let question = try RechargeQuestion(episode.wallet, in: scope)
        else { return nil }
        return try take(next, .stillWanted(question.mark), owner: owner, in: scope)
    }

    private func take(
        _ episode: RechargeEpisode, _ asked: RechargeAsked, owner: String, in scope: CallScope
    ) throws -> Call? {
        let isUnsent = episode.state == .charging && episode.keyUsedAt == nil
        if isUnsent { try scope.advance(episode.wallet.customer) }
        let book = try book(episode.wallet, episode, in: scope)
        try book.take(
            .due(
                RechargeDue(
                    asked: asked, question: isUnsent ? try RechargeQuestion(episode.wallet, in: scope) : nil,
                    isAgreed: try RechargeConsent.holds(for: episode.wallet, in: scope),
                    paymentMethod: isUnsent ? try scope.paymentMethod(of: episode.wallet.customer) : nil,
                    owner: owner, leaseUntil: scope.now.advanced(bySeconds: options.leaseSeconds),
                    keysKnownFrom: scope.now.advanced(bySeconds: -options.keyLifetimeSeconds))))
        try book.close()
        if isUnsent, book.outcome == .moved || book.charge != nil || book.state.open == nil {
            asking.count(book.outcome == .moved, episode.wallet)
        }
        guard let charge = book.charge, let leased = book.state.episode else { return nil }
        let question: Call.Question =
            switch charge {
            case .lookUp: .lookUp
            case .charge:
                .charge(
                    PaymentRequest(
                        key: leased.gatewayKey, customerID: leased.wallet.customer, currencyID: leased.wallet.currency,
                        amount: leased.cost?.amount ?? .zero, currency: leased.cost?.currency ?? "",
                        paymentMethodID: leased.paymentMethod))
            }
        return Call(
            key: leased.gatewayKey, customerID: leased.wallet.customer, currencyID: leased.wallet.currency,
            question: question)
    }

    /// Applies the answer to a call: once, however often it comes.
    @discardableResult
    public func settle(_ call: Call, _ answer: PaymentAnswer, now: Timestamp) throws -> Bool {
        try store.write(customer: call.customerID) { connection in
            let scope = self.scope(connection, now)
            try scope.advance(call.customerID)
            let episodes = RechargeEpisodeTable(connection: connection)
            guard let (episode, attempt) = try episodes.find(reference: "key:" + call.key) else { return false }
            let book = try book(episode.wallet, episode, in: scope)
            let isAgreed = try RechargeConsent.holds(for: episode.wallet, in: scope)
            let isNew = try book.take(.told(answer, attempt: attempt, isAgreed: isAgreed))
            try book.close()
            return isNew
        }
    }
}
