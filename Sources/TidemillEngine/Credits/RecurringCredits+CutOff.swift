import TidemillCore
import TidemillOperations
import TidemillPricing
import TidemillStore

/// What becomes of recurring credits whose period is cut off, because a change begins a new one: another anchor, another
/// length, another currency, the first thing that is paid for, the end of a trial before its time.
///
/// - Their grants end with their period. What was consumed stays consumed.
/// - The time that ran is worth its part of them; and where all is kept that was charged for the package that they come
///   with, they are worth the whole. What was consumed beyond that was not paid for: it was consumed ahead, and counts as
///   credits of the new period.
/// - What a package gives without a price in advance is a gift. A gift that was consumed ahead counts against gifts alone:
///   who buys gets all that was bought. It is not given again until its time is over.
/// - So beginning anew again and again gives no credits twice, whatever was consumed in between.
extension RecurringCredits {
    /// How a period that is cut off is reckoned.
    enum Reckoning {
        /// What was tried out need not be paid for.
        case endOfTrial
        /// It goes on under another id: all that was consumed of it counts.
        case goingOn
        /// `paidFor`: the packages of which the whole price of the old period is kept. `sold`: those that had one.
        case newPeriod(paidFor: Set<String>, sold: Set<String>)
    }

    /// Stands in for the type of source in the keys of what was consumed ahead.
    private static let aheadMark = "CONSUMED_AHEAD"
    /// And this for the package, of gifts.
    private static let giftMark = "GIFT"

    /// Of what and whence credits are; periods differ in what follows.
    private struct Kind: Hashable {
        var currencyID: String
        var isBought: Bool
        var isGift: Bool
    }

    /// `record` has taken the place of `old` and is stored.
    static func cutOff(
        _ old: SubscriptionRecord, for record: inout SubscriptionRecord, by reckoning: Reckoning, in scope: CallScope
    ) throws {
        let totals = try granted(to: old, in: scope)
        var changed = record.creditsGranted.filter { !isAhead($0.key) }
        let id = record.id
        let (anchored, now) = (record, scope.now)
        let given = try sources(of: record, scope.catalog())
        let ahead = try ahead(of: old, totals, by: reckoning, in: scope) { pool, window in
            let new = period(of: pool.cadence, anchored).window(containing: now)
            guard id == old.id, new.start == window.start else { return true }
            // It began at this very instant: it goes on, unless something leaves that gave credits.
            let prefix = prefix(pool, old)
            let keys = Set(given.map { key($0, anchored, new) })
            let own = standing(totals).filter { $0.key.hasPrefix(prefix) && !isAhead($0.key) && $0.value > .zero }
            if case .newPeriod = reckoning, new.end == window.end, own.allSatisfy({ keys.contains($0.key) }) {
                changed.merge(totals.filter { isAhead($0.key) && $0.key.hasPrefix(prefix) }) { $1 }
                return false
            }
            // Else what it gave has the keys of what follows, and is told apart by what it came to.
            for (key, _) in own { changed[key + cutOffMark] = totals[key] }
            return true
        }
        try note(ahead, beside: changed, of: &record, in: scope)
    }

    /// `old` is over, and `record` is what is left of it. What its entitlements granted ends, and what was paid for stays
    /// until its period's end, unless that `isCredited`: then it ends too. What was consumed ahead is noted for who comes
    /// back.
    static func ended(
        _ old: SubscriptionRecord, as record: inout SubscriptionRecord, by reckoning: Reckoning, isCredited: Bool,
        in scope: CallScope
    ) throws {
        let totals = try granted(to: old, in: scope)
        let ahead = try ahead(of: old, totals, by: reckoning, in: scope) { pool, _ in isCredited || !pool.isBought }
        try subscriptionChanged(record, in: scope)
        if case .endOfTrial = reckoning { return }
        try note(ahead, beside: record.creditsGranted.filter { !isAhead($0.key) }, of: &record, in: scope)
    }

