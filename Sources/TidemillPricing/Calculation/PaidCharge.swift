public import TidemillCore
import TidemillOperations

/// One price of a subscription within the running period: the scheme by which it is charged until the period ends,
/// whatever becomes of the catalog, and what of it was charged when, and how.
public struct PaidCharge: Sendable, Hashable {
    /// How much of it is held.
    public struct Size: Sendable, Hashable {
        /// In each package; 1 for a base charge, the amount itself for a minimum spend.
        public let units: Amount
        /// How many of the add-on; 1 for the plan.
        public let packages: Int64

        public static let none = Size(units: .zero, packages: 0)

        public init(units: Amount, packages: Int64 = 1) {
            self.units = units
            self.packages = packages
        }
    }

    /// What one charge within the period added to those before it. Those that came last go first.
    public struct Layer: Sendable, Hashable {
        /// How much is held with it.
        public let size: Size
        public let terms: PaidTerms
        /// Whether it was charged at all: what came with a new version of the plan was not, nor what a change without
        /// prorations brought.
        public let isCharged: Bool
        /// What charged it; nil where that was not kept.
        public internal(set) var source: ChargeSource?

        public init(size: Size, terms: PaidTerms, isCharged: Bool = true, source: ChargeSource? = nil) {
            self.size = size
            self.terms = terms
            self.isCharged = isCharged
            self.source = source
        }

        /// Whether all of it counts as charged.
        var isPaid: Bool { isCharged && source?.isWaived != true }

        func with(_ size: Size) -> Layer { Layer(size: size, terms: terms, isCharged: isCharged, source: source) }
    }

    public let packageID: String
    /// Which of the package's charges it is; the same for all prices of one charge.
    public let key: String
    public let packageName: String
    public let featureName: String?
    public let featureID: String?
    public let isMinimumSpend: Bool
    /// The period's own.
    public private(set) var price: PeriodPrice
    /// Of a minimum spend: the plan's in this period, 0 for none, which is due while the subscription has none of its
    /// own. Nil where an older Tidemill did not keep it.
    public private(set) var listedMinimum: Amount?
    /// Whether an older Tidemill kept it, without the scheme: what is kept is a price for each unit.
    public let isWithoutScheme: Bool
    /// Empty where it left: what comes back within the period costs the same.
    public internal(set) var layers: [Layer]
    /// Whether unused time of it was given back in this period, also where it came back since.
    public internal(set) var isGivenBack: Bool
    /// Of a minimum spend whose plan left: what was charged of it, neither given back nor used up. It pays for usage when
    /// the plan comes back.
    public internal(set) var left: Amount

    public init(
        packageID: String, key: String, packageName: String, featureName: String?, featureID: String?,
        isMinimumSpend: Bool = false, price: PeriodPrice, listedMinimum: Amount? = nil,
        isWithoutScheme: Bool = false, layers: [Layer] = [], isGivenBack: Bool = false, left: Amount = .zero
    ) {
        self.price = price
        self.listedMinimum = listedMinimum
        self.left = left
        self.packageID = packageID
        self.key = key
        self.packageName = packageName
        self.featureName = featureName
        self.featureID = featureID
        self.isMinimumSpend = isMinimumSpend
        self.isWithoutScheme = isWithoutScheme
        self.layers = layers
        self.isGivenBack = isGivenBack
    }

    public var scheme: PriceScheme { price.scheme }

    /// The same at the price that rules after a change from `held` to `wanted`, to a country that may be another one.
    func ruled(by wanted: PaidCharge, from held: PaidCharge?, in country: String?, isMoved: Bool) -> PaidCharge {
        var charge = self
        charge.price = price.ruled(by: wanted.price, from: held?.price, in: country, isMoved: isMoved)
        charge.listedMinimum = wanted.listedMinimum
        return charge
    }

    /// The same where the plan's minimum spend of the period is this.
    func with(listedMinimum: Amount) -> PaidCharge {
        var charge = self
        charge.listedMinimum = listedMinimum
        return charge
    }

    /// Whether it is a price in advance: also one of which nothing is held, or whose first units are free.
    var isSold: Bool { isMinimumSpend ? isGivenBack || size.units > .zero : !scheme.isFree }

    /// Whether the list or the subscription has such a price: also where an own price or minimum of nothing stands over it.
    var isPriced: Bool { isSold || (isMinimumSpend ? (listedMinimum ?? .zero) > .zero : !price.isFree) }

    /// The same of which nothing is held.
    var emptied: PaidCharge {
        var charge = self
        charge.layers = []
        return charge
    }

