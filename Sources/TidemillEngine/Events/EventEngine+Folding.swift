import TidemillStore

extension EventEngine {
    /// Batches between two foldings, and deltas that one folds at most: a steady share of the work after each batch
    /// instead of a long pause after many.
    static let batchesPerFold = 1
    static let deltasPerFold = 64

    /// Folds the deltas of the next shard when it is due. In a transaction of its own, so that others get in between.
    func foldIfDue(_ state: State) {
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
