public import TidemillCore
import TidemillStore

extension Engine {
    /// Entries that one transaction of a merge writes, about: no longer than a batch's own.
    static let entriesPerStep = 1 << 15
    /// Steps after one batch at most, where merges are behind: an older Tidemill left hundreds of runs.
    static let stepsPerBatch = 8

    /// Seals the dedup tail, and merges its share of the runs, after a batch. In transactions of their own, so that others
    /// get in between.
    func mergeIfDue(now: Timestamp) {
        for _ in 0..<Self.stepsPerBatch where exclusively({ $0.dedup.isStepDue }) {
            do {
                try step { state, connection in try self.stepDedup(state, now: now, on: connection) }
            } catch {
                // The batch is committed; the step has its turn again after the next one.
                return
            }
        }
    }

    private func stepDedup(_ state: State, now: Timestamp, on connection: any SQLConnection) throws {
        try state.dedup.begin(on: connection)
        _ = try state.dedup.step(
            at: now, entriesMax: Self.entriesPerStep, isFinishing: false, on: connection)
    }

    /// Merges what may not wait any longer, so that a command leaves each level with as few runs as a worker would.
    public func settleRuns(now: Timestamp) throws {
        while !Task.isCancelled, exclusively({ $0.dedup.isStepDue }) {
            try step { state, connection in try self.stepDedup(state, now: now, on: connection) }
            UpkeepTurns.breathe()
        }
    }

    /// Before a process commits its first batches: runs that an older Tidemill wrote get the filters of this one, some
    /// before each batch, in short transactions. A run that has none yet is looked up for each identity.
    func addSomeFilters() throws {
        guard exclusively({ !$0.hasLookedForFilters }) else { return }
        for _ in 0..<Self.stepsPerBatch {
            guard try store.read({ try $0.hasRows("SELECT 1 FROM dedup_runs WHERE has_filters = 0 LIMIT 1") }) else {
                exclusively { $0.hasLookedForFilters = true }
                return
            }
            try step { state, connection in
                try state.dedup.begin(on: connection)
                _ = try state.dedup.addFilters(entriesMax: Self.entriesPerStep, on: connection)
            }
        }
    }
}
