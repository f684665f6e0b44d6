/// By which price a charge is reckoned until its period ends: that of the list when the period began, or when the charge
/// came into it, and the subscription's own while it has one. What becomes of the catalog meanwhile makes no difference.
public struct PeriodPrice: Sendable, Hashable {
    /// The one that rules.
    public let scheme: PriceScheme
    /// Whether that is the subscription's own.
    public let isOverridden: Bool
    /// The list's that is to rule again, where the subscription has its own. Nil where the list has none, and where an
    /// older Tidemill did not keep it.
    public let listed: PriceScheme?

    public init(_ scheme: PriceScheme, isOverridden: Bool = false, listed: PriceScheme? = nil) {
        self.scheme = scheme
        self.isOverridden = isOverridden
        self.listed = isOverridden ? listed : nil
    }

    /// Whether neither it nor what stands under it costs anything.
    var isFree: Bool { scheme.isFree && listed?.isFree ?? true }

    private var own: PriceScheme? { isOverridden ? scheme : nil }
    private var list: PriceScheme? { isOverridden ? listed : scheme }

    /// Whether a change from one to the other gives the charge another price itself: as an own price that comes or goes
    /// does, another country, or a version by order. A version that was published for all is on both sides of it.
    func differs(from other: PeriodPrice) -> Bool { own != other.own || list != other.list }

    /// What rules after a change from `held` to `wanted`. Where `held` is nil, the charge comes back.
    func ruled(by wanted: PeriodPrice, from held: PeriodPrice?) -> PeriodPrice {
        let list = held.map { $0.list != wanted.list } ?? false ? wanted.list : self.list
        guard !wanted.isOverridden else { return PeriodPrice(wanted.scheme, isOverridden: true, listed: list) }
        return PeriodPrice(list ?? wanted.scheme)
    }
}
