import TidemillCore
import TidemillOperations
import TidemillStore

/// How far usage that comes from events is from what an alert would tell, remembered between batches: while it stays
/// there, nothing of the customer is read.
///
/// What is kept is a bound, "usage is no more than that", which each batch raises by what it adds. Where it could reach
/// the next share, or anything else could be told, the customer is looked at as if nothing were remembered. A standing
/// goes when rows of its customer are written that decide about access (`SQLConnection.accessChanges`), when the catalog
/// changes, when its period or anything else of the customer ends, and when usage is counted anew (`forget`).
struct UsageStandings {
    /// What of a customer is counted.
    struct Counter: Hashable {
        let feature: FeatureID
        /// Empty for usage of the customer itself.
        @ComparedByBytes var resource: String
    }

    /// What would be told next.
    enum Next {
        /// Nothing, whatever is used.
        case nothing
        /// Nothing, unless usage falls: no share is higher.
        case less
        /// A share that is reached with so much, in 10⁻⁹ of a percent of the feature's units.
        case share(Int128)
    }

    struct Standing {
        /// In 10⁻⁹ of what is reported.
        fileprivate var usageMax: Int128 = 0
        fileprivate var next = Next.nothing
        fileprivate var feature: Feature?
        fileprivate let from: Timestamp
        fileprivate let until: Timestamp?

        fileprivate func holds(at now: Timestamp) -> Bool { from <= now && until.map { now < $0 } ?? true }
    }

    private typealias Counters = [Counter: Standing]

    /// When `recent` is full it takes the place of `older`, so that whoever comes again stays: some 32 MB at most.
    private var recent: [CustomerID: Counters] = [:]
    private var older: [CustomerID: Counters] = [:]
    private var recentCount = 0
    private let recentMax: Int
    private static let countersOfCustomerMax = 64
    private var catalog: String?
    /// How many counters had to be looked at so far, for tests.
    private(set) var looks = 0

    init(recentMax: Int = 1 << 16) {
        self.recentMax = recentMax
    }

    mutating func forget() {
        recent = [:]
        older = [:]
        recentCount = 0
    }

    /// At the beginning of a batch: lets go what the changes may have made wrong.
    mutating func begin(_ changes: AccessChanges, catalog generation: String?) {
        if catalog != generation { forget() }
        catalog = generation
        switch changes {
        case .everybody: forget()
        case .customers(let customers):
            for customer in customers {
                recentCount -= recent.removeValue(forKey: customer)?.count ?? 0
                older[customer] = nil
            }
        }
    }

    /// Takes in what a batch adds. True where nothing can be told of it; otherwise the counter must be looked at.
    mutating func takes(
        _ cell: CellTable.Cell, of customer: CustomerID, _ counter: Counter, at now: Timestamp
    ) -> Bool {
        if recent[customer] == nil, let counters = older.removeValue(forKey: customer) {
            keep(counters, of: customer)
        }
        if let mayStay = recent[customer]?[counter]?.takes(cell, at: now), mayStay { return true }
        if recent[customer]?.removeValue(forKey: counter) != nil { recentCount -= 1 }
        looks += 1
        return false
    }

    private mutating func keep(_ counters: Counters, of customer: CustomerID) {
        if recentCount + counters.count > recentMax {
            older = recent
            recent = [:]
            recentCount = 0
        }
        recent[customer] = counters
        recentCount += counters.count
    }

    /// Remembers how a counter was found, after what there was to tell has been told.
    mutating func keep(_ standing: Standing?, of customer: CustomerID, _ counter: Counter) {
        guard let standing else { return }
        guard recent[customer] != nil, recentCount < recentMax else {
            var counters = recent.removeValue(forKey: customer) ?? [:]
            recentCount -= counters.count
            counters[counter] = standing
            return keep(counters, of: customer)
        }
        guard recent[customer]?.count ?? 0 < Self.countersOfCustomerMax else { return }
        if recent[customer]?.updateValue(standing, forKey: counter) == nil { recentCount += 1 }
    }
}

extension UsageStandings.Standing {
    /// Of a counter that no source gives anything of.
    init(ofNothing subject: EntitlementSubject, at now: Timestamp) {
        self.init(from: now, until: subject.validUntil)
    }

    /// Nil where a bound tells nothing: several sources, whose usage decides which of them holds; a function that later
    /// events make less of.
    init?(_ state: EntitlementState, _ percentages: [Int]) {
        guard state.isOfOneSource, let feature = state.feature, let meter = feature.meter else { return nil }
        switch meter.definition.aggregation.function {
        case .avg, .min: return nil
        case .sum, .count, .max, .unique: break
        }
        self.init(from: state.resolvedAt, until: state.validUntil)
        guard let usage = state.usage, let limit = state.limit, limit > .zero else { return }
        guard usage >= .zero else { return nil }
        self.feature = feature
        usageMax = feature.smallUnitsMax(of: usage).nanos
        let level = state.reached(percentages)
        let share = percentages.filter { $0 > level }.min()
        next = share.map { .share(limit.nanos * Int128($0)) } ?? .less
    }

    fileprivate mutating func takes(_ cell: CellTable.Cell, at now: Timestamp) -> Bool {
        guard holds(at: now) else { return false }
        if case .nothing = next { return true }
        switch cell.kind {
        case .sum where cell.total >= 0: usageMax += cell.total
        case .count, .unique: usageMax += Int128(cell.count) * Amount.nanosPerUnit
        case .max: usageMax = max(usageMax, cell.total)
        case .sum, .min: return false
        }
        guard case .share(let share) = next else { return true }
        let usage = Amount(nanos: usageMax)
        return (feature?.inLargeUnits(usage) ?? usage).nanos * 100 < share
    }
}

extension Feature {
    /// The most that comes to so many large units.
    fileprivate func smallUnitsMax(of large: Amount) -> Amount {
        guard let unitTransformation else { return large }
        let units = large.nanos + (unitTransformation.round == .up ? 0 : Amount.nanosPerUnit)
        return Amount(nanos: units * Int128(unitTransformation.divide))
    }
}