    /// `record` has begun, or begins a new period. What was consumed ahead of a subscription of the same product and resource
    /// that is over counts: of gifts less the part of the time that is over since, and of what was sold, whose money was
    /// given back, all of it, where credits are sold again within a year.
    static func takeOver(for record: inout SubscriptionRecord, in scope: CallScope) throws {
        var ahead: [Kind: Amount] = [:]
        var sold: Set<Kind>?
        for var former in try scope.subscriptions.all(of: record.customerID, product: record.productID)
        where former.id != record.id && former.status.isOver && former.resourceID.isSame(as: record.resourceID) {
            let before = former.creditsGranted
            let marks = before.filter { isAhead($0.key) }
            guard !marks.isEmpty, let end = former.endDate else { continue }
            let now = try sold ?? kinds(soldBy: record, in: scope)
            sold = now
            for (pool, window) in running(former, marks, at: end) {
                let prefix = prefix(pool, former)
                for (key, amount) in marks where key.hasPrefix(prefix) {
                    let kind = Kind(currencyID: pool.currencyID, isBought: pool.isBought, isGift: isGift(key))
                    guard kind.isGift else {
                        guard now.contains(kind) else { continue }
                        former.creditsGranted[key] = nil
                        if scope.now < end.adding(months: owedMonths) { ahead[kind, default: .zero] += amount }
                        continue
                    }
                    former.creditsGranted[key] = nil
                    guard window.end > scope.now else { continue }
                    let left = amount.scaled(
                        by: Int128(window.end.microseconds - scope.now.microseconds),
                        over: Int128(window.end.microseconds - end.microseconds))
                    ahead[kind, default: .zero] += left ?? amount
                }
            }
            if former.creditsGranted != before { try scope.subscriptions.update(former) }
        }
        guard !ahead.isEmpty else { return }
        try note(ahead, beside: record.creditsGranted, of: &record, in: scope)
    }

    /// For how long it is known of credits that their money was given back.
    private static let owedMonths: Int64 = 12

    /// Of what the subscription sells.
    private static func kinds(soldBy record: SubscriptionRecord, in scope: CallScope) throws -> Set<Kind> {
        var kinds: Set<Kind> = []
        for source in sources(of: record, try scope.catalog()) {
            let isBought = source.type == .price
            if try isBought || !isGift(source, of: record, in: scope) {
                kinds.insert(Kind(currencyID: source.currencyID, isBought: isBought, isGift: false))
            }
        }
        return kinds
    }

    /// Closes the periods of `old` that run, where they are chosen, and answers what was consumed ahead of them.
    private static func ahead(
        of old: SubscriptionRecord, _ totals: TextMap<Amount>, by reckoning: Reckoning, in scope: CallScope,
        where isClosed: (Pool, CalendarPeriod.Window) -> Bool
    ) throws -> [Kind: Amount] {
        let catalog = try scope.catalog()
        var ahead: [Kind: Amount] = [:]
        for (pool, window) in running(old, totals, at: scope.now) where isClosed(pool, window) {
            let closed = try close(pool, totals, of: old, in: scope)
            let left = closed.ahead(by: reckoning, before: held(of: old, pool, catalog, window), window, at: scope.now)
            for (isGift, amount) in [(false, left.owed), (true, left.gifts)] where amount > .zero {
                let kind = Kind(currencyID: pool.currencyID, isBought: pool.isBought, isGift: isGift)
                ahead[kind, default: .zero] += amount
            }
        }
        return ahead
    }

    /// Keeps what was consumed ahead with the subscription.
    private static func note(
        _ ahead: [Kind: Amount], beside others: TextMap<Amount>, of record: inout SubscriptionRecord,
        in scope: CallScope
    ) throws {
        let begun = Set(pools(of: record, try scope.catalog(), at: scope.now).keys)
        let changed = others.merging(keys(of: ahead, record, begun, at: scope.now), uniquingKeysWith: +)
        guard changed != record.creditsGranted else { return }
        record.creditsGranted = changed
        try scope.subscriptions.update(record)
    }

    /// What was granted and used in a period that was closed, by the package that it came with; and what had been consumed
    /// ahead of it.
    private struct Closed {
        var given: TextMap<Amount> = [:]
        var used: TextMap<Amount> = [:]
        var owed = Amount.zero
        var gifts = Amount.zero

