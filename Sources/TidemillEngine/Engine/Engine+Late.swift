import CEvents
import TidemillCore
import TidemillIngest
import TidemillOperations
import TidemillStore

/// Events of time that is closed: what was billed of it is to be billed anew, or a person decides.
extension Engine {
    /// An applied part of an event that was older than `events.dedupe_window` when it arrived.
    struct TooLatePart {
        let segment: Int
        let part: Int
    }

    /// Notes whose closed time the cells of a batch reach into. Where nothing was ever closed, or all is younger than the
    /// newest window, one look at the store tells.
    func noteLate(
        _ cells: borrowing CellTable, _ tooLate: [TooLatePart], in batch: RecordBatch, _ meters: MeterSet,
        on connection: any SQLConnection
    ) throws {
        guard !cells.cells.isEmpty, let newest = try MeteredWindowTable.newestEnd(on: connection) else { return }
        let features = Dictionary(
            meters.versions.map { ($0.id, $0.featureID) }, uniquingKeysWith: { first, _ in first })
        let late = LateUsageTable(connection: connection)
        // First what a person decides about: it is not billed before.
        try hold(tooLate, in: batch, meters, features, late)
        var first: [LateSubject: Int64] = [:]
        for cell in cells.cells where Timestamp.hour(cell.hour) < newest {
            guard let feature = features[cell.meter] else { continue }
            let subject = LateSubject(cell, feature)
            first[subject] = min(first[subject] ?? .max, cell.hour)
        }
        for (subject, hour) in first { try late.note(subject, from: Timestamp.hour(hour)) }
    }

    private func hold(
        _ tooLate: [TooLatePart], in batch: RecordBatch, _ meters: MeterSet, _ features: [Int64: FeatureID],
        _ late: LateUsageTable
    ) throws {
        // A repeat changes a sum or a count, and nothing that is told by its largest or by its different values.
        let adding = Set(
            meters.versions.filter { [.sum, .count].contains($0.meter.aggregation.function) }.map(\.id))
        var index = 0
        while index < tooLate.count {
            let segment = tooLate[index].segment
            var cells = CellTable()
            var addition = MeterSet.Addition()
            let delivery = batch.segments[segment].delivery
            let arrivedAt = try late.arrival(of: delivery.id, receivedAt: delivery.receivedAt)
            while index < tooLate.count, tooLate[index].segment == segment {
                let part = batch.parts[tooLate[index].part]
                index += 1
                guard arrivedAt.microseconds - part.timestamp > settings.dedupeWindow * 1_000_000,
                    let values = batch.values(of: part)
                else { continue }
                identityKey.withUnsafeBufferPointer { key in
                    guard let key = key.baseAddress else { return }
                    meters.meter(part, values, key: key, into: &cells, &addition)
                }
            }
            for cell in cells.cells where adding.contains(cell.meter) {
                guard let feature = features[cell.meter] else { continue }
                try late.hold(
                    LateUsageTable.TooLate(
                        subject: LateSubject(cell, feature), at: Timestamp.hour(cell.hour), delivery: delivery.id.text,
                        arrivedAt: arrivedAt,
                        amount: cell.kind == .count ? Amount(cell.count) : Amount(nanos: cell.total)), meter: cell.meter
                )
            }
        }
    }
}

extension LateSubject {
    fileprivate init(_ cell: CellTable.Cell, _ feature: FeatureID) {
        self.init(cell.customer.string, cell.resource.string, feature)
    }
}

extension CallScope {
    /// A usage report within closed time is billed by difference; one that adds, and came too late, waits for a person.
    func noteLate(_ report: StoredReport, of counter: UsageCounter) throws {
        let subject = LateSubject(
            customer: counter.customerID, resource: counter.resourceID, feature: counter.featureID)
        func isTooLate(_ arrival: Timestamp) -> Bool {
            arrival.microseconds - report.at.microseconds > settings.dedupeWindow * 1_000_000
        }
        // After a SET nothing that adds before it counts.
        if isTooLate(receivedAt), report.behavior == .delta, try usage.running(counter)?.set == nil {
            var (delivery, arrivedAt) = ("", receivedAt)
            if case .record(let id, _, _) = context.caller {
                delivery = id.text
                arrivedAt = try late.arrival(of: id, receivedAt: receivedAt)
            }
            if isTooLate(arrivedAt) {
                try late.hold(
                    LateUsageTable.TooLate(
                        subject: subject, at: report.at, delivery: delivery, arrivedAt: arrivedAt,
                        amount: report.value), meter: 0)
            }
        }
        try late.note(subject, from: report.at)
    }
}
