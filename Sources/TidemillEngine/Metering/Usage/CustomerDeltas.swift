import TidemillCore
import TidemillStore

/// Usage of one customer that is not folded yet: read once for all features of a bill. Whoever holds it writes no usage
/// meanwhile.
final class CustomerDeltas {
    private var customer: CustomerID?
    private var entries: [(key: UsageKey, cell: UsageCell)] = []

    func each(
        of customer: CustomerID, on connection: any SQLConnection, _ body: (UsageKey, UsageCell) throws -> Void
    ) throws {
        if self.customer != customer {
            var read: [(key: UsageKey, cell: UsageCell)] = []
            let shard = UsageStore.shard(ofBucket: Bucket(customer).number)
            try UsageStore.readDeltas(shard: shard, of: customer, on: connection) { read.append(($0, $1)) }
            (self.customer, entries) = (customer, read)
        }
        for entry in entries { try body(entry.key, entry.cell) }
    }
}
