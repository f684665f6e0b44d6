import Foundation
public import TidemillCore
import TidemillOperations
public import TidemillStore

/// Why a delivery cannot be voided.
public enum VoidError: Error, Sendable, CustomStringConvertible {
    case notFound(DeliveryID)
    case unfinished(DeliveryID, Delivery.State)
    case voidedAlready(VoidedDelivery)
    case reprocessing(String)

    public var description: String {
        switch self {
        case .notFound(let id):
            "there is no delivery \"\(id.text.escapingControls)\"; `tidemill deliveries` lists them"
        case .unfinished(let id, .held):
            "delivery \(id) is held; mend the rule or `tidemill resume ingest`, so that it ends, and void it then"
        case .unfinished(let id, _):
            "delivery \(id) is still in work; void it when it is done"
        case .reprocessing(let id):
            "events are being reprocessed (\(id)): wait until that is done, or start it again with the same input where it was interrupted"
        case .voidedAlready(let voided):
            "delivery \(voided.delivery) was voided already at \(voided.voidedAt) by \(voided.voidedBy.escapingControls): \(voided.reason.escapingControls)"
        }
    }
}

extension Engine {
    /// Undoes what a finished delivery counted: its events and usage reports stop counting, usage is counted again, and
    /// credits that they burned are given back by compensating rows of the ledger; what they gave back is burned again. Anything else that its operations did
    /// stays, and identities stay known: the same keys delivered again are duplicates. Goes on where it was interrupted.
    /// `progress` hears how many shards are done, of how many; `finishing` is called in the transaction that ends it.
    @discardableResult
    public func void(
        _ id: DeliveryID, by person: String, reason: String, now: Timestamp,
        progress: (Int, Int) -> Void = { _, _ in },
        finishing: (VoidedDelivery, any SQLConnection) throws -> Void = { _, _ in }
    ) throws -> VoidedDelivery {
        // A meter that is half filled in would take the events in from the blocks that it has not read yet.
        try fillMeters()
        try step { _, connection in
            guard let delivery = try DeliveryLedger.find(id, on: connection) else { throw VoidError.notFound(id) }
            guard delivery.state.isFinished else { throw VoidError.unfinished(id, delivery.state) }
            if let open = try ReprocessTable(connection: connection).open() { throw VoidError.reprocessing(open.id) }
            if let known = delivery.voided, known.restoredBy == nil {
                guard known.finishedAt == nil else { throw VoidError.voidedAlready(known) }
                return
            }
            try VoidedDeliveries.insert(id, by: person, reason: reason, at: now, on: connection)
            try self.withdraw(id, delivery, by: person, reason: reason, now: now, on: connection)
        }
        while try step({ _, connection in try VoidedReports.voidSome(of: id, on: connection) }) {}
        while try step({ _, connection in
            let scope = self.voidScope(by: person, reason: reason, now: now, on: connection)
            return try CreditConsumption.reverse(delivery: id, limit: Self.reversedMax, in: scope).rows > 0
        }) {}
        while try step({ _, connection in
            let scope = self.voidScope(by: person, reason: reason, now: now, on: connection)
            return try UsageTaken.void(id, limit: Self.reversedMax, in: scope) > 0
        }) {}
        for shard in 0..<Int64(UsageStore.shards) {
            try step { state, connection in
                // Another process may have gone on where this one was interrupted, or may be at it.
                guard try VoidedDeliveries.find(id, on: connection)?.shardsDone == shard else { return }
                guard try !connection.hasRows("SELECT 1 FROM meter_versions WHERE state = 'filling' LIMIT 1") else {
                    throw StoreError(.busy, "a meter began to be filled in meanwhile; void the delivery again")
                }
                state.standings.forget()
                let recount = VoidRecount(delivery: id, shard: shard, identityKey: self.identityKey)
                let events = try recount.perform(state.compressor, on: connection)
                try VoidedDeliveries.advance(id, events: events, shards: 1, on: connection)
            }
            progress(Int(shard) + 1, UsageStore.shards)
        }
        return try step { _, connection in
            try VoidedDeliveries.finish(id, at: now, on: connection)
            guard let voided = try VoidedDeliveries.find(id, on: connection) else { throw VoidError.notFound(id) }
            try finishing(voided, connection)
            return voided
        }
    }

    /// What is undone at once, with the decision.
    private func withdraw(
        _ id: DeliveryID, _ delivery: Delivery, by person: String, reason: String, now: Timestamp,
        on connection: any SQLConnection
    ) throws {
        try RejectedRecords.drop(of: id, on: connection)
        try WebhookInbox.void(deliveredBy: id, on: connection)
        try LateUsageTable(connection: connection).forget(id.text)
        try voidScope(by: person, reason: reason, now: now, on: connection).audit(
            "voidDelivery", nil,
            ["delivery": .string(id.text), "name": .string(delivery.name), "applied": .integer(delivery.applied)])
    }

    /// Rows of the ledger that one transaction gives back.
    private static let reversedMax = 500

    private func voidScope(
        by person: String, reason: String, now: Timestamp, on connection: any SQLConnection
    ) -> CallScope {
        settings.scope(CallContext(.person, now: now, actor: person, reason: reason), on: connection)
    }
}

/// The usage reports of a voided delivery.
enum VoidedReports {
    /// Counters that one transaction counts again.
    private static let countersMax = 500

    /// Marks some of the reports and counts their counters again. Returns whether there are more.
    static func voidSome(of id: DeliveryID, on connection: any SQLConnection) throws -> Bool {
        let counters = try connection.rows(
            """
            SELECT DISTINCT customer_id, feature_id, resource_id FROM usage_reports
            WHERE delivery = $1 AND voided = 0 LIMIT \(countersMax)
            """, [.text(id.text)]
        ) { row in
            let resource = row.text(2)
            return UsageCounter(
                customerID: CustomerID(row.text(0)), featureID: FeatureID(row.text(1)),
                resourceID: resource.isEmpty ? nil : resource)
        }
        let usage = CalculatedUsage(connection: connection)
        var reports = 0
        for counter in counters {
            if let first = try usage.first(of: id, counter) {
                let subject = LateSubject(
                    customer: counter.customerID, resource: counter.resourceID, feature: counter.featureID)
                try LateUsageTable(connection: connection).note(subject, from: first)
            }
            reports += try usage.void(id, of: counter)
        }
        try VoidedDeliveries.advance(id, reports: Int64(reports), on: connection)
        return counters.count == countersMax
    }
}
