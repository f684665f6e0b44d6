import Foundation
import TidemillCore
import TidemillStore

/// The positions of a wallet's grants in effect, packed in pages in burn order. A row a grant would make a burn-down of
/// 100,000 grants write 100,000 rows; this way it drops pages.
struct GrantPages {
    let wallet: Wallet
    let connection: any SQLConnection

    /// Most positions of one page: adding one grant rewrites one page.
    static let positionsMax = 128

    /// A page: it holds the keys from `first` to the next page's `first`.
    struct GrantPage {
        let first: Data
        var positions: [GrantPosition]
    }

    // MARK: One position

    func position(at key: BurnKey) throws -> GrantPosition? {
        try page(of: key)?.positions.first { $0.key == key }
    }

    func insert(_ position: GrantPosition) throws {
        guard var page = try page(of: position.key) else {
            // No page begins at or before the key: this one takes everything up to the next page.
            try write(GrantPage(first: Data(BurnKey.lowest), positions: [position]), isNew: true)
            return
        }
        let index = page.positions.firstIndex { position.key < $0.key } ?? page.positions.count
        if page.positions.count < Self.positionsMax {
            page.positions.insert(position, at: index)
            return try write(page, isNew: false)
        }
        if index == page.positions.count {
            // At the end: grants mostly come in order, and full pages stay full.
            return try write(GrantPage(first: Data(position.key.bytes), positions: [position]), isNew: true)
        }
        page.positions.insert(position, at: index)
        let half = page.positions.count / 2
        let upper = Array(page.positions[half...])
        try write(GrantPage(first: Data(upper[0].key.bytes), positions: upper), isNew: true)
        page.positions.removeSubrange(half...)
        try write(page, isNew: false)
    }

    /// Takes the position out; nil when it is not there: the grant is used up.
    func remove(_ key: BurnKey) throws -> GrantPosition? {
        guard var page = try page(of: key), let index = page.positions.firstIndex(where: { $0.key == key }) else {
            return nil
        }
        let position = page.positions.remove(at: index)
        try write(page, isNew: false)
        return position
    }

    /// Stores a changed position: one that is used up goes, one that was used up and is no longer comes back.
    func replace(_ position: GrantPosition) throws {
        guard var page = try page(of: position.key),
            let index = page.positions.firstIndex(where: { $0.key == position.key })
        else {
            if !position.isUsedUp { try insert(position) }
            return
        }
        if position.isUsedUp { page.positions.remove(at: index) } else { page.positions[index] = position }
        try write(page, isNew: false)
    }

    /// Takes out every position whose grant expires at `instant` or before, by number.
    func removeExpired(until instant: Int64) throws -> [Int64: GrantPosition] {
        var removed: [Int64: GrantPosition] = [:]
        var changed: [GrantPage] = []
        try connection.query(
            "SELECT first_key, positions FROM credit_pages WHERE \(Wallet.isWallet) ORDER BY first_key", wallet.key
        ) { row in
            let positions = try Self.positions(row, 1)
            let kept = positions.filter { $0.key.expiry > instant }
            guard kept.count < positions.count else { return }
            for position in positions where position.key.expiry <= instant { removed[position.key.sequence] = position }
            changed.append(GrantPage(first: row.blob(0), positions: kept))
        }
        for page in changed { try write(page, isNew: false) }
        return removed
    }

    // MARK: Burn-down

    enum Use {
        case consume
        case hold
    }

    /// What was taken of which grants, in burn order.
    struct Taken {
        var parts: [LedgerPart] = []
        var total = Amount.zero
        /// Grants of which nothing is left: the first `namedMax` by number, and how many in all.
        var usedUp: [Int64] = []
        var usedUpCount = 0
        /// The grant that was taken from in part, before and after.
        var partly: (before: GrantPosition, after: GrantPosition)?

        static let namedMax = 20
    }

    /// Takes up to `amount` off what is free, in burn order.
    func take(_ amount: Amount, as use: Use) throws -> Taken {
        var taken = Taken()
        var need = amount
        var after: Data?
        var chunk: Int64 = 4
        while need > .zero {
            var pages: [GrantPage] = []
            let (bound, condition): ([SQLValue], String) =
                after.map { ([.blob($0)], "AND first_key > $5") } ?? ([], "")
            var read: Int64 = 0
            // Pages that are dropped lie side by side: one statement a run.
            var dropped: (from: Data, to: Data)?
            var runs: [(from: Data, to: Data)] = []
            try connection.query(
                """
                SELECT first_key, positions FROM credit_pages WHERE \(Wallet.isWallet) \(condition)
                 ORDER BY first_key LIMIT \(chunk)
                """, wallet.key + bound
            ) { row in
                read += 1
                let first = row.blob(0)
                after = first
                guard need > .zero else { return }
                if use == .consume, try row.withBlob(1, { try Self.empty($0, &need, into: &taken) }) {
                    dropped = (dropped?.from ?? first, first)
                    return
                }
                var positions = try Self.positions(row, 1)
                let isChanged = Self.take(&need, of: &positions, as: use, into: &taken)
                if positions.isEmpty {
                    dropped = (dropped?.from ?? first, first)
                } else {
                    if let run = dropped { runs.append(run) }
                    dropped = nil
                    if isChanged { pages.append(GrantPage(first: first, positions: positions)) }
                }
            }
            if let run = dropped { runs.append(run) }
            for run in runs {
                try connection.execute(
                    "DELETE FROM credit_pages WHERE \(Wallet.isWallet) AND first_key >= $5 AND first_key <= $6",
                    wallet.key + [.blob(run.from), .blob(run.to)])
            }
            for page in pages { try write(page, isNew: false) }
            if read < chunk { break }
            chunk = min(chunk * 8, 512)
        }
        return taken
    }