    /// How much was charged, or given without a charge, so far.
    var size: Size { layers.last?.size ?? .none }

    /// What so much costs for a whole period, before discounts and tax.
    func cost(of size: Size) throws(PricingError) -> ExactAmount {
        try scheme.amount(of: size.units, named: packageName).times(size.packages, of: packageName)
    }

    /// What lies between two sizes, with what it comes to: of either sign, where a volume price falls with the volume.
    struct Part {
        let charge: PaidCharge
        let from: Size
        let through: Size
        var exact: ExactAmount
        /// Of what was charged.
        let terms: PaidTerms?
        var isWhole = true
        /// What of it which charge had charged, without what was kept of that.
        var sources: [Int64: ExactAmount] = [:]

        /// What of it counts as charged.
        fileprivate func charged(_ source: ChargeSource?) -> Part {
            guard let source else { return self }
            var part = self
            if source.isWaived {
                part.exact = source.kept.map { exact.scaled(by: $0.part, over: $0.whole) } ?? .zero
                part.isWhole = false
            } else {
                let kept = source.kept.map { exact.scaled(by: $0.part, over: $0.whole) } ?? .zero
                part.sources = [source.charge: ExactAmount(attos: exact.attos - kept.attos)]
            }
            return part
        }
    }

    func part(from: Size, through: Size, terms: PaidTerms? = nil) throws(PricingError) -> Part {
        Part(
            charge: self, from: from, through: through, exact: try cost(of: through).adding(-cost(of: from), of: key),
            terms: terms)
    }

    /// Takes away what came last until `size` is left: what was charged of it. What is worth the same is one part, and
    /// rounded once, whatever charged it.
    mutating func shrink(to size: Size) throws(PricingError) -> [Part] {
        var parts: [Part] = []
        while let top = layers.last, top.size != size {
            let below = layers.dropLast().last?.size ?? .none
            let isWhole = try reaches(below, size)
            let rest = isWhole ? below : size
            if top.isCharged {
                let taken = try part(from: rest, through: top.size, terms: top.terms).charged(top.source)
                if taken.exact > .zero { isGivenBack = true }
                if taken.isWhole, let last = parts.last, last.isWhole, last.from == top.size, last.terms == top.terms {
                    var whole = try part(from: rest, through: last.through, terms: top.terms)
                    whole.sources = last.sources.merging(taken.sources) { ExactAmount(attos: $0.attos + $1.attos) }
                    parts[parts.count - 1] = whole
                } else {
                    parts.append(taken)
                }
            }
            layers.removeLast()
            guard isWhole else {
                layers.append(top.with(size))
                break
            }
        }
        return parts.filter { $0.exact != .zero }
    }

    /// What a waived invoice charged counts as not charged; what it made cheaper stays so.
    mutating func waive(_ charge: Int64) {
        for index in layers.indices where layers[index].source?.charge == charge {
            let below = index == 0 ? Size.none : layers[index - 1].size
            guard let part = try? part(from: below, through: layers[index].size), part.exact >= .zero else { continue }
            layers[index].source?.isWaived = true
        }
    }

    /// Neighbours of one charge are one.
    mutating func grow(to size: Size, _ terms: PaidTerms, isCharged: Bool = true, source: ChargeSource? = nil) {
        if let top = layers.last, top.isCharged == isCharged, top.terms == terms, top.source == source {
            layers.removeLast()
        }
        layers.append(Layer(size: size, terms: terms, isCharged: isCharged, source: source))
    }

    /// Whether `size` is at least `other`. Where one has more packages of fewer units, what they cost decides.
    func reaches(_ size: Size, _ other: Size) throws(PricingError) -> Bool {
        if size.units >= other.units, size.packages >= other.packages { return true }
        if size.units <= other.units, size.packages <= other.packages { return false }
        return try cost(of: size) >= cost(of: other)
    }

    /// With the scheme that an older Tidemill did not keep: that of now where it comes to what was charged, else the
    /// price for each unit that was.
    func completed(by held: Advance) throws(PricingError) -> PaidCharge {
        guard isWithoutScheme, let layer = layers.last else { return self }
        let charged = try cost(of: layer.size)
        var complete = held.charge
        if try complete.cost(of: held.size) != charged {
            let count = held.size.units.times(held.size.packages) ?? Amount(1)
            let each = count > .zero ? charged.rounded(toDigits: 9).divided(by: count) ?? .zero : .zero
            complete = PaidCharge(
                packageID: packageID, key: key, packageName: held.charge.packageName,
                featureName: held.charge.featureName, featureID: featureID, isMinimumSpend: isMinimumSpend,
                price: PeriodPrice(.unit(each)))
        }
        complete.layers = [Layer(size: held.size, terms: layer.terms)]
        return complete
    }
}

