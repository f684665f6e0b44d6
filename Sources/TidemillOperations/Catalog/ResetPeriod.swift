/// How often usage begins anew. No period: never.
public enum ResetPeriod: String, WireEnum {
    case year = "YEAR"
    case month = "MONTH"
    case week = "WEEK"
    case day = "DAY"
    case hour = "HOUR"
}

/// What a reset period is counted from (stigg.md A.3, B.4). DAY and HOUR have none: they follow the clock.
public struct ResetConfiguration: Shaped, Hashable {
    public enum Anchor: String, WireEnum {
        case subscriptionStart = "SubscriptionStart"
        case startOfTheMonth = "StartOfTheMonth"
        case everySunday = "EverySunday"
        case everyMonday = "EveryMonday"
        case everyTuesday = "EveryTuesday"
        case everyWednesday = "EveryWednesday"
        case everyThursday = "EveryThursday"
        case everyFriday = "EveryFriday"
        case everySaturday = "EverySaturday"

        /// The anchors that a period can have.
        static func allowed(for period: ResetPeriod) -> [Anchor] {
            switch period {
            case .year: [.subscriptionStart]
            case .month: [.subscriptionStart, .startOfTheMonth]
            case .week:
                [
                    .subscriptionStart, .everySunday, .everyMonday, .everyTuesday, .everyWednesday, .everyThursday,
                    .everyFriday, .everySaturday,
                ]
            case .day, .hour: []
            }
        }
    }

    public var accordingTo: Anchor

    public init(accordingTo: Anchor) {
        self.accordingTo = accordingTo
    }

    public static let shape = Shape(
        required("accordingTo", \.accordingTo, .choice, "What the period is counted from."), make: Self.init)

    /// What holds for a period when nothing is said: a subscription's start; nothing for DAY and HOUR.
    public static func standard(for period: ResetPeriod?) -> ResetConfiguration? {
        switch period {
        case .year, .month, .week: ResetConfiguration(accordingTo: .subscriptionStart)
        case .day, .hour, nil: nil
        }
    }
}

extension FieldKind where Value == ResetConfiguration {
    /// The configuration of one period, with the anchors that it can have.
    public static func reset(_ period: ResetPeriod) -> FieldKind {
        let plain = FieldKind<ResetConfiguration>.object("\(period.rawValue.lowercased()) reset")
        let allowed = ResetConfiguration.Anchor.allowed(for: period)
        let expected = "one of \(allowed.map(\.rawValue).joined(separator: ", "))"
        return FieldKind(
            expected: plain.expected, type: plain.type, bounds: "accordingTo: \(expected)", fields: plain.fields,
            decode: { (payload, path) throws(InputProblem) in
                let value = try plain.decode(payload, path)
                guard allowed.contains(value.accordingTo) else {
                    throw .expected(expected, at: path.member("accordingTo"), got: "\"\(value.accordingTo.rawValue)\"")
                }
                return value
            },
            encode: plain.encode)
    }
}

/// The four fields by which inputs say when usage begins anew; three of them must be absent or null.
public struct ResetFields: Sendable, Hashable {
    public var period: ResetPeriod?
    public var yearly: ResetConfiguration?
    public var monthly: ResetConfiguration?
    public var weekly: ResetConfiguration?

    /// The configuration that goes with the period: the standard one where none is given.
    public var configuration: ResetConfiguration? {
        switch period {
        case .year: yearly ?? .standard(for: .year)
        case .month: monthly ?? .standard(for: .month)
        case .week: weekly ?? .standard(for: .week)
        case .day, .hour, nil: nil
        }
    }

    /// The name of a configuration that does not go with the period; nil when all is well.
    public var misplaced: String? {
        if yearly != nil, period != .year { return "yearlyResetPeriodConfiguration" }
        if monthly != nil, period != .month { return "monthlyResetPeriodConfiguration" }
        if weekly != nil, period != .week { return "weeklyResetPeriodConfiguration" }
        return nil
    }
}

/// An input with the four fields, so that each declares them in one line a field.
public protocol Resetting: Shaped {
    var resetPeriod: ResetPeriod? { get }
    var yearlyResetPeriodConfiguration: ResetConfiguration? { get }
    var monthlyResetPeriodConfiguration: ResetConfiguration? { get }
    var weeklyResetPeriodConfiguration: ResetConfiguration? { get }
}

extension Resetting {
    public var reset: ResetFields {
        ResetFields(
            period: resetPeriod, yearly: yearlyResetPeriodConfiguration, monthly: monthlyResetPeriodConfiguration,
            weekly: weeklyResetPeriodConfiguration)
    }

    static func resetPeriodField(_ get: @escaping @Sendable (Self) -> ResetPeriod?) -> Field<Self, ResetPeriod?> {
        optional("resetPeriod", get, .choice, "How often usage begins anew; never when left out.")
    }

    static func yearlyResetField(
        _ get: @escaping @Sendable (Self) -> ResetConfiguration?
    ) -> Field<Self, ResetConfiguration?> {
        optional("yearlyResetPeriodConfiguration", get, .reset(.year), "What a YEAR is counted from.")
    }

    static func monthlyResetField(
        _ get: @escaping @Sendable (Self) -> ResetConfiguration?
    ) -> Field<Self, ResetConfiguration?> {
        optional("monthlyResetPeriodConfiguration", get, .reset(.month), "What a MONTH is counted from.")
    }

    static func weeklyResetField(
        _ get: @escaping @Sendable (Self) -> ResetConfiguration?
    ) -> Field<Self, ResetConfiguration?> {
        optional("weeklyResetPeriodConfiguration", get, .reset(.week), "What a WEEK is counted from.")
    }
}
