import TidemillCore
import TidemillOperations
import TidemillPayments
import TidemillStore

/// How an episode moves from state to state. Each step is one transaction of the caller's, and repeating it changes
/// nothing: whoever settles an attempt names the key that it belongs to.
struct RechargeTransitions {
    let scope: CallScope

    init(_ scope: CallScope) { self.scope = scope }

    var episodes: RechargeEpisodeTable { RechargeEpisodeTable(connection: scope.connection) }
    var wallets: RechargeWalletTable { RechargeWalletTable(connection: scope.connection) }
    var settings: RechargeSettingsTable { RechargeSettingsTable(connection: scope.connection) }

    func decide(
        _ result: RechargeDecisions.Result, _ reason: String, _ episode: RechargeEpisode,
        inputs: [String: Payload] = [:]
    ) throws {
        var inputs = inputs
        inputs["attempt"] = .integer(episode.attempt)
        inputs["credits"] = Payload(episode.credits)
        if let cost = episode.cost { inputs["cost"] = Money.shape.encode(cost) }
        try RechargeDecisions(connection: scope.connection).record(
            result, reason, of: episode.wallet, inputs: .object(inputs), episode: episode.id, at: scope.now)
        if let action = result.auditAction { try audit(action, episode, reason: reason) }
    }

    /// Leaves a row that says what happened to the customer's money or credits, and why.
    func audit(_ action: String, _ episode: RechargeEpisode, reason: String?) throws {
        var details: [String: Payload] = [
            "currencyId": .string(episode.wallet.currency), "episode": .string(episode.id),
            "attempt": .integer(episode.attempt), "credits": Payload(episode.credits),
        ]
        if let cost = episode.cost { details["cost"] = Money.shape.encode(cost) }
        if let payment = episode.paymentID { details["paymentId"] = .string(payment) }
        if let grant = episode.grantID { details["grantId"] = .string(grant) }
        try scope.audit(action, episode.wallet.customer, .object(details), reason: reason)
    }

    func end(_ episode: RechargeEpisode, _ state: RechargeEpisode.State, _ detail: String?) throws {
        var ended = episode
        ended.state = state
        ended.endedAt = scope.now
        ended.detail = detail
        ended.nextAt = nil
        ended.leaseOwner = nil
        ended.leaseUntil = nil
        try episodes.save(ended)
    }

    // MARK: - Without a charge

    /// Ends an episode for which no charge was made.
    func withdraw(_ episode: RechargeEpisode, because reason: String) throws {
        try end(episode, .withdrawn, reason)
        try decide(.withdrawn, reason, episode)
        try remember(.ready, nil, of: episode.wallet)
    }

    /// Ends an episode that a person has looked at.
    func settleByPerson(_ episode: RechargeEpisode) throws {
        try end(episode, .settled, episode.detail)
        try decide(.settled, "auto-recharge was enabled again after it had stopped", episode)
    }

    // MARK: - A charge

    /// The customer was charged: the grant and the episode's end, at once. Where the wallet has no room for what was paid,
    /// the episode stops for a person.
    func succeed(_ episode: RechargeEpisode, paymentID: String?) throws {
        var done = episode
        done.paymentID = paymentID ?? episode.paymentID
        if let paymentID { try episodes.note("payment:" + paymentID, of: episode) }
        do {
            done.grantID = try scope.connection.savepoint { try RechargeCredits(scope).grant(done) }
        } catch let error as OperationError where !error.isStoreFailure {
            let payment = done.paymentID.map { "payment \($0)" } ?? "the charge"
            return try stop(done, because: "\(payment) was made, and its credits cannot be granted: \(error.message)")
        }
        try end(done, .succeeded, nil)
        try decide(.charged, done.paymentID.map { "payment \($0)" } ?? "no payment", done)
        var memory = try wallets.find(done.wallet)
        memory.state = .ready
        memory.reason = nil
        memory.declines = 0
        memory.retryAt = nil
        memory.coolUntil = scope.now.advanced(bySeconds: RechargeGuards.coolDownSeconds)
        // What was consumed meanwhile may have brought it below the threshold again.
        memory.nextAt = memory.coolUntil
        let consent = try settings.find(done.wallet)
        try scope.announceRecharge(done, configuration: consent?.id ?? "", status: "SUCCESS")
        if let consent { try warn(consent, in: done.month, &memory) }
        try wallets.save(memory)
    }

    /// Tells the customer how much of the cap is used, each percentage once a month.
    private func warn(_ consent: RechargeConsent, in month: Timestamp, _ memory: inout RechargeMemory) throws {
        guard let cap = consent.maxSpend, cap > .zero, month >= memory.warnedMonth ?? month else { return }
        let spent = try episodes.spent(by: consent.wallet, in: month)
        let before = memory.warned(in: month)
        // One purchase that passes several is told once, with the highest.
        let passed = RechargeCap.passed(spent, of: cap)
        guard passed > before else { return }
        try scope.announceRechargeLimit(consent, cap: cap, spent: spent, threshold: passed)
        memory.warnedMonth = month
        memory.warnedPercent = passed
    }

