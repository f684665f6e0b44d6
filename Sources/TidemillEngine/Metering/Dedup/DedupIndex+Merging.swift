import CEvents
import Foundation
import TidemillCore
import TidemillStore

extension DedupIndex {
    /// The next step, in a transaction of its own: merges and seals about `entriesMax` entries. `isFinishing`: whatever may
    /// still wait, too. Returns whether something is left to do.
    func step(at now: Timestamp, entriesMax: Int, isFinishing: Bool, on connection: any SQLConnection) throws -> Bool {
        if try addFilters(entriesMax: entriesMax, on: connection) { return true }
        var left = entriesMax
        while left > 0 {
            if let level = nextLevel {
                try start(level: level, on: connection)
            } else if let merge = nextDue(atLeast: 1, isFinishing: isFinishing) {
                left -= try advance(merge, at: now.hour, entriesMax: left, isFinishing: isFinishing, on: connection)
            } else if sealBehind > 0 || (isFinishing && isUnfinished) {
                left -= try seal(at: now.microseconds, entriesMax: left, isFinishing: isFinishing, on: connection)
            } else {
                break
            }
        }
        return isFinishing ? isUnfinished : isStepDue
    }

    /// Begins the merge of a level's runs. Of so many at most: an older Tidemill may have left hundreds.
    func start(level: Int64, on connection: any SQLConnection) throws {
        touch()
        let sources = (waiting[level] ?? []).prefix(Self.sourcesMax)
        // The entries that a merged run holds since some were left out spread like those that it was cut for.
        var counts = [UInt32](repeating: 0, count: 256)
        for source in sources {
            let cut = max(1, source.counts.reduce(0) { $0 + UInt64($1) })
            let held = min(cut, UInt64(source.entries))
            for bucket in 0..<256 {
                let part = UInt64(source.counts[bucket]) * held
                counts[bucket] += UInt32(truncatingIfNeeded: (part + cut - 1) / cut)
            }
        }
        let id = try Sequences.next("dedup_run", on: connection)
        for source in sources {
            try connection.execute(
                "UPDATE dedup_runs SET into_run = $2 WHERE id = $1", [.integer(source.id), .integer(id)])
            source.isTaken(into: id, upTo: 0)
        }
        let target = DedupRun(
            id: id, level: level + 1, entries: 0, lastReceivedAt: sources.map(\.lastReceivedAt).max() ?? 0,
            counts: counts, place: .start, room: max(0, room(at: level, besides: id)))
        try insert(target, on: connection)
        runs.append(target)
    }

    private static let sourcesMax = 64

    /// Takes the next pieces; returns the entries that were handled, and 1 for each piece.
    private func advance(
        _ merge: Merge, at hour: Int64, entriesMax: Int, isFinishing: Bool, on connection: any SQLConnection
    ) throws -> Int {
        touch()
        let target = merge.target
        guard let merger = cev_merge_open() else { throw StoreError.noMemoryForDedup }
        defer { cev_merge_close(merger) }
        var place = target.place
        var handled = 0
        while let at = place, handled < entriesMax {
            guard at.page < target.pages(of: at.bucket) else {
                place = at.bucket == 255 ? nil : DedupPlace(bucket: at.bucket + 1, page: 0)
                continue
            }
            guard isFinishing || handled == 0 || merge.remaining > mayWait(merge) else { break }
            let piece = at.page..<min(at.page + DedupRun.pagesPerPiece, target.pages(of: at.bucket))
            handled += 1 + (try take(piece, of: at.bucket, merge, with: merger, at: hour, on: connection))
            place = DedupPlace(bucket: at.bucket, page: piece.upperBound)
        }
        try move(target, to: place, on: connection)
        for source in merge.sources {
            if let reached = target.reached {
                source.isTaken(into: target.id, upTo: reached)
                try connection.execute(
                    "UPDATE dedup_runs SET entries = $2 WHERE id = $1", [.integer(source.id), .integer(source.entries)])
            } else {
                try connection.execute("DELETE FROM dedup_runs WHERE id = $1", [.integer(source.id)])
            }
        }
        if target.reached == nil { runs.removeAll { $0.into == target.id } }
        return max(1, handled)
    }

    /// Moves what the sources hold of one piece of the target; returns how many entries that were.
    private func take(
        _ piece: Range<Int>, of bucket: Int, _ merge: Merge, with merger: OpaquePointer, at hour: Int64,
        on connection: any SQLConnection
    ) throws -> Int {
        let hashes = merge.target.hashes(bucket: bucket, pages: piece)
        cev_merge_begin(
            merger, hashes.lowerBound, hashes.upperBound, UInt16(truncatingIfNeeded: hour), Int32(windowHours))
        var handled = 0
        for source in merge.sources where source.pages(of: bucket) > 0 {
            guard cev_merge_source(merger) else { throw StoreError.noMemoryForDedup }
            let first = source.page(of: hashes.lowerBound, bucket: bucket)
            let last = source.page(of: hashes.upperBound, bucket: bucket)
            var taken = 0
            try connection.query(
                "SELECT entries FROM dedup_pages WHERE id BETWEEN $1 AND $2 ORDER BY id",
                [
                    .integer(source.pageID(bucket: bucket, page: first)),
                    .integer(source.pageID(bucket: bucket, page: last)),
                ]
            ) { row in
                let count = row.withBlob(0) { cev_merge_take(merger, $0.baseAddress, $0.count) }
                guard count >= 0 else { throw StoreError.noMemoryForDedup }
                taken += count
            }
            source.entries = max(0, source.entries - taken)
            handled += taken
            try source.deletePages(bucket: bucket, from: first, upTo: hashes.upperBound, on: connection)
        }
        var count = 0
        guard let merged = cev_merge_end(merger, &count) else { throw StoreError.noMemoryForDedup }
        try merge.target.write(
            UnsafeBufferPointer(start: merged, count: count), bucket: bucket, pages: piece, on: connection)
        merge.target.entries += count
        counts.written += count
        return handled
    }

    func move(_ run: DedupRun, to place: DedupPlace?, on connection: any SQLConnection) throws {
        var place = place
        // Behind a bucket's last page comes the next bucket: no page is awaited that never comes.
        while let at = place, at.page >= run.pages(of: at.bucket) {
            place = at.bucket == 255 ? nil : DedupPlace(bucket: at.bucket + 1, page: 0)
        }
        run.moved(to: place)
        try connection.execute(
            "UPDATE dedup_runs SET entries = $2, place = $3 WHERE id = $1",
            [.integer(run.id), .integer(run.entries), run.storedPlace])
    }

    func insert(_ run: DedupRun, on connection: any SQLConnection) throws {
        try connection.execute(
            """
            INSERT INTO dedup_runs(id, level, entries, first_received_at, last_received_at, counts, place, room, tail,
              has_filters)
            VALUES ($1, $2, $3, 0, $4, $5, $6, $7, $8, 1)
            """,
            [
                .integer(run.id), .integer(run.level), .integer(run.entries), .integer(run.lastReceivedAt),
                .blob(run.counts.withUnsafeBytes { Data($0) }), run.storedPlace, .integer(run.room), .integer(run.tail),
            ])
    }
}

extension DedupRun {
    /// The place as the store keeps it.
    var storedPlace: SQLValue {
        place.map { .integer(pageID(bucket: $0.bucket, page: $0.page)) } ?? .null
    }
}
