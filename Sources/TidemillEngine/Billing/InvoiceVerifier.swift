public import TidemillCore
import TidemillOperations
import TidemillPricing
public import TidemillStore

/// Recomputes invoices from their stored terms, usage and accounts, and compares (promise 5 of architecture.md).
public struct InvoiceVerifier {
    public struct Report: Sendable {
        public var invoices = 0
        public var windows = 0
        /// Windows whose seals were compared with their events.
        public var sealed = 0
        /// Windows that were not priced again: events of then are gone, and what is sealed stands.
        public var unpriced = 0
        /// What is on no invoice, by why.
        public var unbilled = UnbilledUsage()
        /// One sentence a difference; `Verifier.differencesMax` at most.
        public var differences: [String] = []
        public var differenceCount = 0

        mutating func add(_ difference: String) {
            differenceCount += 1
            if differences.count < Verifier.differencesMax { differences.append(difference) }
        }

        /// What was found of a payer.
        fileprivate mutating func take(_ other: Report) {
            invoices += other.invoices
            for difference in other.differences { add(difference) }
            differenceCount += other.differenceCount - other.differences.count
        }
    }

    private let settings: EngineSettings
    private let now: Timestamp

    public init(settings: EngineSettings, now: Timestamp) {
        self.settings = settings
        self.now = now
    }

    /// Goes from payer to payer, some invoices at a time, and from one closed time to the next, each in a read of its own.
    public func verify(_ store: any Store) throws -> Report {
        var report = Report()
        var payer: MoneyAccount?
        while let next = try store.read({ try Self.payer(after: payer, on: $0) }) {
            report.take(try PayerCheck.verify(next, store))
            payer = next
        }
        var key: [SQLValue]?
        while let next = try store.read({ try ClosedUsageTable(connection: $0).next(after: key) }) {
            try store.read { try verify(next.closed, &report, on: $0) }
            key = next.key
        }
        for shard in 0..<Int64(UsageStore.shards) {
            var last: SealedWindow?
            while let next = try store.read({ try verifySeals(shard: shard, after: last, &report, on: $0) }) {
                last = next
            }
        }
        report.unbilled = try UnbilledUsage.survey(store, settings, now: now)
        for gap in report.unbilled.gaps { report.add(gap) }
        return report
    }

    /// Some windows against their events; answers the last of them.
    private func verifySeals(
        shard: Int64, after last: SealedWindow?, _ report: inout Report, on connection: any SQLConnection
    ) throws -> SealedWindow? {
        let seals = WindowSeals(
            connection: connection, identityKey: try UsageReader.forStore(on: connection).identityKey)
        let page = try seals.windows(shard: shard, isUnsealed: false, after: last)
        let late = LateUsageTable(connection: connection)
        let windows = try page.filter { window in
            // What a worker bills in a moment is sealed anew.
            guard let seal = window.seal, !seal.digest.isEmpty, !window.lacksEvents else { return false }
            let resource = window.resource.isEmpty ? nil : window.resource
            return try !late.hasMark(
                of: LateSubject(
                    customer: CustomerID(window.customer), resource: resource, feature: FeatureID(window.feature)))
        }
        let made = try seals.seals(of: windows, shard: shard, Compressor())
        for (window, seal) in zip(windows, made) {
            report.sealed += 1
            // The meter of then counts no more, and its events are still there.
            guard !seal.digest.isEmpty, let kept = window.seal, seal != kept else { continue }
            report.add(
                "\"\(window.feature)\" of \(window.customer) from \(Timestamp(microseconds: window.start)) to \(Timestamp(microseconds: window.end)): \(seal.events) events now, it was billed for \(kept.events)\(seal.events == kept.events ? " others" : "")"
            )
        }
        return page.last
    }

    private static func payer(after last: MoneyAccount?, on connection: any SQLConnection) throws -> MoneyAccount? {
        let after = last == nil ? "" : "WHERE (bucket, payer_id, currency) > ($1, $2, $3)"
        return try connection.first(
            """
            SELECT payer_id, currency FROM invoices \(after) ORDER BY bucket, payer_id, currency LIMIT 1
            """, last?.key ?? []
        ) { MoneyAccount(payer: CustomerID($0.text(0)), currency: $0.text(1)) }
    }

    // MARK: - Closed time

    private func verify(_ closed: ClosedUsage, _ report: inout Report, on connection: any SQLConnection) throws {
        report.windows += closed.terms.windows.count
        let name = "the usage of \(closed.subscriptionID) from \(closed.range.start) to \(closed.range.end)"
        try verifyOverlap(of: closed, name, &report, on: connection)
        guard let billed = closed.billed else { return }
        let late = LateUsageTable(connection: connection)
        let isMarked = try closed.terms.windows.contains {
            try late.hasMark(
                of: LateSubject(customer: closed.customerID, resource: closed.resourceID, feature: $0.feature))
        }
        let scope = settings.scope(
            CallContext(.engine("verify"), now: now), on: connection, mayWrite: false, keepsNothing: true)
        // What a worker bills in a moment is no difference, and what is stored no more cannot be counted.
        guard !isMarked else { return }
        do {
            let recomputed = try closed.terms.price(in: scope, waived: billed.waived).billed
            if recomputed != billed {
                report.add("\(name) comes to \(Self.shown(recomputed)), billed is \(Self.shown(billed))")
            }
        } catch let error as OperationError where error.code == .usageOutOfRange {
            report.unpriced += 1
        } catch let error as OperationError where !error.isStoreFailure {
            report.add("\(name) cannot be priced: \(error.message)")
        }
    }

    private static func shown(_ billed: BilledLines) -> String {
        billed.lines.map { "\($0.quantity) \($0.featureID ?? $0.description) for \($0.amount)" }.joined(separator: ", ")
            + ", \(billed.gross) in all"
    }

    private func verifyOverlap(
        of closed: ClosedUsage, _ name: String, _ report: inout Report, on connection: any SQLConnection
    ) throws {
        let table = ClosedUsageTable(connection: connection).windows(of: closed)
        for window in closed.terms.windows {
            for span in window.spans {
                let others = try table.taken(window.feature, window.kind, in: span, besides: closed.subscriptionID)
                guard !others.isEmpty else { continue }
                report.add("\(name): time of \"\(window.feature.text)\" from \(span.start) is billed twice")
            }
        }
    }
}