    /// The gateway has it in hand.
    func wait(_ episode: RechargeEpisode, paymentID: String?) throws {
        var waiting = episode
        waiting.paymentID = paymentID ?? episode.paymentID
        if let paymentID { try episodes.note("payment:" + paymentID, of: episode) }
        if waiting.state != .pending { waiting.tries = 0 }
        waiting.state = .pending
        waiting.detail = "the payment is pending"
        try again(&waiting, first: 30)
        try decide(.pending, waiting.paymentID.map { "payment \($0)" } ?? "no payment id", waiting)
        try remember(.pending, nil, of: waiting.wallet)
    }

    /// Nobody knows whether the customer was charged: the same question again, later and later.
    func retry(_ episode: RechargeEpisode, because reason: String) throws {
        var waiting = episode
        waiting.detail = reason
        try again(&waiting, first: waiting.state == .pending ? 30 : 2)
        try decide(.unknown, reason, waiting)
    }

    /// The longest wait between two questions about one charge.
    static let waitMaxSeconds: Int64 = 3600

    private func again(_ episode: inout RechargeEpisode, first: Int64) throws {
        let wait = min(first << min(episode.tries, 12), Self.waitMaxSeconds)
        episode.tries += 1
        episode.nextAt = scope.now.advanced(bySeconds: wait)
        episode.leaseOwner = nil
        episode.leaseUntil = nil
        try episodes.save(episode)
    }

    /// The customer was not charged. Later once more under a new key, or never again.
    func decline(_ episode: RechargeEpisode, code: String?, isRetryable: Bool) throws {
        let configuration = try settings.find(episode.wallet)?.id ?? ""
        let error = Payload.object([
            "code": code.map { .string($0) } ?? .null, "retryable": .boolean(isRetryable),
            "message": .string("the payment was declined"),
        ])
        try scope.announceRecharge(episode, configuration: configuration, status: "FAILED", error: error)
        try scope.announcePaymentFailure(episode, error: error)
        try decide(.declined, code ?? "no code", episode, inputs: ["retryable": .boolean(isRetryable)])
        var memory = try wallets.find(episode.wallet)
        memory.declines += 1
        let waits = RechargeGuards.declineWaits
        guard isRetryable, memory.declines <= waits.count else {
            memory.retryAt = nil
            try wallets.save(memory)
            let what = code.map { " (\($0))" } ?? ""
            return try disable(
                episode,
                because: isRetryable
                    ? "the payment was declined \(memory.declines) times in a row\(what)"
                    : "the payment was declined for good\(what)")
        }
        let retryAt = scope.now.advanced(bySeconds: waits[Int(memory.declines) - 1])
        memory.state = .declined
        memory.reason = "the payment was declined; tried again at \(retryAt)"
        memory.retryAt = retryAt
        try wallets.save(memory)
        var waiting = episode
        waiting.state = .declined
        waiting.attempt += 1
        waiting.keyUsedAt = nil
        waiting.paymentMethod = nil
        waiting.paymentID = nil
        waiting.tries = 0
        waiting.nextAt = retryAt
        waiting.leaseOwner = nil
        waiting.leaseUntil = nil
        waiting.detail = memory.reason
        try episodes.save(waiting)
    }

    /// Ends the episode, and auto-recharge of its wallet until a person enables it again.
    func disable(_ episode: RechargeEpisode, because reason: String) throws {
        if episode.isOpen { try end(episode, .disabled, reason) }
        try decide(.disabled, reason, episode)
        try remember(.disabled, reason, of: episode.wallet)
        guard var consent = try settings.find(episode.wallet), consent.isEnabled else { return }
        consent.isEnabled = false
        consent.disabledReason = reason
        consent.updatedAt = scope.now
        try settings.save(consent)
        try scope.announceRechargeConfiguration(consent, reason: reason, changedBy: "SYSTEM")
        try audit("disableAutoRecharge", episode, reason: reason)
    }

    /// The gateway's answers contradict each other: nothing more is charged before a person has looked.
    func stop(_ episode: RechargeEpisode, because reason: String) throws {
        var stopped = episode
        stopped.state = .stopped
        stopped.detail = reason
        stopped.nextAt = nil
        stopped.leaseOwner = nil
        stopped.leaseUntil = nil
        try episodes.save(stopped)
        try decide(.stopped, reason, stopped)
        try remember(.stopped, reason, of: stopped.wallet)
    }

    /// The customer has the money back: what is left of the credits is void, and nothing is charged again before somebody
    /// asks for it.
    func refund(_ episode: RechargeEpisode, because reason: String) throws {
        if let grant = episode.grantID { try RechargeCredits(scope).void(grant) }
        try end(episode, .refunded, reason)
        try decide(.refunded, reason, episode)
        var refunded = episode
        refunded.state = .refunded
        refunded.endedAt = scope.now
        try disable(refunded, because: reason)
    }

    private func remember(_ state: AutoRechargeSettings.State, _ reason: String?, of wallet: RechargedWallet) throws {
        var memory = try wallets.find(wallet)
        memory.state = state
        memory.reason = reason
        try wallets.save(memory)
    }
}
