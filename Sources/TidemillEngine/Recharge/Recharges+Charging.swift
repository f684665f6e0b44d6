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
        switch episode.state {
        case .charging: return try charge(episode, asked, owner: owner, in: scope)
        case .pending: return try lease(episode, owner, .lookUp, in: scope)
        case .declined:
            // Its waiting time is over: everything is looked at anew, and a new attempt is due at once.
            if case .postponed(let until?, _) = asked {
                try postpone(episode, until: until, in: scope)
                return nil
            }
            let outcome = try evaluation(scope).evaluate(episode.wallet, asked)
            asking.count(outcome == .moved, episode.wallet)
            guard outcome == .opened,
                let next = try RechargeEpisodeTable(connection: scope.connection).open(of: episode.wallet),
                next.state == .charging, let question = try RechargeQuestion(episode.wallet, in: scope)
            else { return nil }
            return try charge(next, .stillWanted(question.mark), owner: owner, in: scope)
        case .stopped, .succeeded, .refunded, .disabled, .withdrawn, .settled: return nil
        }
    }

    private func charge(
        _ episode: RechargeEpisode, _ asked: RechargeAsked, owner: String, in scope: CallScope
    ) throws -> Call? {
        guard let usedAt = episode.keyUsedAt else {
            switch try verdict(on: episode, asked, in: scope) {
            case .moved:
                asking.count(true, episode.wallet)
                return nil
            case .later(let until):
                try postpone(episode, until: until, in: scope)
                return nil
            case .unwanted(let source):
                asking.count(false, episode.wallet)
                try RechargeTransitions(scope).withdraw(episode, because: RechargeEvaluation.unwanted(by: source))
                return nil
            case .withdraw(let reason):
                asking.count(false, episode.wallet)
                try RechargeTransitions(scope).withdraw(episode, because: reason)
                // Whatever changed since the decision, the wallet is looked at anew.
                let wallets = RechargeWalletTable(connection: scope.connection)
                var memory = try wallets.find(episode.wallet)
                memory.nextAt = scope.now
                memory.tickAt = nil
                try wallets.save(memory)
                return nil
            case .send:
                asking.count(false, episode.wallet)
                var first = episode
                first.keyUsedAt = scope.now
                first.paymentMethod = try scope.paymentMethod(of: episode.wallet.customer)
                return try lease(first, owner, .charge, in: scope)
            }
        }
        // A key that the gateway may have forgotten, and a charge that nobody wants any more, are only asked about.
        let isOld = usedAt.advanced(bySeconds: options.keyLifetimeSeconds) <= scope.now
        let consents = try RechargeConsent.holds(for: episode.wallet, in: scope)
        return try lease(episode, owner, isOld || !consents ? .lookUp : .charge, in: scope)
    }

    private func postpone(_ episode: RechargeEpisode, until: Timestamp, in scope: CallScope) throws {
        var later = episode
        later.nextAt = until
        try RechargeEpisodeTable(connection: scope.connection).save(later)
    }

    private enum Verdict {
        case send
        case withdraw(String)
        /// The policy was asked, and wants nothing any more.
        case unwanted(PolicySource?)
        /// The wallet changed since the policy was asked.
        case moved
        /// The policy cannot say now.
        case later(Timestamp)
    }

    /// Whether a charge that was decided and never sent is still to be made.
    private func verdict(
        on episode: RechargeEpisode, _ asked: RechargeAsked, in scope: CallScope
    ) throws -> Verdict {
        try scope.advance(episode.wallet.customer)
        guard let question = try RechargeQuestion(episode.wallet, in: scope) else {
            return .withdraw("the customer does not agree any more")
        }
        guard try scope.paymentMethod(of: episode.wallet.customer) != nil else {
            return .withdraw(RechargeGuards.noPaymentMethod)
        }
        switch asked {
        case .needless: return .moved
        case .postponed(let until, let mark):
            return mark == question.mark ? .later(until ?? scope.now.advanced(bySeconds: 60)) : .moved
        case .stillWanted(let mark):
            guard mark == question.mark else { return .moved }
        case .answered(let answer):
            guard answer.holds(for: question.mark) else { return .moved }
            switch try evaluation(scope).wish(of: answer, question) {
            case .buys: break
            case .rests: return .unwanted(answer.source)
            case .fails(let until): return .later(until)
            }
        }
        guard episode.month == scope.now.startOfMonth else { return .withdraw("another month has begun") }
        let spent = try RechargeEpisodeTable(connection: scope.connection)
            .spent(by: episode.wallet, in: episode.month, except: episode.id)
        if let cap = question.consent.maxSpend, let cost = episode.cost, spent + cost.amount > cap {
            return .withdraw("it does not fit under the cap any more")
        }
        return .send
    }

    private enum Kind {
        case charge
        case lookUp
    }

    private func lease(_ episode: RechargeEpisode, _ owner: String, _ kind: Kind, in scope: CallScope) throws -> Call {
        var leased = episode
        leased.leaseOwner = owner
        leased.leaseUntil = scope.now.advanced(bySeconds: options.leaseSeconds)
        try RechargeEpisodeTable(connection: scope.connection).save(leased)
        let key = leased.gatewayKey
        let question: Call.Question =
            switch kind {
            case .lookUp: .lookUp
            case .charge:
                .charge(
                    PaymentRequest(
                        key: key, customerID: leased.wallet.customer, currencyID: leased.wallet.currency,
                        amount: leased.cost?.amount ?? .zero, currency: leased.cost?.currency ?? "",
                        paymentMethodID: leased.paymentMethod))
            }
        return Call(
            key: key, customerID: leased.wallet.customer, currencyID: leased.wallet.currency, question: question)
    }

    /// Applies the answer to a call: once, however often it comes.
    @discardableResult
    public func settle(_ call: Call, _ answer: PaymentAnswer, now: Timestamp) throws -> Bool {
        try store.write(customer: call.customerID) { connection in
            let scope = self.scope(connection, now)
            try scope.advance(call.customerID)
            return try RechargeSettlement(scope: scope).apply(answer, toKey: call.key)
        }
    }
}
