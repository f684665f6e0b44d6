import TidemillCore
import TidemillEngine
import TidemillOperations
import TidemillStore

extension ListNearLimits: OperatorOperation {
    /// For each that is told, so many are looked at: what was reached may be far from a limit that rose since.
    private static let lookedAt = 2

    static func perform(_ input: Input, by host: OperatorBackend, in context: CallContext) throws -> Output {
        let reached = try host.app.store.read {
            try ReachedLimits.list(at: context.now, limit: Int(input.limit) * lookedAt, on: $0)
        }
        var entries: [NearLimitEntry] = []
        for place in reached {
            var members: TextMap<Payload> = [
                "customerId": .string(place.customerID.text), "featureId": .string(place.featureID.text),
            ]
            members["resourceId"] = place.resourceID.map { .string($0) }
            let answer = try host.performInner(.checkEntitlement, .object(members), for: .listNearLimits, in: context)
            guard case .feature(let access) = try EntitlementAccess.shape.decode(answer, as: "an entitlement"),
                let entry = NearLimitEntry(access, place, at: context.now)
            else { continue }
            entries.append(entry)
        }
        // As they stand now.
        entries.sort { $0.percent > $1.percent }
        return Output(Array(entries.prefix(Int(input.limit))))
    }
}

extension NearLimitEntry {
    /// The lowest share that anything is announced at by default.
    private static let percentMin: Int64 = 50

    fileprivate init?(_ access: FeatureAccess, _ place: ReachedLimits.Entry, at now: Timestamp) {
        guard let feature = access.feature, let used = access.currentUsage, let limit = access.usageLimit,
            access.hasUnlimitedUsage != true, limit > .zero,
            let percent = used.times(100)?.divided(by: limit, rounding: .down)?.units, percent >= Self.percentMin
        else { return nil }
        self.init(
            customerID: place.customerID, featureID: place.featureID.text, featureName: feature.displayName,
            resourceID: place.resourceID, used: used, limit: limit, percent: percent, isGranted: access.isGranted,
            resetsAt: access.usagePeriodEnd, fullAt: Self.fullAt(access, used, limit, now))
    }

    private static func fullAt(
        _ access: FeatureAccess, _ used: Amount, _ limit: Amount, _ now: Timestamp
    ) -> Timestamp? {
        guard used > .zero, used < limit, let start = access.usagePeriodStart, let end = access.usagePeriodEnd,
            start < now, now < end
        else { return nil }
        let elapsed = (now.microseconds - start.microseconds) / 1_000_000
        guard elapsed >= (end.microseconds - start.microseconds) / 10_000_000,
            let seconds = (limit - used).times(elapsed)?.divided(by: used, rounding: .up)?.units
        else { return nil }
        let left = (end.microseconds - now.microseconds) / 1_000_000
        return seconds < left ? now.advanced(bySeconds: seconds) : nil
    }
}

extension ListLowWallets: OperatorOperation {
    static func perform(_ input: Input, by host: OperatorBackend, in context: CallContext) throws -> Output {
        let wallets = try host.app.store.read {
            try LowWallets.list(atMost: input.percent, now: context.now, limit: Int(input.limit), on: $0)
        }
        return Output(
            try wallets.map { wallet in
                var recharge: String?
                if wallet.resourceID == nil {
                    let settings = try host.performInner(
                        .getAutoRecharge,
                        ["customerId": .string(wallet.customerID.text), "currencyId": .string(wallet.currencyID)],
                        for: .listLowWallets, in: context)
                    if settings["id"] != .null {
                        recharge = settings["isEnabled"] == true ? settings["state"]?.text : "DISABLED"
                    }
                }
                return LowWalletEntry(
                    customerID: wallet.customerID, currencyID: wallet.currencyID, resourceID: wallet.resourceID,
                    balance: wallet.balance, granted: wallet.granted, percent: wallet.percentLeft,
                    burnedPerDay: wallet.burned, lastsSeconds: wallet.lastsSeconds, recharge: recharge,
                    changedAt: wallet.changedAt)
            })
    }
}
