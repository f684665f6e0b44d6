// When sealing and merging are due: in steps of one short transaction each, by whoever commits. What a step leaves in the
// store is all that the next one needs, so that any process goes on with it and none has to clean up after another.

extension DedupIndex {
    /// A merge in progress: runs of one level that become `target`, of the next.
    struct Merge {
        let target: DedupRun
        let sources: [DedupRun]

        var level: Int64 { target.level - 1 }
        /// Entries that are still to be taken.
        var remaining: Int { sources.reduce(0) { $0 + $1.entries } }
    }

    var merges: [Merge] {
        runs.filter { !$0.isComplete && !$0.isSealing }
            .map { target in Merge(target: target, sources: runs.filter { $0.into == target.id }) }
            .sorted { $0.level > $1.level }
    }

    /// Runs that no merge fills or takes, by level.
    var waiting: [Int64: [DedupRun]] {
        Dictionary(grouping: runs.filter { $0.isComplete && $0.into == 0 }, by: \.level)
    }

    /// Whether so much is behind after a batch that a step is worth its transaction.
    var isStepDue: Bool {
        sealBehind >= sizes.stepAt || nextLevel != nil || nextDue(atLeast: sizes.stepAt) != nil
    }

    /// Whether anything is left of what was begun, or should be.
    var isUnfinished: Bool {
        recent.count >= sizes.sealAt || nextLevel != nil || runs.contains { !$0.isComplete }
    }

    /// The level whose runs are to be merged and are not yet: the highest first, so that none fills up.
    var nextLevel: Int64? {
        let busy = Set(merges.map(\.level))
        return waiting.filter { $0.value.count >= sizes.fanout && !busy.contains($0.key) }.keys.max()
    }

    /// The merge that is behind by so many entries, or has no time left.
    func nextDue(atLeast least: Int, isFinishing: Bool = false) -> Merge? {
        merges.first { merge in
            let mayWait = isFinishing ? 0 : mayWait(merge)
            return mayWait == 0 || merge.remaining - mayWait >= max(1, least)
        }
    }

    /// Entries of the tail that should be in the run by now: a seal is over when a quarter of the next one has come.
    var sealBehind: Int {
        guard let run = runs.first(where: \.isSealing) else { return recent.count >= sizes.sealAt ? sizes.stepAt : 0 }
        let total = run.counts.reduce(0) { $0 + Int($1) }
        let room = max(1, sizes.sealAt / 4)
        let left = max(0, room - max(0, recent.count - total))
        let behind = total - run.entries - total * left / room
        return left == 0 ? max(sizes.stepAt, behind) : behind
    }

    /// Entries of a merge that may wait at this moment: as large a part of them as is left of the room in which its level
    /// takes up new ones. So a merge costs each batch the same, and is over before the level is full. Nothing waits where
    /// it is: an older Tidemill, or batches whose steps failed, left more.
    func mayWait(_ merge: Merge) -> Int {
        let left = room(at: merge.level, besides: merge.target.id)
        guard left > 0, merge.target.room > 0,
            runs.lazy.filter({ $0.level == merge.level }).count <= sizes.runsMax
        else { return 0 }
        let total = UInt64(merge.target.counts.reduce(0) { $0 + UInt64($1) })
        let part = total.multipliedFullWidth(by: UInt64(min(left, merge.target.room)))
        return Int(UInt64(merge.target.room).dividingFullWidth(part).quotient)
    }

    /// Entries that may still arrive at a level, with those that lower levels hold, until it has too many runs beside those
    /// that are merged into `target`.
    func room(at level: Int64, besides target: Int64) -> Int {
        var size = sizes.sealAt
        for _ in 0..<min(level, 12) { size *= sizes.fanout }
        let arrived = runs.reduce(recent.count) { sum, run in
            run.level <= level && run.into != target && !run.isSealing ? sum + run.entries : sum
        }
        return (sizes.runsMax + 1 - sizes.fanout) * size - arrived
    }
}
