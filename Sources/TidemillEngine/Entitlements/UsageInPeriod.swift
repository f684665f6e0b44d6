import TidemillCore
import TidemillOperations
import TidemillStore

/// How much of a counted feature was used in a period, in the feature's large units.
///
/// - What only accumulates (INCREMENTAL) counts from zero in each period: from events of the period, or from the reports
///   in it, where a SET says what the period comes to so far.
/// - What goes up and down (FLUCTUATING) keeps its level: seats stay taken when a month begins. A reset period tells
///   when the level is looked at, and changes nothing about it.
enum UsageInPeriod {
    /// Nil where the feature is not counted. `resource` is nil for usage of the customer itself.
    static func current(
        _ customer: CustomerID, _ resource: String?, _ feature: Feature, _ window: UsageWindow,
        countedFrom: Timestamp? = nil, on connection: any SQLConnection
    ) throws -> Amount? {
        guard feature.isCounted else { return nil }
        let (from, until) = bounds(of: feature, window, countedFrom: countedFrom)
        let small =
            feature.meter == nil
            ? try CalculatedUsage(connection: connection).usage(
                of: UsageCounter(customerID: customer, featureID: feature.id, resourceID: resource), from, until)
            : try metered(customer, resource, feature, from, until, connection)
        return feature.inLargeUnits(small)
    }

    /// Since when and until when usage counts; open for a level.
    static func bounds(
        of feature: Feature, _ window: UsageWindow, countedFrom: Timestamp?
    ) -> (from: Timestamp?, until: Timestamp?) {
        if feature.meterType == .fluctuating { return (nil, nil) }
        return ([window.start, countedFrom].compactMap { $0 }.max(), window.end)
    }

    private static func metered(
        _ customer: CustomerID, _ resource: String?, _ feature: Feature, _ from: Timestamp?, _ until: Timestamp?,
        _ connection: any SQLConnection
    ) throws -> Amount {
        // Without a key no event was ever taken in.
        guard
            let key = try connection.first(
                "SELECT value FROM store_secrets WHERE name = 'identity'", [], { [UInt8]($0.blob(0)) })
        else { return .zero }
        let query = UsageQuery(
            feature: feature.id, customer: customer, resource: resource ?? "", from: from, to: until)
        return try UsageReader(identityKey: key).usage(query, on: connection)?.rows.first?.value ?? .zero
    }
}

extension Feature {
    /// Whether it has usage: a number that something moves.
    var isCounted: Bool { featureType == .number && meterType != .none }

    /// Of the units in which usage is reported, whole large ones: 0.02 GB are 1 GB rounded up, and none rounded down.
    func inLargeUnits(_ small: Amount) -> Amount {
        guard let unitTransformation else { return small }
        let step = Int128(unitTransformation.divide) * Amount.nanosPerUnit
        let (whole, rest) = small.nanos.quotientAndRemainder(dividingBy: step)
        let away: Int128 = rest == 0 ? 0 : rest < 0 ? -1 : 1
        return Amount(nanos: (whole + (unitTransformation.round == .up ? away : 0)) * Amount.nanosPerUnit)
    }
}