extension PaidCharge.Part {
    private var packages: Int64 {
        from.packages == through.packages ? through.packages : through.packages - from.packages
    }

    /// What people read on a line.
    var title: String {
        let package = packages == 1 ? charge.packageName : "\(charge.packageName) × \(packages)"
        return charge.featureName.map { "\(package): \($0)" } ?? package
    }

    /// How many of what at which price: blocks are counted as blocks, tiers show the average price.
    var shown: (quantity: Amount, unitPrice: Amount) {
        let price = exact.rounded(toDigits: 9)
        guard !charge.isMinimumSpend else { return (Amount(1), price) }
        let quantity = counted(through) - counted(from)
        switch charge.scheme {
        case .unit(let each), .blocks(let each, _): return (quantity, each)
        case .graduated, .volume: return (quantity, quantity > .zero ? price.divided(by: quantity) ?? .zero : price)
        }
    }

    private func counted(_ size: PaidCharge.Size) -> Amount {
        let units =
            if case .blocks(_, let block) = charge.scheme {
                PriceScheme.blocks(in: size.units, of: block)
            } else {
                size.units
            }
        return units.times(size.packages) ?? units
    }
}

/// A price that is charged at the start of each period, with how much is held of it.
struct Advance {
    let charge: PaidCharge
    let size: PaidCharge.Size
    /// Of a minimum spend: whether it is the subscription's own.
    var isOwn = false

    var isNoMinimum: Bool { charge.isMinimumSpend && size.units == .zero }

    /// As the running period reckons it, of which `paid` tells: a minimum spend is the subscription's own while it has
    /// one, else the plan's when the period began, or when the plan came into it. `changed`: the plan's that the change
    /// brings itself.
    func reckoned(by paid: PaidCharge?, changed: Amount? = nil) -> Advance {
        guard charge.isMinimumSpend else { return self }
        let kept = paid?.listedMinimum ?? (isOwn ? nil : paid?.layers.last?.size.units)
        let listed = changed ?? kept ?? charge.listedMinimum ?? size.units
        return Advance(
            charge: charge.with(listedMinimum: listed), size: isOwn ? size : PaidCharge.Size(units: listed),
            isOwn: isOwn)
    }
}

extension SelectedPrices {
    /// All that is charged at the start of each period, also where it comes to nothing now; the floor under usage last.
    var advances: [Advance] {
        var advances = items.filter(\.isInAdvance).map { Advance(charge: $0.paidCharge(), size: $0.size) }
        // Also where there is none: that is what the period began with.
        if isPriced {
            let floor = PaidCharge(
                packageID: planID, key: PaidCharge.floorKey(of: planID), packageName: planName,
                featureName: "minimum spend", featureID: nil, isMinimumSpend: true,
                price: PeriodPrice(.unit(Amount(1))), listedMinimum: listedMinimum ?? .zero)
            let size = PaidCharge.Size(units: minimumSpend ?? .zero)
            advances.append(Advance(charge: floor, size: size, isOwn: ownMinimum != nil))
        }
        return advances
    }

    /// What is due once, with how much there is of it.
    var oneOffs: [PaidPeriod.Once] {
        items.filter(\.isOneOff).map { item in
            PaidPeriod.Once(key: item.chargeKey, size: item.size, price: item.price)
        }
    }

    /// What it consists of.
    var packages: Set<String> { Set(items.map(\.packageID) + freeItems.map(\.id) + [planID]) }
}

extension PaidCharge {
    /// Tells the floors of plans apart.
    public static func floorKey(of plan: String) -> String { "minimum spend/\(plan)" }
}

extension PricedItem {
    var size: PaidCharge.Size { PaidCharge.Size(units: units, packages: packageQuantity) }

    /// As a period keeps it; at another price than that of now.
    func paidCharge(at other: PeriodPrice? = nil) -> PaidCharge {
        PaidCharge(
            packageID: packageID, key: chargeKey, packageName: packageName, featureName: featureName,
            featureID: charge.featureID?.text, price: other ?? price)
    }

    /// Tells the charges of a subscription apart, and is kept in stores.
    var chargeKey: String {
        let key = PriceList.Key(charge)
        let parts = [
            kind.rawValue, packageID, key.model.rawValue, key.cadence.rawValue, key.featureID?.text ?? "",
            key.topUpCurrencyID ?? "", key.currencyID ?? "",
        ]
        return parts.joined(separator: "/")
    }
}
