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
        let book = try RechargeBook(wallet, in: scope)
        let new = try merged(input, book.state.consent, wallet, scope)
        let spent = try RechargeEpisodeTable(connection: scope.connection).spent(by: wallet, in: scope.now.startOfMonth)
        try book.take(.saved(new, reason: scope.context.reason, spent: spent))
        try book.close()
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
        let state = try RechargeBook(wallet, in: scope).state
        let saved = state.consent
        let consent = saved ?? .defaults(of: wallet, id: "", at: scope.now)
        let episodes = RechargeEpisodeTable(connection: scope.connection)
        self.init(
            id: saved?.id, customerID: wallet.customer, currencyID: wallet.currency, isEnabled: consent.isEnabled,
            thresholdType: consent.thresholdType, thresholdValue: consent.threshold, targetBalance: consent.target,
            maxSpendLimit: consent.maxSpend, grantExpirationPeriod: consent.expiration,
            currentMonthlySpend: try episodes.spent(by: wallet, in: scope.now.startOfMonth), state: state.shown,
            stateReason: state.reason.map { String($0.prefix(1000)) }, createdAt: saved?.createdAt,
            updatedAt: saved?.updatedAt)
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
