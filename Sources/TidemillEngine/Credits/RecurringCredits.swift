import TidemillCore
import TidemillOperations
import TidemillStore

/// Credits that subscriptions grant, period by period: from the credit entitlements of plans and add-ons, and from prices
/// by which credits are bought.
///
/// - Each grant is of type RECURRING, begins with its period and expires with it. Periods of a month or a year step from
///   the billing cycle's anchor, whatever the billing period: a yearly subscription gets its monthly credits monthly.
/// - Once a (subscription, entitlement, period): however often it is asked, and also when a person voided the grant.
/// - An upgrade inside a period grants the difference at once; a downgrade takes nothing away and counts from the next
///   period on. So changing back and forth gives no credits twice.
/// - When a subscription ends before its period, what an entitlement granted ends with it; what was paid for stays until
///   the end of the period, unless its unused time is given back (`ended`). When a change cuts a period off and begins a new one, all that it granted ends (`cutOff`).
/// - During a trial entitlements grant, until the trial's end at the latest; prices do not.
enum RecurringCredits {
    /// The subscription was provisioned, updated, migrated, moved, cancelled or has expired.
    static func subscriptionChanged(_ record: SubscriptionRecord, in scope: CallScope) throws {
        try sync(record, at: scope.now, in: scope)
    }

    /// A billing period or a trial of the subscription began.
    static func periodBegan(_ record: SubscriptionRecord, at instant: Timestamp, in scope: CallScope) throws {
        try sync(record, at: max(instant, scope.now), in: scope)
    }

    /// One thing that grants credits, each period the same.
    struct Source {
        var currencyID: String
        var amount: Amount
        var cadence: CreditCadence
        var type: GrantSource
        /// The package, for the key and the name.
        var packageID: String
        var displayName: String
        var hasSoftLimit = false
        var cost = Money(.zero, "usd")
        /// Into how many months a year's credits are spread; 1 for none.
        var spread: Int64 = 1
    }

    // MARK: What is granted

    /// The credit entitlements of a subscription. Of a plan chain the nearest plan that says something about a currency
    /// holds; the subscription's own replaces it; add-ons add to it, times their quantity, or replace it (stigg.md
    /// B.6).
    static func entitlements(of record: SubscriptionRecord, _ catalog: CatalogSnapshot) -> [Source] {
        var sources: [Source] = []
        var settled: Set<String> = []
        for case .credit(let own) in record.entitlements where settled.insert(own.id).inserted {
            sources.append(
                Source(
                    currencyID: own.id, amount: own.amount, cadence: own.cadence, type: .planEntitlement,
                    packageID: record.planID, displayName: own.id, hasSoftLimit: own.hasSoftLimit ?? false))
        }
        let chain = catalog.chain(of: record)
        for package in chain {
            for case .credit(let entitlement) in package.entitlements where settled.insert(entitlement.id).inserted {
                if let source = source(entitlement, package, quantity: 1, record, chain) { sources.append(source) }
            }
        }
        for addon in record.addons {
            guard let package = catalog.addon(addon.id, version: addon.version) else { continue }
            for case .credit(let entitlement) in package.entitlements {
                if entitlement.behavior == .override {
                    sources.removeAll { $0.currencyID == entitlement.id && $0.type == .planEntitlement }
                }
                if let source = source(entitlement, package, quantity: addon.quantity, record, chain) {
                    sources.append(source)
                }
            }
        }
        return sources
    }

