import TidemillCore
import TidemillOperations
import TidemillStore

extension CalculatedUsage {
    /// The report with this key, if it was stored.
    func report(of counter: UsageCounter, key idempotencyKey: String) throws -> StoredReport? {
        try connection.first(
            """
            SELECT id, at, behavior, value_units, value_nanos, created_at FROM usage_reports
             WHERE \(Self.isCounter) AND idempotency_key = $5
            """, counter.key + [.text(idempotencyKey)]
        ) { row in
            StoredReport(
                id: row.text(0), at: Timestamp(microseconds: row.integer(1)),
                behavior: UpdateBehavior(rawValue: row.text(2)) ?? .delta, value: row.amount(3),
                idempotencyKey: idempotencyKey, dimensions: nil, createdAt: Timestamp(microseconds: row.integer(5)))
        }
    }

    /// Stores a report and returns the level after it; nil when that would be beyond an amount's bound.
    func append(_ report: StoredReport, to counter: UsageCounter, caller: CallContext.Caller) throws -> Amount? {
        var running =
            try running(counter) ?? Running(reports: 0, set: nil, latestAt: report.at.microseconds, level: .zero)
        let sequence = running.reports + 1
        // The newest arrival: among reports of the same instant it is the last.
        let isAfterSet = running.set.map { report.at.microseconds >= $0.at } ?? true
        switch report.behavior {
        case .delta:
            if isAfterSet { running.level += report.value }
        case .set:
            if isAfterSet {
                running.set = (report.at.microseconds, sequence)
                let later = try sumOfDeltas(counter, after: (report.at.microseconds, sequence), before: .max)
                running.level = report.value + later.sum
            }
        }
        guard running.level.isWithinBound else { return nil }
        running.latestAt = max(running.latestAt, report.at.microseconds)
        running.reports = sequence
        try insert(report, sequence, counter, caller)
        try save(running, counter)
        if let resource = counter.resourceID {
            try CustomerResources.touch(resource, of: counter.customerID, at: report.createdAt, on: connection)
        }
        return running.level
    }

    /// Takes the delivery's reports out of a counter, and keeps what the others come to. Returns how many went.
    func void(_ delivery: DeliveryID, of counter: UsageCounter) throws -> Int {
        guard var running = try running(counter) else { return 0 }
        let count = try connection.execute(
            "UPDATE usage_reports SET voided = 1 WHERE \(Self.isCounted) AND delivery = $5",
            counter.key + [.text(delivery.text)])
        running.set = try connection.first(
            """
            SELECT at, sequence FROM usage_reports WHERE \(Self.isCounted) AND behavior = 'SET'
            ORDER BY at DESC, sequence DESC LIMIT 1
            """, counter.key
        ) { (at: $0.integer(0), sequence: $0.integer(1)) }
        running.level = try recompute(counter)
        try save(running, counter)
        try forgetWindows(of: counter)
        return count
    }

    private func insert(
        _ report: StoredReport, _ sequence: Int64, _ counter: UsageCounter, _ caller: CallContext.Caller
    ) throws {
        var origin: [SQLValue] = [.null, .null]
        if case .record(let delivery, let number, _) = caller { origin = [.text(delivery.text), .integer(number)] }
        try connection.execute(
            """
            INSERT INTO usage_reports(bucket, customer_id, feature_id, resource_id, sequence, id, at, behavior,
              value_units, value_nanos, idempotency_key, dimensions, delivery, record, created_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
            """,
            counter.key + [
                .integer(sequence), .text(report.id), .integer(report.at.microseconds), .text(report.behavior.rawValue),
                .integer(report.value.units), .integer(report.value.fraction), .text(report.idempotencyKey),
                .text(report.dimensions.map { Payload.object($0).json }),
            ] + origin + [.integer(report.createdAt.microseconds)])
    }

    private func save(_ running: Running, _ counter: UsageCounter) throws {
        try connection.execute(
            """
            INSERT INTO usage_levels(bucket, customer_id, feature_id, resource_id, reports, set_at, set_sequence,
              latest_at, level_units, level_nanos)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            ON CONFLICT (bucket, customer_id, feature_id, resource_id) DO UPDATE SET
              reports = excluded.reports, set_at = excluded.set_at, set_sequence = excluded.set_sequence,
              latest_at = excluded.latest_at, level_units = excluded.level_units, level_nanos = excluded.level_nanos
            """,
            counter.key + [
                .integer(running.reports), .integer(running.set?.at), .integer(running.set?.sequence),
                .integer(running.latestAt), .integer(running.level.units), .integer(running.level.fraction),
            ])
    }
}
