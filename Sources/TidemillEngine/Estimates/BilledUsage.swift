import TidemillCore
import TidemillOperations
import TidemillPricing
import TidemillStore

/// How much of a feature is billed for a period, in the small units that are reported: billing rounds large units by a
/// rule of its own (notes E.24). All usage of the period counts, also that from before a reset within it.
struct BilledUsage {
    let connection: any SQLConnection

    func amount(
        of feature: Feature, _ customer: CustomerID, _ resource: String?, in range: BillingRange
    ) throws -> Amount {
        guard feature.featureType == .number else { return .zero }
        // What goes up and down has a level, which a new period does not change.
        let from = feature.meterType == .fluctuating ? nil : range.start
        guard feature.meter == nil else {
            let query = UsageQuery(
                feature: feature.id, customer: customer, resource: resource ?? "", from: from, to: range.end)
            return try UsageReader.forStore(on: connection).usage(query, on: connection)?.rows.first?.value ?? .zero
        }
        let counter = UsageCounter(customerID: customer, featureID: feature.id, resourceID: resource)
        let usage = CalculatedUsage(connection: connection)
        guard let from else { return try usage.level(of: counter, before: range.end) ?? .zero }
        return try usage.reported(of: counter, from, range.end)
    }
}

extension CalculatedUsage {
    /// What was reported in a range, counted from zero: a SET says what it comes to so far.
    fileprivate func reported(of counter: UsageCounter, _ from: Timestamp, _ until: Timestamp) throws -> Amount {
        var level = Amount.zero
        try connection.query(
            """
            SELECT behavior, value_units, value_nanos FROM usage_reports
             WHERE \(Self.isCounted) AND at >= $5 AND at < $6 ORDER BY at, sequence
            """, key(counter) + [.integer(from.microseconds), .integer(until.microseconds)]
        ) { row in
            let value = row.amount(1)
            level = row.text(0) == "SET" ? value : level + value
        }
        return level
    }
}

/// What a subscription includes of a feature before overage begins (notes B.6): its own word, else the plan's, with the
/// add-ons'.
struct IncludedUsage {
    let record: SubscriptionRecord
    let catalog: CatalogSnapshot

    /// Nil for no limit; zero where nothing is included.
    func limit(of feature: FeatureID) -> Amount? {
        for case .feature(let own) in record.entitlements where own.id == feature {
            return own.hasUnlimitedUsage == true ? nil : own.usageLimit ?? .zero
        }
        let plan = catalog.chain(of: record).lazy.compactMap { $0.entitlement(to: feature) }.first
        guard plan?.hasUnlimitedUsage != true else { return nil }
        var limit = plan?.isGranted == false ? .zero : plan?.usageLimit ?? .zero
        var override: Amount?
        for addon in record.addons {
            guard let own = catalog.addon(addon.id, version: addon.version)?.entitlement(to: feature) else { continue }
            if own.hasUnlimitedUsage == true { return nil }
            let given = (own.usageLimit ?? .zero).times(addon.quantity) ?? .bound
            switch own.behavior {
            case .increment: limit += given
            case .override: override = max(override ?? .zero, given)
            }
        }
        return override ?? limit
    }
}