    private static func source(
        _ entitlement: CreditEntitlement, _ package: PackageVersion, quantity: Int64, _ record: SubscriptionRecord,
        _ chain: [PackageVersion]
    ) -> Source? {
        guard entitlement.isGranted, let amount = entitlement.amount, let cadence = entitlement.cadence else {
            return nil
        }
        var units = Amount(quantity)
        if let feature = entitlement.dependencyFeatureID {
            // Credits by seat: the quantity that is bought, else the limit that is included.
            let limit = chain.lazy.compactMap { $0.entitlement(to: feature)?.usageLimit }.first
            units = (record.quantities[feature] ?? limit ?? .zero).times(quantity) ?? .zero
        }
        guard let total = amount.times(units), total.isWithinBound else { return nil }
        return Source(
            currencyID: entitlement.id, amount: total, cadence: cadence,
            type: package.kind == .plan ? .planEntitlement : .addonEntitlement, packageID: package.id,
            displayName: entitlement.displayNameOverride ?? package.displayName,
            hasSoftLimit: entitlement.hasSoftLimit ?? false)
    }

    /// Credits that are bought by the period: the quantity of the subscription, else the block of the price. Those of a
    /// year that are granted monthly come in twelve parts, which add up.
    static func purchases(of record: SubscriptionRecord, _ catalog: CatalogSnapshot) -> [Source] {
        CreditCharges.packages(of: record, catalog).flatMap { package in
            let sold = package.charges.filter { charge in
                charge.billingModel == .creditBased && charge.creditRate == nil && charge.featureID == nil
                    && charge.billingCadence == .recurring
                    && (charge.moneyCurrency == nil || record.currency == nil
                        || charge.moneyCurrency == record.currency)
                    && (record.billingPeriod == nil || charge.billingPeriod == record.billingPeriod)
            }
            return Set(sold.compactMap(\.boughtCurrencyID)).sorted().compactMap { currency -> Source? in
                guard
                    let charge = CreditCharges.best(sold.filter { $0.boughtCurrencyID == currency }, for: record)
                else { return nil }
                // Without a cadence the price is for topping up: then only what the subscription names is bought.
                let included = charge.creditGrantCadence == nil ? nil : charge.blockSize ?? charge.minUnitQuantity
                let quantity = record.creditQuantities[currency] ?? included ?? .zero
                let override = record.priceOverrides.first { $0.creditCurrencyID == currency }
                let cadence = override?.creditGrantCadence ?? charge.creditGrantCadence ?? .beginningOfBillingPeriod
                let isYearly = charge.billingPeriod == .annually
                return Source(
                    currencyID: currency, amount: quantity,
                    cadence: isYearly && cadence == .beginningOfBillingPeriod ? .year : .month, type: .price,
                    packageID: package.id, displayName: package.displayName,
                    cost: Money(
                        override?.amount ?? charge.price?.amount ?? .zero,
                        charge.price?.currency ?? record.currency ?? "usd"),
                    spread: isYearly && cadence == .monthly ? 12 : 1)
            }
        }
    }

    /// All that grants something now.
    static func sources(of record: SubscriptionRecord, _ catalog: CatalogSnapshot) -> [Source] {
        let bought = record.status == .inTrial ? [] : purchases(of: record, catalog)
        return (entitlements(of: record, catalog) + bought).filter { $0.amount > .zero }
    }

    // MARK: Granting

