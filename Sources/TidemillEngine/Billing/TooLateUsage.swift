public import TidemillCore
public import TidemillOperations
public import TidemillStore

/// What came too late to be billed without a person, for whoever decides.
public struct TooLateUsage {
    private let table: LateUsageTable

    public init(_ connection: any SQLConnection) { table = LateUsageTable(connection: connection) }

    public func page(of input: ListLateUsage.Input) throws -> Listing<LateUsageEntry> {
        let found = try table.tooLate(
            LateUsageTable.Choice(
                customer: input.customerID, feature: input.featureID, delivery: input.delivery,
                isWaiting: !input.all, after: input.after, limit: input.limit + 1))
        return Listing(found.map { LateUsageEntry($0) }, limit: input.limit) {
            Cursor(createdAt: $0.arrivedAt, id: $0.id)
        }
    }

    /// How many are decided about in one transaction: as many as a call may name.
    public static let pieceMax: Int64 = 1000

    /// How many were decided about, and of whom. There may be more to decide where it was a whole piece: what is decided
    /// waits no longer, so that the next piece begins where this one ended, whoever goes on.
    public func decide(
        _ input: DecideLateUsage.Input, at now: Timestamp, pieceMax: Int64 = pieceMax, settings: EngineSettings? = nil
    ) throws -> (count: Int64, customers: [CustomerID]) {
        let choice = LateUsageTable.Choice(
            ids: input.ids ?? [], customer: input.customerID, feature: input.featureID, delivery: input.delivery,
            limit: pieceMax)
        let found = try table.tooLate(choice)
        let missing = Set(input.ids ?? []).subtracting(found.map(\.id)).sorted().first
        if let missing {
            throw OperationError(
                .notFound,
                "decideLateUsage: no late usage \"\(missing)\" waits; listLateUsage lists what does"
            )
        }
        for usage in found { try table.decide(usage, as: input.decision.state, because: input.reason, at: now) }
        if input.decision == .accepted, let settings { try bill(Set(found.map(\.subject)), at: now, settings) }
        var seen: Set<CustomerID> = []
        return (Int64(found.count), found.map(\.subject.customer).filter { seen.insert($0).inserted })
    }

    /// What was accepted waits for the next invoice at once, where it can be priced; the worker tries it again otherwise.
    private func bill(_ subjects: Set<LateSubject>, at now: Timestamp, _ settings: EngineSettings) throws {
        guard try InvoiceBook.pause(now: now, on: table.connection) == nil else { return }
        let scope = settings.scope(CallContext(.engine("invoices"), now: now), on: table.connection)
        for mark in try table.marks(until: now, limit: .max) where subjects.contains(mark.subject) {
            do {
                try table.connection.savepoint { try LateUsage(scope: scope).settle(mark) }
                try table.end(mark)
            } catch let error as OperationError where !error.isStoreFailure {}
        }
    }

    /// For `status`: how much waits, and since when the oldest of it.
    public func waiting() throws -> (count: Int64, since: Timestamp)? {
        let waiting = "FROM too_late_usage WHERE state = 'WAITS'"
        return try table.connection.first("SELECT arrived_at \(waiting) ORDER BY arrived_at LIMIT 1") { $0.integer(0) }
            .map { (try table.connection.shortCount(waiting), Timestamp(microseconds: $0)) }
    }

    /// For `status`: what came late and cannot be billed.
    public func stuck() throws -> (count: Int64, customer: CustomerID, problem: String)? {
        let stuck = "FROM late_usage WHERE problem IS NOT NULL"
        let count = try table.connection.shortCount(stuck)
        return try table.connection.first("SELECT customer_id, problem \(stuck) ORDER BY at LIMIT 1") {
            (count, CustomerID($0.text(0)), $0.text(1))
        }
    }
}

extension LateUsageEntry {
    init(_ usage: LateUsageTable.TooLate) {
        self.init(
            id: usage.id, customerID: usage.subject.customer.text, resourceID: usage.subject.resource,
            featureID: usage.subject.feature.text, at: usage.at, arrivedAt: usage.arrivedAt,
            delivery: usage.delivery.isEmpty ? nil : usage.delivery, value: usage.amount, state: usage.state)
    }
}