    /// Takes all of a page, where so much is needed and nothing of it is held: the way of most pages of a large
    /// burn-down, without making positions of them. Else it takes nothing and answers false.
    private static func empty(
        _ bytes: UnsafeRawBufferPointer, _ need: inout Amount, into taken: inout Taken
    ) throws -> Bool {
        let before = taken.parts.count
        var reader = ByteReader(bytes)
        var sum: Int128 = 0
        do throws(ByteReader.Damaged) {
            while !reader.isAtEnd {
                _ = try reader.bytes(BurnKey.sequenceOffset)
                let sequence = BurnKey.number(try reader.fixed(UInt64.self))
                let free = try reader.nanos() - reader.nanos()
                sum += free
                guard try reader.nanos() == 0, sum <= need.nanos else {
                    taken.parts.removeSubrange(before...)
                    return false
                }
                taken.parts.append(LedgerPart(grant: sequence, amount: Amount(nanos: -free)))
            }
        } catch {
            throw StoreError(.corrupt, "a page of credit grants is damaged; restore a backup")
        }
        need.nanos -= sum
        taken.total.nanos += sum
        taken.usedUpCount += taken.parts.count - before
        let room = Taken.namedMax - taken.usedUp.count
        taken.usedUp += taken.parts[before...].prefix(max(0, room)).map(\.grant)
        return true
    }

    /// Takes off the positions of one page; those that are used up leave it. Returns whether anything changed.
    private static func take(
        _ need: inout Amount, of positions: inout [GrantPosition], as use: Use, into taken: inout Taken
    ) -> Bool {
        var isChanged = false
        var kept = 0
        for index in positions.indices {
            let free = positions[index].free
            if need > .zero, free > .zero {
                let part = min(free, need)
                need -= part
                taken.total += part
                taken.parts.append(LedgerPart(grant: positions[index].key.sequence, amount: -part))
                let before = positions[index]
                switch use {
                case .consume: positions[index].consumed += part
                case .hold: positions[index].held += part
                }
                isChanged = true
                if positions[index].isUsedUp {
                    taken.usedUpCount += 1
                    if taken.usedUp.count < Taken.namedMax { taken.usedUp.append(before.key.sequence) }
                    continue
                }
                if use == .consume { taken.partly = (before, positions[index]) }
            }
            if kept != index { positions[kept] = positions[index] }
            kept += 1
        }
        positions.removeSubrange(kept...)
        return isChanged
    }

    // MARK: Rows

    /// All positions in burn order.
    func all() throws -> [GrantPosition] {
        var result: [GrantPosition] = []
        try connection.query(
            "SELECT positions FROM credit_pages WHERE \(Wallet.isWallet) ORDER BY first_key", wallet.key
        ) { row in result += try Self.positions(row, 0) }
        return result
    }

    /// The page whose range holds the key.
    private func page(of key: BurnKey) throws -> GrantPage? {
        try connection.first(
            """
            SELECT first_key, positions FROM credit_pages WHERE \(Wallet.isWallet) AND first_key <= $5
             ORDER BY first_key DESC LIMIT 1
            """, wallet.key + [.blob(Data(key.bytes))]
        ) { row in GrantPage(first: row.blob(0), positions: try Self.positions(row, 1)) }
    }

    private func write(_ page: GrantPage, isNew: Bool) throws {
        if page.positions.isEmpty {
            try connection.execute(
                "DELETE FROM credit_pages WHERE \(Wallet.isWallet) AND first_key = $5", wallet.key + [.blob(page.first)]
            )
            return
        }
        var writer = ByteWriter(capacity: page.positions.count * 48)
        for position in page.positions { position.write(to: &writer) }
        let sql =
            isNew
            ? """
            INSERT INTO credit_pages(positions, bucket, customer_id, currency_id, resource_id, first_key)
            VALUES ($1, $2, $3, $4, $5, $6)
            """
            : """
            UPDATE credit_pages SET positions = $1
             WHERE bucket = $2 AND customer_id = $3 AND currency_id = $4 AND resource_id = $5 AND first_key = $6
            """
        try connection.execute(sql, blob: writer.bytes, wallet.key + [.blob(page.first)])
    }

    private static func positions(_ row: any SQLRow, _ column: Int) throws -> [GrantPosition] {
        try row.withBlob(column) { bytes in
            var reader = ByteReader(bytes)
            var positions: [GrantPosition] = []
            positions.reserveCapacity(bytes.count / 38)
            do throws(ByteReader.Damaged) {
                while !reader.isAtEnd { positions.append(try GrantPosition(&reader)) }
            } catch {
                throw StoreError(.corrupt, "a page of credit grants is damaged; restore a backup")
            }
            return positions
        }
    }
}
