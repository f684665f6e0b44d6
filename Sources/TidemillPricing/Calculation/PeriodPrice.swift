/// By which price a charge is reckoned until its period ends: that of the list when the period began, or when the charge
/// came into it, and the subscription's own while it has one. What becomes of the catalog meanwhile makes no difference;
/// who moves to another country pays what the list of that time says there.
public struct PeriodPrice: Sendable, Hashable {
    /// The one that rules.
    public let scheme: PriceScheme
    /// Whether that is the subscription's own.
    public let isOverridden: Bool
    /// The list's that is to rule again, where the subscription has its own. Nil where the list has none, and where an
    /// older Tidemill did not keep it.
    public let listed: PriceScheme?
    /// The list's in the same currency by the countries that it is for, in small letters, "" for all others; empty where all
    /// pay the same. Nil where an older Tidemill did not keep it.
    public let countries: [String: PriceScheme]?

    public init(
        _ scheme: PriceScheme, isOverridden: Bool = false, listed: PriceScheme? = nil,
        countries: [String: PriceScheme]? = [:]
    ) {
        self.scheme = scheme
        self.isOverridden = isOverridden
        self.listed = isOverridden ? listed : nil
        self.countries = countries
    }

    /// Whether neither it nor what stands under it costs anything.
    var isFree: Bool { scheme.isFree && listed?.isFree ?? true }

    private var own: PriceScheme? { isOverridden ? scheme : nil }
    private var list: PriceScheme? { isOverridden ? listed : scheme }

    /// All that the list says: of who moves to another country it is the same list.
    private var listing: [String: PriceScheme] {
        if let countries, !countries.isEmpty { return countries }
        return list.map { ["": $0] } ?? [:]
    }

    /// Whether a change from one to the other gives the charge another price itself: as an own price that comes or goes
    /// does, another country, or a version by order. A version that was published for all is on both sides of it.
    func differs(from other: PeriodPrice, isMoved: Bool) -> Bool {
        isMoved || own != other.own || listing != other.listing
    }

    /// What the same list says in a country.
    private func onList(in country: String?) -> PriceScheme? {
        guard let countries, !countries.isEmpty else { return list }
        return Country.keys(of: country).lazy.compactMap { countries[$0 ?? ""] }.first
    }

    /// What rules after a change from `held` to `wanted`. Where `held` is nil, the charge comes back.
    /// - Parameters:
    ///   - country: of `wanted`.
    ///   - isMoved: whether that of `held` was another one.
    func ruled(by wanted: PeriodPrice, from held: PeriodPrice?, in country: String?, isMoved: Bool) -> PeriodPrice {
        // What an older Tidemill kept is the price of the country where it was.
        let isKnown = countries != nil
        let isOther = held.map { isKnown ? $0.listing != wanted.listing : $0.list != wanted.list } ?? false
        let list = isOther ? wanted.list : onList(in: country)
        let ruling = isOther ? wanted.countries : countries
        guard !wanted.isOverridden else {
            return PeriodPrice(wanted.scheme, isOverridden: true, listed: list, countries: ruling)
        }
        return PeriodPrice(list ?? wanted.scheme, countries: ruling)
    }
}
