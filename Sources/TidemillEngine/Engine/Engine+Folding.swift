import TidemillStore

extension Engine {
    /// Batches between two foldings, and deltas that one folds at most. A shard's turn comes every 64 batches then: many
    /// cells of one row are merged at once. In the bench's first million that is 0.25 µs an event, where a shard that is
    /// folded every 16 batches costs 0.6. Readers add up to 64 deltas of a shard to its rows.
    static let batchesPerFold = 4
    static let deltasPerFold = 64

    /// Folds the deltas of the next shard when it is due. In a transaction of its own, so that others get in between.
    func foldIfDue() {
        exclusively { state in
            state.batchesSinceFold += 1
            guard state.batchesSinceFold >= Self.batchesPerFold else { return }
            state.batchesSinceFold = 0
            let shard = state.nextFold
            state.nextFold = (shard + 1) % Int64(UsageStore.shards)
            // The batch is committed and readers add the deltas anyway; a fold that fails is tried again in its next turn.
            _ = try? store.write { connection in
                try UsageStore.fold(shard: shard, deltasMax: Self.deltasPerFold, on: connection)
            }
        }
    }
}
