import TidemillCore
import TidemillOperations
import TidemillPayments
import TidemillStore

/// One wallet's recharging inside a transaction: reads its state, has the machine move it, does what follows from that,
/// and stores it when it is closed.
final class RechargeBook {
    private(set) var state: RechargeState
    /// What came of looking at it, and what is to be asked of the gateway.
    private(set) var outcome = RechargeOutcome.nothing
    private(set) var charge: RechargeCharge?

    private let scope: CallScope
    private let guards: RechargeGuards?
    private let recordsNothing: Bool
    private let opened: RechargeState

    private var episodes: RechargeEpisodeTable { RechargeEpisodeTable(connection: scope.connection) }

    /// With the purchase that is open, unless another one is named. Guards are for whoever looks at wallets.
    init(
        _ wallet: RechargedWallet, episode: RechargeEpisode? = nil, in scope: CallScope, guards: RechargeGuards? = nil,
        recordsNothing: Bool = true
    ) throws {
        self.scope = scope
        self.guards = guards
        self.recordsNothing = recordsNothing
        let connection = scope.connection
        state = RechargeState(
            wallet: wallet, consent: try RechargeSettingsTable(connection: connection).find(wallet),
            memory: try RechargeWalletTable(connection: connection).find(wallet),
            episode: try episode ?? RechargeEpisodeTable(connection: connection).open(of: wallet))
        opened = state
    }

    /// Returns whether anything came of it.
    @discardableResult
    func take(_ input: RechargeInput) throws -> Bool {
        var machine = RechargeMachine(
            state, now: scope.now, isPaid: guards?.isPaid ?? false, recordsNothing: recordsNothing)
        machine.take(input)
        state = machine.state
        for action in machine.actions { try perform(action) }
        return !machine.actions.isEmpty
    }

    func close() throws {
        if let consent = state.consent, consent != opened.consent {
            try RechargeSettingsTable(connection: scope.connection).save(consent)
        }
        if state.memory != opened.memory { try RechargeWalletTable(connection: scope.connection).save(state.memory) }
        if let episode = state.episode, episode != opened.episode { try episodes.save(episode) }
    }

    private func perform(_ action: RechargeAction) throws {
        switch action {
        case .tell(let outcome): self.outcome = outcome
        case .send(let charge): self.charge = charge
        case .weigh(let wish, let credits):
            guard let guards else { return }
            let facts = try facts(credits, wish.view)
            try take(.weighed(wish, guards.verdict(on: facts), facts, id: scope.newID()))
        case .decide(let decision):
            let isNew = try RechargeDecisions(connection: scope.connection).record(
                decision.result, decision.reason, of: state.wallet, inputs: decision.inputs,
                episode: decision.episode, by: decision.source, at: scope.now)
            if isNew, decision.result == .charged { countMoney() }
            if let audit = decision.audit, isNew || decision.auditsRepeats { try write(audit) }
        case .audit(let audit): try write(audit)
        case .note(let reference):
            if let episode = state.episode { try episodes.note(reference, of: episode) }
        case .grant: try grant()
        case .void(let grant): try RechargeCredits(scope).void(grant)
        case .pauseAll(let reason):
            try RechargeBrake(connection: scope.connection).pull(because: reason, at: scope.now)
            try scope.audit("pause", nil, ["name": .string(Pauses.recharge)], reason: reason)
        case .announce(let event): try scope.announce(event)
        case .announcePaymentFailure(let error):
            try scope.announce(state.paymentFailed(scope.customers.find(state.wallet.customer), error: error))
        }
    }

    /// For the metrics: what was charged at the gateway, not what was given for nothing.
    private func countMoney() {
        guard let episode = state.episode, episode.keyUsedAt != nil, let cost = episode.cost else { return }
        scope.connection.note(MetricNote(.rechargedMoney, [cost.currency], .addAmount(cost.amount)))
    }

    private func write(_ audit: RechargeAudit) throws {
        try scope.audit(audit.action, state.wallet.customer, audit.details, reason: audit.reason)
    }

    /// Where the wallet has no room for what was paid, nothing of the grant stays.
    private func grant() throws {
        guard let episode = state.episode else { return }
        let id: String
        do {
            id = try scope.connection.savepoint { try RechargeCredits(scope).grant(episode) }
        } catch let error as OperationError where !error.isStoreFailure {
            try take(.ungranted(error.message))
            return
        }
        let spent =
            state.consent?.maxSpend == nil
            ? .zero : try episodes.spent(by: state.wallet, in: episode.month, except: episode.id)
        try take(.granted(id, spent: spent))
    }

    private func facts(_ credits: Amount, _ view: RechargeView) throws -> RechargeGuards.Facts {
        let now = scope.now
        let from = max(
            now.advanced(bySeconds: -3600), try RechargeBrake(connection: scope.connection).countedFrom())
        // The next attempt of a purchase is no further recharge.
        let own: Int64 = state.open.map { $0.openedAt >= now.startOfDay } ?? false ? 1 : 0
        return RechargeGuards.Facts(
            now: now, credits: credits, granted: try RechargeCredits(scope).balance(of: state.wallet).granted,
            price: view.price, maxSpend: view.maxSpendLimit, spent: view.spentThisMonth,
            coolUntil: state.memory.coolUntil, retryAt: state.memory.retryAt,
            today: max(
                try episodes.count(of: state.wallet, since: now.startOfDay) - own, state.memory.attempts(on: now)),
            withinHour: try episodes.count(after: from),
            hasPaymentMethod: try scope.paymentMethod(of: state.wallet.customer) != nil,
            isIdle: try WalletDemand.isIdle(state.memory, balance: view.balance, on: scope.connection))
    }
}
