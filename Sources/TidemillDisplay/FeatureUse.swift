public import TidemillCore
public import TidemillOperations

/// How a feature's usage stands against its limit, for people.
public struct FeatureUse {
    private static let barWidth = 20

    private let access: FeatureAccess
    private let now: Timestamp
    public let name: String

    /// Nil for what names no feature.
    public init?(_ access: FeatureAccess, at now: Timestamp) {
        guard let feature = access.feature else { return nil }
        self.access = access
        self.now = now
        name = feature.displayName
    }

    public var usedText: String {
        guard let used = access.currentUsage else { return access.isGranted ? "on" : "off" }
        return Figures.grouped(used.description)
    }

    public var limitText: String {
        if access.hasUnlimitedUsage == true { return "unlimited" }
        return access.usageLimit.map { Figures.grouped($0.description) } ?? ""
    }

    /// Of a hundred, rounded down: only full is 100.
    public var percent: Int64? {
        guard let used = access.currentUsage, let limit = access.usageLimit, access.hasUnlimitedUsage != true,
            limit > .zero
        else { return nil }
        return used.times(100)?.divided(by: limit, rounding: .down)?.units
    }

    public func share(bar: Bool) -> String {
        guard let percent else { return "" }
        guard bar else { return "\(percent) %" }
        let filled = Int(min(max(percent, 0), 100)) * Self.barWidth / 100
        return String(repeating: "█", count: filled) + String(repeating: "░", count: Self.barWidth - filled)
            + " \(percent) %"
    }

    /// What the period comes to when usage goes on as it did: from a tenth of the period on.
    private var pace: Amount? {
        guard let used = access.currentUsage, let start = access.usagePeriodStart, let end = access.usagePeriodEnd
        else { return nil }
        return Self.pace(used, from: start, to: end, now: now)
    }

    public static func pace(_ used: Amount, from start: Timestamp, to end: Timestamp, now: Timestamp) -> Amount? {
        guard start < now, now < end else { return nil }
        let elapsed = now.microseconds - start.microseconds
        let whole = end.microseconds - start.microseconds
        guard elapsed >= whole / 10 else { return nil }
        return used.scaled(by: Int128(whole), over: Int128(elapsed))?.rounded(toDigits: used.isIntegral ? 0 : 2)
    }

    /// The pace, of a hundred of the limit.
    public var pacePercent: Int64? {
        guard let pace, let limit = access.usageLimit, access.hasUnlimitedUsage != true, limit > .zero else {
            return nil
        }
        return pace.times(100)?.divided(by: limit, rounding: .down)?.units
    }

    public var paceText: String { pace.map { Figures.grouped($0.description) } ?? "" }

    public var reachesLimit: Bool {
        guard let pace, let limit = access.usageLimit, access.hasUnlimitedUsage != true else { return false }
        return pace > limit
    }

    public var kind: String {
        if let reason = access.accessDeniedReason { return "refused: \(reason.rawValue)" }
        if let values = access.enumValues { return values.joined(separator: ", ") }
        guard access.currentUsage != nil else { return "granted" }
        return access.hasUnlimitedUsage == true ? "" : access.hasSoftLimit == true ? "soft" : "hard"
    }
}
