public import TidemillCore

/// What charged something in advance, so that it can be waived later.
///
/// Waived counts as not charged. A change may give time back beside what it charges, as another plan does: that was paid
/// before, and goes on paying for what takes its place. So of a change from 30 to 50 whose invoice of 20 is waived, 30 of
/// the 50 count as charged.
public struct ChargeSource: Sendable, Hashable {
    public struct Share: Sendable, Hashable {
        public let part: Amount
        public let whole: Amount

        public init(part: Amount, whole: Amount) {
            self.part = part
            self.whole = whole
        }
    }

    /// Tells the charges of a subscription apart: when it was made, in microseconds, or the next number that is free.
    public let charge: Int64
    /// What of it was paid by what was given back with it; nil for nothing.
    public let kept: Share?
    public var isWaived: Bool

    public init(_ charge: Int64, kept: Share? = nil, isWaived: Bool = false) {
        self.charge = charge
        self.kept = kept
        self.isWaived = isWaived
    }

    /// As lines name it.
    public static func origin(_ charge: Int64) -> String { "charge-\(charge)" }

    /// The charge that a line names.
    public static func charge(_ origin: String?) -> Int64? {
        guard let origin, origin.hasPrefix("charge-") else { return nil }
        return Int64(origin.dropFirst("charge-".count))
    }
}

/// What a line of unused time gives back.
struct UnusedTime: Sendable, Hashable {
    let whole: ExactAmount
    let sources: [Int64: ExactAmount]
}
