import TidemillCore
import TidemillOperations
import TidemillStore

/// A wallet as it stands in one snapshot: what a policy is asked about.
struct RechargeQuestion: Sendable {
    let consent: RechargeConsent
    let memory: RechargeMemory
    let open: RechargeEpisode?
    let view: RechargeView
    let mark: RechargeMark

    /// The customer must have been advanced to the scope's now.
    init(_ consent: RechargeConsent, _ customer: Customer, _ open: RechargeEpisode?, in scope: CallScope) throws {
        let wallet = consent.wallet
        let episodes = RechargeEpisodeTable(connection: scope.connection)
        let memory = try RechargeWalletTable(connection: scope.connection).find(wallet)
        let state = try WalletState.load(wallet.pool, on: scope.connection) ?? WalletState()
        let last = try episodes.lastSucceeded(of: wallet)
        self.consent = consent
        self.memory = memory
        self.open = open
        view = RechargeView(
            customerID: wallet.customer, currencyID: wallet.currency, thresholdType: consent.thresholdType,
            threshold: consent.threshold, target: consent.target, maxSpendLimit: consent.maxSpend,
            balance: state.balance.balance, held: state.balance.held,
            price: try CreditPrice.find(of: wallet, in: scope),
            spentThisMonth: try episodes.spent(by: wallet, in: scope.now.startOfMonth, except: open?.id),
            lastRecharge: last.map {
                RechargeView.Last(at: $0.endedAt ?? $0.openedAt, amount: $0.credits, reason: $0.reason)
            },
            failures: memory.declines, now: scope.now,
            settings: try AutoRechargeSettings(wallet, in: scope), customer: customer)
        mark = RechargeMark(
            entries: state.entries, balance: state.balance.balance, held: state.balance.held, consent: consent,
            declines: memory.declines, episode: open.map { "\($0.id)/\($0.state.rawValue)/\($0.attempt)" } ?? "")
    }

    /// Of a wallet whose customer agrees; nil of others, about which nobody is asked.
    init?(_ wallet: RechargedWallet, in scope: CallScope) throws {
        guard let consent = try RechargeSettingsTable(connection: scope.connection).find(wallet), consent.isEnabled,
            let customer = try scope.customers.find(wallet.customer), customer.archivedAt == nil
        else { return nil }
        try scope.advance(wallet.customer)
        let open = try RechargeEpisodeTable(connection: scope.connection).open(of: wallet)
        try self.init(consent, customer, open, in: scope)
    }
}

/// What must not have changed between a question and the transaction that acts on the answer.
struct RechargeMark: Sendable, Hashable {
    /// Rows of the wallet's ledger: every movement is one.
    var entries: Int64
    var balance: Amount
    var held: Amount
    var consent: RechargeConsent
    var declines: Int64
    var episode: String

    /// Whether all that happened since is that more was consumed: an answer may then be acted on that was overtaken again
    /// and again.
    func isOvertaken(by later: RechargeMark) -> Bool {
        var same = later
        same.entries = entries
        same.balance = balance
        same.held = held
        return same == self && later.balance <= balance
    }

    /// What is kept with the wallet: who asks about the same again gets the same answer.
    func about(_ version: String?) -> String {
        "\(entries)/\(balance)/\(held)/\(consent.updatedAt.microseconds)/\(declines)/\(version ?? "")"
    }
}

/// What a policy said, and about what.
struct RechargeAnswer: Sendable {
    let mark: RechargeMark
    let source: PolicySource?
    let result: Result<RechargeProposal?, RechargePolicyFailure>
    /// What it learnt of the wallet's past.
    var history: Payload = [:]
    /// Whether it may be acted on although more was consumed meanwhile.
    var toleratesConsumption = false

    /// Whether the wallet still is what the policy was asked about.
    func holds(for mark: RechargeMark) -> Bool {
        self.mark == mark || toleratesConsumption && self.mark.isOvertaken(by: mark)
    }
}

/// What came of looking at a wallet outside a transaction.
enum RechargeAsked: Sendable {
    case answered(RechargeAnswer)
    /// The answer that was given a moment ago, about the same, still holds: buy.
    case stillWanted(RechargeMark)
    /// Not asked: nothing changed since it was asked last, or it failed a moment ago. Looked at again then.
    case postponed(until: Timestamp?, RechargeMark)
    /// There was nothing to ask about.
    case needless
}