    /// Grants what is missing of the periods that hold the instant. Returns the grants that it made.
    @discardableResult
    private static func sync(
        _ record: SubscriptionRecord, at instant: Timestamp, in scope: CallScope
    ) throws -> [GrantRecord] {
        guard record.status.isLive else {
            if record.status.isOver { try end(record, in: scope) }
            return []
        }
        // What ends at this very instant gets nothing more.
        if let end = record.effectiveEndDate, end <= instant { return [] }
        let catalog = try scope.catalog()
        let isTrial = record.status == .inTrial
        let wanted = sources(of: record, catalog)
        var offsets: [Pool: Amount] = [:]
        var gifts: [Pool: Amount] = [:]
        let granted = wanted.isEmpty ? [:] : try granted(to: record, in: scope)
        let made = standing(granted)
        var new: [GrantRecord] = []
        for source in wanted {
            guard let currency = try scope.currencies.find(source.currencyID), currency.archivedAt == nil else {
                continue
            }
            let window = period(of: source.cadence, record).window(containing: instant)
            let prefix = key(source, record, window)
            let pool = Pool(source, window)
            if offsets[pool] == nil {
                // Credits of this period from what the subscription no longer has: an upgrade grants the difference.
                let present = wanted.map { key($0, record, window) }
                let ofCurrency = Self.scope(pool, record) + source.currencyID + "/"
                let others = made.filter { $0.key.hasPrefix(ofCurrency) && !present.contains($0.key) }
                offsets[pool] = others.reduce(.zero) { isGift($1.key) ? $0 : $0 + $1.value }
                gifts[pool] = others.reduce(.zero) { isGift($1.key) ? $0 + $1.value : $0 }
            }
            let already = made[prefix] ?? .zero
            var missing = share(source, window) - already
            if let consumed = gifts[pool], consumed > .zero, try isGift(source, of: record, in: scope) {
                let gift = min(max(missing, .zero), consumed)
                missing -= gift
                gifts[pool] = consumed - gift
            }
            let offset = min(max(missing, .zero), offsets[pool] ?? .zero)
            missing -= offset
            offsets[pool] = (offsets[pool] ?? .zero) - offset
            guard missing > .zero else { continue }
            let expireAt = isTrial ? min(window.end, record.trialEndDate ?? window.end) : window.end
            guard expireAt > scope.now, expireAt > window.start else { continue }
            new.append(
                try Wallets(scope).grant(
                    Wallets.Draft(
                        type: .recurring, amount: missing, displayName: source.displayName, cost: source.cost,
                        effectiveAt: window.start, expireAt: expireAt, sourceType: source.type,
                        source: "\(prefix)\((granted[prefix] ?? .zero) + missing)", subscriptionID: record.id),
                    to: Wallet(
                        customerID: record.customerID, currencyID: source.currencyID, resourceID: record.resourceID)))
        }
        try scope.schedule(.wallet, of: record.customerID)
        return new
    }

    /// Grants that may stand in for each other: of one currency, period and kind.
    struct Pool: Hashable {
        var currencyID: String
        var start: Timestamp
        var cadence: CreditCadence
        var isBought: Bool

        init(currencyID: String, start: Timestamp, cadence: CreditCadence, isBought: Bool) {
            self.currencyID = currencyID
            self.start = start
            self.cadence = cadence
            self.isBought = isBought
        }

        init(_ source: Source, _ window: CalendarPeriod.Window) {
            self.init(
                currencyID: source.currencyID, start: window.start, cadence: source.cadence,
                isBought: source.type == .price)
        }
    }

    static func scope(_ pool: Pool, _ record: SubscriptionRecord) -> String {
        "\(record.id)/\(pool.isBought ? "price" : "entitlement")/\(pool.cadence.rawValue)/\(pool.start.microseconds)/"
    }

    /// Begins every grant's source key; what follows is the amount that the grants under it come to.
    static func key(
        _ source: Source, _ record: SubscriptionRecord, _ window: CalendarPeriod.Window
    ) -> String {
        "\(scope(Pool(source, window), record))\(source.currencyID)/\(source.type.rawValue)/\(source.packageID)/"
    }

    static func period(of cadence: CreditCadence, _ record: SubscriptionRecord) -> CalendarPeriod {
        CalendarPeriod(cadence == .year ? .year : .month, anchor: record.billingCycleAnchor)
    }

    /// This period's part of what is granted in several: the differences of the rounded running totals, so that a
    /// year's parts add up to the year.
    static func share(_ source: Source, _ window: CalendarPeriod.Window) -> Amount {
        guard source.spread > 1 else { return source.amount }
        let spread = Int128(source.spread)
        let index = Int128(window.index - window.index.flooredDivision(by: source.spread) * source.spread)
        let until = source.amount.scaled(by: index + 1, over: spread) ?? .zero
        return until - (source.amount.scaled(by: index, over: spread) ?? .zero)
    }

