import TidemillCore
import TidemillOperations
import TidemillStore

/// What becomes of recurring credits whose period is cut off, because a change begins a new one: another anchor, another
/// length, another currency, the end of a trial before its time.
///
/// - Their grants end with their period. What was consumed stays consumed.
/// - The new period's credits are whole, as it is charged whole. But where the unused time of the old period is given
///   back in money, or the new one costs nothing, what was consumed of the old credits beyond the time that is kept was
///   not paid for, and counts as credits of the new period.
/// - So beginning anew again and again gives no credits twice, whatever was consumed in between.
extension RecurringCredits {
    /// Stands in for the type of source in the keys of what was consumed ahead.
    private static let aheadMark = "CONSUMED_AHEAD"

    /// Of what and whence credits are; periods differ in what follows.
    private struct Kind: Hashable {
        var currencyID: String
        var isBought: Bool
    }

    /// `record` has taken the place of `old` and is stored. `isNewCycle`: its periods begin anew; otherwise it goes on
    /// under another id. `givesBack`: what was consumed ahead counts.
    static func cutOff(
        _ old: SubscriptionRecord, for record: inout SubscriptionRecord, isNewCycle: Bool, givesBack: Bool,
        in scope: CallScope
    ) throws {
        let catalog = try scope.catalog()
        let begun = Set(pools(of: record, catalog, at: scope.now).keys)
        let before = pools(of: old, catalog, at: scope.now)
        let totals = try granted(to: old, in: scope)
        var ahead: [Kind: Amount] = [:]
        var changed = record.creditsGranted.filter { !isAhead($0.key) }
        for (pool, window) in Self.running(old, totals, at: scope.now) {
            let ofCurrency = totals.filter { $0.key.hasPrefix("\(self.scope(pool, old))\(pool.currencyID)/") }
            guard record.id != old.id || !begun.contains(pool) else {
                // It began at this very instant, and goes on.
                changed.merge(ofCurrency.filter { isAhead($0.key) }) { $1 }
                continue
            }
            let carried = ofCurrency.filter { isAhead($0.key) }.reduce(.zero) { $0 + $1.value }
            let given = ofCurrency.filter { !isAhead($0.key) }.reduce(.zero) { $0 + $1.value }
            let worth = max(given, before[pool] ?? .zero)
            let kept =
                isNewCycle
                ? worth.scaled(
                    by: Int128(scope.now.microseconds - window.start.microseconds),
                    over: Int128(window.end.microseconds - window.start.microseconds), rounding: .up) ?? worth : .zero
            // What a free plan gives need not be paid back by who buys; what is left of a plan before it must.
            let free = old.pricingType == .free ? presentKeys(of: old, catalog, window) : nil
            let used = try close(pool, given: given, of: old, in: scope) { source in
                guard !givesBack else { return true }
                return free.map { keys in !keys.contains { source.hasPrefix($0) } } ?? false
            }
            ahead[Kind(currencyID: pool.currencyID, isBought: pool.isBought), default: .zero] += max(
                used + carried - kept, .zero)
        }
        changed.merge(keys(of: ahead.filter { $0.value > .zero }, record, begun, at: scope.now)) { $1 }
        guard changed != record.creditsGranted else { return }
        record.creditsGranted = changed
        try scope.subscriptions.update(record)
    }

    /// The periods that hold the instant and of which something was granted, or consumed ahead.
    private static func running(
        _ record: SubscriptionRecord, _ totals: TextMap<Amount>, at now: Timestamp
    ) -> [(pool: Pool, window: CalendarPeriod.Window)] {
        var running: [(Pool, CalendarPeriod.Window)] = []
        for cadence in [CreditCadence.month, .year] {
            let window = period(of: cadence, record).window(containing: now)
            for isBought in [false, true] {
                var pool = Pool(currencyID: "", start: window.start, cadence: cadence, isBought: isBought)
                let prefix = scope(pool, record)
                let keys = totals.keys.filter { $0.hasPrefix(prefix) }
                for currency in Set(keys.map { String($0.dropFirst(prefix.count).prefix { $0 != "/" }) }).sorted() {
                    pool.currencyID = currency
                    running.append((pool, window))
                }
            }
        }
        return running
    }

    /// Ends what is left of the grants of a period, and answers what was used of those that count: consumed, held, or gone
    /// along to a former owner.
    private static func close(
        _ pool: Pool, given: Amount, of record: SubscriptionRecord, in scope: CallScope,
        counts: (String) -> Bool
    ) throws -> Amount {
        let prefix = "\(self.scope(pool, record))\(pool.currencyID)/"
        var used = Amount.zero
        var uncounted = Amount.zero
        for grant in try grants(of: record, in: scope) {
            guard let source = grant.source, source.hasPrefix(prefix) else { continue }
            let isLive = grant.status == .active || grant.status == .scheduled
            let ended =
                try isLive
                ? Wallets(scope).change(grant.id) { book, grant in try book.end(&grant, as: .expired) } : grant
            if counts(source) { used += ended.consumed + ended.held - ended.amount } else { uncounted += ended.amount }
        }
        return max(given - uncounted + used, .zero)
    }

    /// Under which keys the new period has what was consumed ahead: of that currency and kind, in whichever period it is
    /// granted now. Where it is not granted any more it waits beside, for a change that comes back.
    private static func keys(
        of ahead: [Kind: Amount], _ record: SubscriptionRecord, _ begun: Set<Pool>, at now: Timestamp
    ) -> TextMap<Amount> {
        var keys: TextMap<Amount> = [:]
        for (kind, amount) in ahead {
            let pool =
                begun.filter { $0.currencyID == kind.currencyID && $0.isBought == kind.isBought }
                .min { $0.cadence.rawValue < $1.cadence.rawValue }
                ?? Pool(
                    currencyID: kind.currencyID,
                    start: period(of: .month, record).window(containing: now).start, cadence: .month,
                    isBought: kind.isBought)
            keys["\(scope(pool, record))\(kind.currencyID)/\(aheadMark)//"] = amount
        }
        return keys
    }

    private static func isAhead(_ key: String) -> Bool { key.hasSuffix("/\(aheadMark)//") }

    /// What the subscription is granted in the periods that hold the instant.
    private static func pools(
        of record: SubscriptionRecord, _ catalog: CatalogSnapshot, at instant: Timestamp
    ) -> [Pool: Amount] {
        var pools: [Pool: Amount] = [:]
        for source in sources(of: record, catalog) {
            let window = period(of: source.cadence, record).window(containing: instant)
            pools[Pool(source, window), default: .zero] += share(source, window)
        }
        return pools
    }

    private static func presentKeys(
        of record: SubscriptionRecord, _ catalog: CatalogSnapshot, _ window: CalendarPeriod.Window
    ) -> [String] {
        sources(of: record, catalog).map { key($0, record, window) }
    }
}