        /// What was consumed ahead by now. `before`: what each package gives in a period.
        func ahead(
            by reckoning: Reckoning, before: TextMap<Amount>, _ window: CalendarPeriod.Window, at now: Timestamp
        ) -> (owed: Amount, gifts: Amount) {
            let used = self.used.values.reduce(Amount.zero, +)
            guard case .newPeriod(let paidFor, let sold) = reckoning else {
                guard case .goingOn = reckoning else { return (owed, gifts) }
                return (owed + used, gifts)
            }
            func part(_ amount: Amount) -> Amount {
                amount.scaled(
                    by: Int128(now.microseconds - window.start.microseconds),
                    over: Int128(window.end.microseconds - window.start.microseconds), rounding: .up) ?? amount
            }
            // What each package is worth: what it gave, and what it gives that had been consumed ahead.
            var missing = max(
                before.values.reduce(Amount.zero, +) - given.values.reduce(Amount.zero, +), .zero)
            var (earned, timed, timedGifts, giftsLeft) = (Amount.zero, Amount.zero, Amount.zero, gifts)
            let all = given.merging(before.mapValues { _ in Amount.zero }, uniquingKeysWith: { own, _ in own })
            for (package, own) in all.sorted(by: { ByteText($0.key) < ByteText($1.key) }) {
                let more = min(missing, max((before[package] ?? .zero) - own, .zero))
                missing -= more
                guard !sold.contains(package) else {
                    if paidFor.contains(package) { earned += own + more } else { timed += own + more }
                    continue
                }
                let gift = min(more, giftsLeft)
                giftsLeft -= gift
                timedGifts += own + gift
                timed += more - gift
            }
            earned += part(timed)
            let earnedGifts = max(part(timedGifts), part(gifts))
            let usedGifts = self.used.filter { !sold.contains($0.key) }.values.reduce(Amount.zero, +)
            return (
                max(owed + used - usedGifts - earned, .zero), max(gifts + usedGifts - earnedGifts, .zero)
            )
        }
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

    /// Ends what is left of the grants of a period, and answers what was used of them: consumed, held, or gone along to a
    /// former owner.
    private static func close(
        _ pool: Pool, _ totals: TextMap<Amount>, of record: SubscriptionRecord, in scope: CallScope
    ) throws -> Closed {
        let prefix = prefix(pool, record)
        var closed = Closed()
        for (key, total) in standing(totals) where key.hasPrefix(prefix) {
            if isAhead(key) {
                if isGift(key) { closed.gifts += total } else { closed.owed += total }
            } else {
                let package = package(of: key, after: prefix)
                closed.given[package, default: .zero] += total
                closed.used[package, default: .zero] += total
            }
        }
        for grant in try grants(of: record, in: scope) {
            guard let source = grant.source, source.hasPrefix(prefix), let (key, total) = total(of: source),
                total > totals[key + cutOffMark] ?? .zero
            else { continue }
            let isLive = grant.status == .active || grant.status == .scheduled
            let ended =
                try isLive
                ? Wallets(scope).change(grant.id) { book, grant in try book.end(&grant, as: .expired) } : grant
            closed.used[package(of: key, after: prefix), default: .zero] += ended.consumed + ended.held - ended.amount
        }
        closed.used = closed.used.mapValues { max($0, .zero) }
        return closed
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
            keys["\(scope(pool, record))\(kind.currencyID)/\(aheadMark)/\(kind.isGift ? giftMark : "")/"] = amount
        }
        return keys
    }

    /// Ends the keys of what was given before a period was cut off at the instant at which it began: ids have none.
    private static let cutOffMark = "#CUT_OFF"

    /// What was granted, without what such a cut ended.
    static func standing(_ totals: TextMap<Amount>) -> TextMap<Amount> {
        var standing = totals
        for (key, total) in totals where key.hasSuffix(cutOffMark) {
            standing[key] = nil
            standing[String(key.dropLast(cutOffMark.count)), default: .zero] -= total
        }
        return standing
    }

    static func isAhead(_ key: String) -> Bool { key.hasSuffix("/\(aheadMark)//") || isGift(key) }

    /// Whether it is what gifts were consumed ahead.
    static func isGift(_ key: String) -> Bool { key.hasSuffix("/\(aheadMark)/\(giftMark)/") }

    /// Whether the subscription pays nothing in advance for the package. What cannot be priced any more is not paid for.
    static func isGift(_ source: Source, of record: SubscriptionRecord, in scope: CallScope) throws -> Bool {
        let selection = PackageSelection(catalog: try scope.catalog(), operation: .updateSubscription)
        do {
            return try !selection.prices(of: record).packagesInAdvance.contains(source.packageID)
        } catch let error as OperationError where !error.isStoreFailure {
            return true
        }
    }

    private static func prefix(_ pool: Pool, _ record: SubscriptionRecord) -> String {
        "\(scope(pool, record))\(pool.currencyID)/"
    }

    /// The package of a key, which ends with it after the type of source.
    private static func package(of key: String, after prefix: String) -> String {
        String(key.dropFirst(prefix.count).drop { $0 != "/" }.dropFirst().dropLast())
    }

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

    /// What each package of the subscription gives in a period.
    private static func held(
        of record: SubscriptionRecord, _ pool: Pool, _ catalog: CatalogSnapshot, _ window: CalendarPeriod.Window
    ) -> TextMap<Amount> {
        var held: TextMap<Amount> = [:]
        for source in sources(of: record, catalog) where Pool(source, window) == pool {
            held[source.packageID, default: .zero] += share(source, window)
        }
        return held
    }
}
