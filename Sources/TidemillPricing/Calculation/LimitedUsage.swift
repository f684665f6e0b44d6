public import TidemillCore
public import TidemillOperations

/// Usage within one reset period, which is held against what is included in that period: the running total before what
/// is billed now, and with it.
public struct LimitedUsage: Sendable, Hashable {
    public var before: Amount
    public var through: Amount

    public init(before: Amount = .zero, through: Amount) {
        self.before = before
        self.through = through
    }
}

extension [LimitedUsage] {
    /// The large units that are billed of it: in each reset period what goes beyond the limit, without what went beyond
    /// it before. So parts of a reset period that are billed one by one come to what the whole would.
    public func units(beyond limit: Amount, _ transformation: UnitTransformation?) -> Amount {
        func beyond(_ usage: Amount) -> Amount {
            Swift.max(ChargePricer.billedUnits(of: usage, transformation) - limit, .zero)
        }
        return reduce(.zero) { $0 + Swift.max(beyond($1.through) - beyond($1.before), .zero) }
    }
}
