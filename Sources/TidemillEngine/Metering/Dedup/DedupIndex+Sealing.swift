import CEvents
import TidemillCore
import TidemillStore

extension DedupIndex {
    /// Seals the tail, or goes on with it: writes the next pieces of the run; returns about how many entries that were.
    func seal(
        at receivedAt: Int64, entriesMax: Int, isFinishing: Bool = true, on connection: any SQLConnection
    ) throws -> Int {
        touch()
        let run = try runs.first(where: \.isSealing) ?? startSeal(at: receivedAt, on: connection)
        if sealing != run.id { try readSealed(run, on: connection) }
        var place = run.place
        var handled = 0
        try sealed.withUnsafeBufferPointer { entries in
            var start = entries.firstPlace { $0.high >= run.reached ?? 0 }
            while let at = place, handled < entriesMax {
                guard at.page < run.pages(of: at.bucket) else {
                    place = at.bucket == 255 ? nil : DedupPlace(bucket: at.bucket + 1, page: 0)
                    continue
                }
                guard isFinishing || handled == 0 || sealBehind > 0 else { break }
                let piece = at.page..<min(at.page + DedupRun.pagesPerPiece, run.pages(of: at.bucket))
                let last = run.hashes(bucket: at.bucket, pages: piece).upperBound
                let rest = UnsafeBufferPointer(rebasing: entries[start...])
                let count = rest.firstPlace { $0.high > last }
                try run.write(
                    UnsafeBufferPointer(rebasing: rest[..<count]), bucket: at.bucket, pages: piece, on: connection)
                run.entries += count
                handled += 1 + count
                start += count
                place = DedupPlace(bucket: at.bucket, page: piece.upperBound)
            }
        }
        counts.written += handled
        try move(run, to: place, on: connection)
        if run.isComplete {
            sealing = 0
            sealed = []
            try connection.execute("DELETE FROM dedup_tail WHERE id <= $1", [.integer(run.tail)])
            try refreshTail(on: connection)
        }
        return max(1, handled)
    }

    private func startSeal(at receivedAt: Int64, on connection: any SQLConnection) throws -> DedupRun {
        sealed = recent.sorted()
        // The newest entry's arrival, which the batch that fills the tail need not hold: it may be an old record.
        let reference = receivedAt.flooredDivision(by: 3_600_000_000)
        let newest = sealed.reduce(reference) { max($0, $1.arrival(near: reference)) }
        var counts = [UInt32](repeating: 0, count: 256)
        for entry in sealed { counts[entry.bucket] += 1 }
        let run = DedupRun(
            id: try Sequences.next("dedup_run", on: connection), level: 0, entries: 0,
            lastReceivedAt: (newest + 1) * 3_600_000_000, counts: counts, place: .start, tail: tailTo)
        sealing = run.id
        try insert(run, on: connection)
        runs.append(run)
        return run
    }

    /// What another process has begun to seal.
    private func readSealed(_ run: DedupRun, on connection: any SQLConnection) throws {
        let entries = RecentEntries()
        try connection.query("SELECT entries FROM dedup_tail WHERE id <= $1 ORDER BY id", [.integer(run.tail)]) { row in
            try row.withBlob(0) { try entries.load($0) }
        }
        sealed = entries.sorted()
        sealing = run.id
    }
}

extension UnsafeBufferPointer<DedupEntry> {
    /// The first place from which on all entries are so: those before are not.
    fileprivate func firstPlace(where isBehind: (DedupEntry) -> Bool) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if isBehind(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