    /// What the subscription has been granted, by the beginning of the source keys. A key ends with what the grants under
    /// it come to, so the highest says all: also where a part has moved, or a former owner had it.
    static func granted(to record: SubscriptionRecord, in scope: CallScope) throws -> TextMap<Amount> {
        var totals = record.creditsGranted
        for grant in try grants(of: record, in: scope) {
            guard let (prefix, total) = grant.source.flatMap(RecurringCredits.total) else { continue }
            totals[prefix] = max(totals[prefix] ?? .zero, total)
        }
        return totals
    }

    /// The grants that were made for the subscription, whatever became of them.
    static func grants(of record: SubscriptionRecord, in scope: CallScope) throws -> [GrantRecord] {
        // Two years back: longer than any period.
        try GrantTable(connection: scope.connection).rows(
            """
            bucket = $1 AND customer_id = $2 AND subscription_id = $3 AND source IS NOT NULL AND effective_at >= $4
            """,
            [
                .integer(Bucket(record.customerID).number), .text(record.customerID.text), .text(record.id),
                .integer(scope.now.adding(months: -24).microseconds),
            ])
    }

    /// The same for a new owner, who has no such grants: of periods that may still be running.
    static func handedOver(by record: SubscriptionRecord, in scope: CallScope) throws -> TextMap<Amount> {
        let oldest = scope.now.adding(months: -12).microseconds
        return try granted(to: record, in: scope).filter { prefix, _ in
            // The beginning of the period is the fourth part: `scope(_:_:)`.
            let parts = prefix.split(separator: "/")
            return parts.count > 3 && Int64(parts[3]).map { $0 >= oldest } ?? false
        }
    }

    /// Takes a source key apart: what it begins with, and what the grants under that come to.
    static func total(of source: String) -> (prefix: String, total: Amount)? {
        // What follows the mark says how often the grant moved.
        let key = source.prefix { $0 != movedMark }
        guard let slash = key.lastIndex(of: "/"), let total = Amount(String(key[key.index(after: slash)...])) else {
            return nil
        }
        return (String(key[...slash]), total)
    }

    /// Ends a source key of credits that moved: ids and numbers have none.
    static let movedMark: Character = "#"

    /// The subscription is over: what its entitlements granted ends now.
    private static func end(_ record: SubscriptionRecord, in scope: CallScope) throws {
        let wallets = Wallets(scope)
        for grant in try GrantTable(connection: scope.connection).live(
            ofSubscription: record.id, of: record.customerID)
        where grant.details.sourceType != .price {
            try wallets.change(grant.id) { book, grant in try book.end(&grant, as: .expired) }
        }
    }

    // MARK: Time

    /// Grants what begins at this instant, for subscriptions of which nothing else changes at it: those change by
    /// themselves first, and call `periodBegan`.
    static func advance(_ customer: CustomerID, to instant: Timestamp, in scope: CallScope) throws {
        for record in try scope.subscriptions.live(of: customer) {
            if let change = record.nextChange, change <= instant { continue }
            let grants = try sync(record, at: instant, in: scope)
            guard !grants.isEmpty else { continue }
            try scope.audit(
                .recurringCreditsGranted, customer,
                ["id": .string(record.id), "grants": .array(grants.map { .string($0.id) })])
        }
    }

    /// When the next period of some recurring grant begins.
    static func nextDue(of customer: CustomerID, in scope: CallScope) throws -> Timestamp? {
        let live = try scope.subscriptions.live(of: customer)
        guard !live.isEmpty else { return nil }
        let catalog = try scope.catalog()
        return live.flatMap { record in
            (entitlements(of: record, catalog) + purchases(of: record, catalog)).map {
                period(of: $0.cadence, record).window(containing: scope.now).end
            }
        }.min()
    }
}

extension Charge {
    /// The credit currency that the price buys.
    fileprivate var boughtCurrencyID: String? { topUpCustomCurrencyID ?? currencyID }
}
