import TidemillCore
import TidemillStore

extension Engine {
    /// Batches between two foldings, and deltas that one folds at most. A shard's turn comes every 64 batches then: many
    /// cells of one row are merged at once. In the bench's first million that is 0.25 µs an event, where a shard that is
    /// folded every 16 batches costs 0.6. Readers add up to 64 deltas of a shard to its rows.
    static let batchesPerFold = 4
    static let deltasPerFold = 64

    /// What is left to do once batches are committed, whoever brought them. Each step has a turn of its own, so that
    /// others get in between.
    func tidy() {
        let batchAt: Timestamp? = exclusively { state in
            defer { state.untidied = nil }
            return state.untidied
        }
        guard let batchAt else { return }
        foldIfDue()
        mergeIfDue(now: batchAt)
        // What was committed is safe; the log is shortened after a later batch otherwise.
        try? store.settle()
    }

    /// Folds the deltas of the next shard, for each so many batches.
    private func foldIfDue() {
        exclusively { state in
            for _ in 0..<UsageStore.shards where state.batchesSinceFold >= Self.batchesPerFold {
                state.batchesSinceFold -= Self.batchesPerFold
                let shard = state.nextFold
                state.nextFold = (shard + 1) % Int64(UsageStore.shards)
                // The batch is committed and readers add the deltas anyway; a fold that fails is tried again in its turn.
                _ = try? store.write { connection in
                    try UsageStore.fold(shard: shard, deltasMax: Self.deltasPerFold, on: connection)
                }
            }
        }
    }
}
