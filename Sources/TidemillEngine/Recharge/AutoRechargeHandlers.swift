import TidemillCore
import TidemillOperations
import TidemillStore

extension GetAutoRecharge: EmbeddedOperation {
    static func perform(_ input: Input, in scope: CallScope) throws -> AutoRechargeSettings {
        try scope.customers.requirePresence(input.customerID, for: .getAutoRecharge)
        let wallet = RechargedWallet(customer: input.customerID, currency: input.currencyID)
        try RechargeCurrency.require(wallet.currency, for: .getAutoRecharge, in: scope)
        return try AutoRechargeSettings(wallet, in: scope)
    }
}

extension SaveAutoRecharge: EmbeddedOperation {
    static func perform(_ input: Input, in scope: CallScope) throws -> AutoRechargeSettings {
        try scope.customers.requireActive(input.customerID, for: .saveAutoRecharge)
        let wallet = RechargedWallet(customer: input.customerID, currency: input.currencyID)
        try RechargeCurrency.require(wallet.currency, for: .saveAutoRecharge, in: scope)
        let table = RechargeSettingsTable(connection: scope.connection)
        let old = try table.find(wallet)
        let new = try merged(input, old, wallet, scope)
        try table.save(new)
        if new.isEnabled != (old?.isEnabled ?? false) {
            try scope.announceRechargeConfiguration(new, reason: scope.context.reason, changedBy: "USER")
        }
        if new.isEnabled {
            try RechargeResumption.begin(anew: new, after: old, in: scope)
        } else if let episode = try RechargeEpisodeTable(connection: scope.connection).open(of: wallet),
            !episode.mayBeCharged
        {
            try RechargeTransitions(scope).withdraw(episode, because: "auto-recharge was disabled")
        }
        return try AutoRechargeSettings(wallet, in: scope)
    }

    /// The settings after the save: what is left out stays as it is.
    private static func merged(
        _ input: Input, _ old: RechargeConsent?, _ wallet: RechargedWallet, _ scope: CallScope
    ) throws -> RechargeConsent {
        let defaults = RechargeConsent.defaults(of: wallet, id: old?.id ?? scope.newID(), at: scope.now)
        var new = old ?? defaults
        new.isEnabled = input.isEnabled
        new.thresholdType = input.thresholdType ?? new.thresholdType
        new.threshold = input.thresholdValue ?? new.threshold
        new.target = input.targetBalance ?? new.target
        new.maxSpend = input.maxSpendLimit.applied(to: new.maxSpend)
        new.expiration = input.grantExpirationPeriod ?? new.expiration
        new.updatedAt = scope.now
        // Why the engine disabled it stays until it is enabled again.
        if new.isEnabled { new.disabledReason = nil }
        // Nobody has named the numbers yet: that is no agreement to anything.
        let isFirst = old.map { $0.target <= $0.threshold } ?? true
        let missing = [("thresholdValue", input.thresholdValue), ("targetBalance", input.targetBalance)]
            .filter { $0.1 == nil }.map { "'\($0.0)'" }
        if isFirst, !missing.isEmpty, new.isEnabled || missing.count == 1 {
            throw OperationError(
                .badUserInput,
                "saveAutoRecharge: \(missing.joined(separator: " and ")) must be given the first time: a balance below the threshold is recharged up to the target"
            )
        }
        guard new.target > new.threshold || isFirst && missing.count == 2 else {
            throw OperationError(
                .invalidArgument,
                "saveAutoRecharge: 'targetBalance' (\(new.target)) must be above 'thresholdValue' (\(new.threshold)), or it would recharge for ever"
            )
        }
        return new
    }
}

extension RechargeConsent {
    /// What holds while nothing is saved. The API publishes no numbers.
    static func defaults(of wallet: RechargedWallet, id: String, at now: Timestamp) -> RechargeConsent {
        RechargeConsent(
            wallet: wallet, id: id, isEnabled: false, thresholdType: .creditAmount, threshold: .zero, target: .zero,
            maxSpend: nil, expiration: .oneYear, disabledReason: nil, createdAt: now, updatedAt: now)
    }
}

extension AutoRechargeSettings {
    init(_ wallet: RechargedWallet, in scope: CallScope) throws {
        let saved = try RechargeSettingsTable(connection: scope.connection).find(wallet)
        let consent = saved ?? .defaults(of: wallet, id: "", at: scope.now)
        let episodes = RechargeEpisodeTable(connection: scope.connection)
        let memory = try RechargeWalletTable(connection: scope.connection).find(wallet)
        var state = consent.isEnabled ? memory.state : .disabled
        var reason = consent.isEnabled ? memory.reason : consent.disabledReason
        if let episode = try episodes.open(of: wallet) {
            state = episode.walletState
            reason = episode.detail
        }
        self.init(
            id: saved?.id, customerID: wallet.customer, currencyID: wallet.currency, isEnabled: consent.isEnabled,
            thresholdType: consent.thresholdType, thresholdValue: consent.threshold, targetBalance: consent.target,
            maxSpendLimit: consent.maxSpend, grantExpirationPeriod: consent.expiration,
            currentMonthlySpend: try episodes.spent(by: wallet, in: scope.now.startOfMonth), state: state,
            stateReason: reason.map { String($0.prefix(1000)) }, createdAt: saved?.createdAt,
            updatedAt: saved?.updatedAt)
    }
}

/// What a save that enables a wallet sets right.
enum RechargeResumption {
    /// A person said that it shall go on: waiting times end, a stopped episode is theirs from now on, and the wallet is
    /// looked at at once, because its balance may be below the new threshold.
    static func begin(anew new: RechargeConsent, after old: RechargeConsent?, in scope: CallScope) throws {
        let wallets = RechargeWalletTable(connection: scope.connection)
        var memory = try wallets.find(new.wallet)
        let month = scope.now.startOfMonth
        if raises(new.maxSpend, over: old?.maxSpend), memory.warned(in: month) > 0 {
            let spent = try RechargeEpisodeTable(connection: scope.connection).spent(by: new.wallet, in: month)
            memory.warnedPercent = RechargeCap.passed(spent, of: new.maxSpend)
        }
        memory.declines = 0
        memory.retryAt = nil
        memory.nextAt = scope.now
        memory.state = .ready
        memory.reason = nil
        try wallets.save(memory)
        guard var episode = try RechargeEpisodeTable(connection: scope.connection).open(of: new.wallet) else { return }
        switch episode.state {
        case .stopped:
            try RechargeTransitions(scope).settleByPerson(episode)
        case .declined:
            episode.nextAt = scope.now
            try RechargeEpisodeTable(connection: scope.connection).save(episode)
        case .charging, .pending, .succeeded, .refunded, .disabled, .withdrawn, .settled:
            break
        }
    }

    private static func raises(_ new: Amount?, over old: Amount?) -> Bool {
        guard let old else { return false }
        return new.map { $0 > old } ?? true
    }
}

/// How much of a cap is used.
enum RechargeCap {
    /// Percentages at which the customer is warned.
    static let warnings: [Int64] = [80, 90, 100]

    /// The highest of the warnings that `spent` has reached; 0 for none.
    static func passed(_ spent: Amount, of cap: Amount?) -> Int64 {
        guard let cap else { return 0 }
        return warnings.last { reaches(spent, $0, of: cap) } ?? 0
    }

    static func reaches(_ spent: Amount, _ percent: Int64, of cap: Amount) -> Bool {
        // A product beyond 128 bits is more than any cap.
        guard let left = spent.times(100), let right = cap.times(percent) else { return spent >= cap }
        return left >= right
    }
}
