import CEvents
import CLuaSupport
import TidemillCore
import TidemillIngest
import TidemillOperations
import TidemillStore

/// Which customers are provisioned, remembered between batches. One that is not known is looked up together with those
/// that come behind it in the batch: a statement for many customers, not one for each event.
struct ProvisionedCustomers {
    /// By the unkeyed hash of the customer (who makes two collide falsifies a counter only): `provisioned`, or the
    /// generation of the store in which the customer was not. When `recent` is full it takes the place of `older`, so that
    /// whoever comes again stays.
    private var recent: [UInt64: Int64] = [:]
    private var older: [UInt64: Int64] = [:]
    private var generation: Int64 = -1
    private let recentMax: Int
    /// How many customers the next statement looks up: one when some were forgotten within a batch, twice as many each
    /// time after, for operations that provision may stand between all events.
    private var aheadMax = CustomerTable.askedMax
    /// The statements so far, for tests.
    private(set) var lookups = 0

    /// Nobody stops being provisioned.
    private static let provisioned = Int64.min
    /// So many parts are looked through for each customer of a statement.
    private static let partsPerCustomer = 16

    init(recentMax: Int = 1 << 17) {
        self.recentMax = recentMax
    }

    /// At the beginning of a batch.
    mutating func begin(on connection: any SQLConnection) throws {
        try refresh(on: connection)
        aheadMax = CustomerTable.askedMax
    }

    /// Forgets who was not provisioned, when somebody has been since.
    mutating func refresh(on connection: any SQLConnection) throws {
        let current = try CustomerTable.generation(on: connection)
        guard current != generation else { return }
        generation = current
        aheadMax = 1
    }

    /// A transaction failed, or may yet: whom it provisioned is not.
    mutating func invalidate() {
        self = ProvisionedCustomers(recentMax: recentMax)
        aheadMax = 1
    }

    /// Whether the customer of a part is provisioned.
    mutating func contain(
        _ index: Int, of parts: UnsafeBufferPointer<cev_part>, on connection: any SQLConnection
    ) throws -> Bool {
        if let known = find(parts[index].customer_hash) { return known }
        let asked = unknown(from: index, of: parts)
        let found = try CustomerTable(connection: connection).provisioned(
            asked.map { (bucket: Int64($0.bucket), id: $0.customer_id.string) })
        lookups += 1
        for (place, part) in asked.enumerated() {
            keep(part.customer_hash, found.contains(place) ? Self.provisioned : generation)
        }
        aheadMax = min(2 * aheadMax, CustomerTable.askedMax)
        return found.contains(0)
    }

    /// The first parts of the customers that are looked up next, the one at `index` among them.
    private mutating func unknown(from index: Int, of parts: UnsafeBufferPointer<cev_part>) -> [cev_part] {
        var asked = [parts[index]]
        var hashes: Set<UInt64> = [parts[index].customer_hash]
        for part in parts[index..<min(parts.count, index + aheadMax * Self.partsPerCustomer)]
        where part.dropped_by == UInt32.max {
            if asked.count == aheadMax { break }
            guard !hashes.contains(part.customer_hash), find(part.customer_hash) == nil else { continue }
            hashes.insert(part.customer_hash)
            asked.append(part)
        }
        return asked
    }

    private mutating func find(_ customer: UInt64) -> Bool? {
        if let seen = recent[customer] { return answer(seen) }
        guard let seen = older[customer], let answer = answer(seen) else { return nil }
        keep(customer, seen)
        return answer
    }

    private func answer(_ seen: Int64) -> Bool? {
        if seen == Self.provisioned { return true }
        return seen == generation ? false : nil
    }

    private mutating func keep(_ customer: UInt64, _ seen: Int64) {
        if recent.count >= recentMax {
            older = recent
            recent = [:]
        }
        recent[customer] = seen
    }
}
