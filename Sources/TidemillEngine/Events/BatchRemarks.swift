import CEvents
import CLuaSupport
import Foundation
import TidemillCore
import TidemillOperations
import TidemillStore

/// The names behind the counts of a batch, by delivery: which fields are unknown, which events no meter counts, whose
/// values are no numbers, which customers are not provisioned. A bounded number of names, the first that came; what a
/// delivery has named before goes on under its name, so that the counts do not depend on where batches end.
struct BatchRemarks: ~Copyable {
    private struct Noted {
        let reason: DeliveryRemark.Reason
        let name: [UInt8]
        var records: Int64
        let record: Int64
        let example: String?
    }

    private struct Tally {
        let delivery: DeliveryID
        var noted: [Noted]
    }

    /// One for each delivery with something to note.
    private var tallies: [Tally] = []
    /// The tally of a segment.
    private var places: [Int: Int] = [:]

    /// Notes a record. `example` is asked for a name's first one only.
    mutating func note(
        _ reason: DeliveryRemark.Reason, _ name: UnsafeRawBufferPointer, _ record: cev_record,
        of segment: RecordBatch.Segment, on connection: any SQLConnection, example: () -> String? = { nil }
    ) throws {
        let place = try place(of: Int(record.segment), segment, on: connection)
        var named = 0
        for index in tallies[place].noted.indices where tallies[place].noted[index].reason == reason {
            let known = tallies[place].noted[index].name
            if known.count == name.count, known.last == name.last, known.elementsEqual(name) {
                tallies[place].noted[index].records += 1
                return
            }
            if !known.isEmpty { named += 1 }
        }
        if named >= DeliveryRemark.namesMax, !name.isEmpty {
            return try note(reason, UnsafeRawBufferPointer(start: nil, count: 0), record, of: segment, on: connection)
        }
        tallies[place].noted.append(
            Noted(
                reason: reason, name: Array(name), records: 1, record: Int64(record.number),
                example: name.isEmpty ? nil : example()))
    }

    private mutating func place(
        of segment: Int, _ details: RecordBatch.Segment, on connection: any SQLConnection
    ) throws -> Int {
        if let known = places[segment] { return known }
        // Records of one delivery that are tried again have a segment each.
        if let last = tallies.indices.last, tallies[last].delivery == details.delivery.id {
            places[segment] = last
            return last
        }
        let isNew = if case .delivery = details.kind { details.positionBefore == 0 } else { false }
        let before = isNew ? [] : try DeliveryRemarks.list(of: details.delivery.id, on: connection)
        tallies.append(
            Tally(
                delivery: details.delivery.id,
                noted: before.map {
                    Noted(reason: $0.reason, name: Array($0.name.utf8), records: 0, record: $0.record, example: nil)
                }))
        places[segment] = tallies.count - 1
        return tallies.count - 1
    }

    /// Adds what was noted to what the deliveries have.
    func write(on connection: any SQLConnection) throws {
        for tally in tallies {
            try DeliveryRemarks.add(
                tally.noted.filter { $0.records > 0 }.map {
                    DeliveryRemark(
                        $0.reason, name: String(decoding: $0.name, as: UTF8.self), records: $0.records,
                        record: $0.record, example: $0.example)
                }, to: tally.delivery, on: connection)
        }
    }
}

/// Which customers are provisioned, remembered between batches: a look at the store for each customer, not for each event.
struct ProvisionedCustomers {
    /// By the part's unkeyed hash of customer and resource: who makes two customers collide falsifies a counter only.
    private var known: [UInt64: Bool] = [:]
    private var generation: Int64 = -1

    /// More are looked up anew.
    private static let knownMax = 1 << 17

    /// Forgets who was not provisioned, when somebody has been since. Nobody stops being provisioned.
    mutating func refresh(on connection: any SQLConnection) throws {
        let current = try CustomerTable.generation(on: connection)
        guard current != generation else { return }
        generation = current
        known = known.filter(\.value)
    }

    mutating func contain(_ part: cev_part, on connection: any SQLConnection) throws -> Bool {
        if let found = known[part.subject] { return found }
        if known.count >= Self.knownMax { known.removeAll(keepingCapacity: true) }
        let found = try CustomerTable(connection: connection).contains(CustomerID(part.customer_id.string))
        known[part.subject] = found
        return found
    }

    /// A transaction failed: whom it provisioned is not.
    mutating func invalidate() { self = ProvisionedCustomers() }
}

extension EventEngine {
    /// Counts and names an applied event that adds nothing, and one of a customer that is not provisioned.
    func remark(
        _ record: cev_record, _ parts: Slice<UnsafeBufferPointer<cev_part>>, of segment: RecordBatch.Segment,
        _ addition: MeterSet.Addition, _ meters: MeterSet, _ counts: inout DeliveryCounts,
        _ remarks: inout BatchRemarks, state: State, on connection: any SQLConnection
    ) throws {
        // A call has no delivery that could show it.
        if case .call = segment.kind { return }
        if let refused = addition.refused {
            counts.notANumber += 1
            var name = meters.fields[refused.field].path
            try name.withUTF8 { name in
                try remarks.note(.notANumber, UnsafeRawBufferPointer(name), record, of: segment, on: connection) {
                    refused.value.pointee.shown
                }
            }
        } else if !addition.isAny, let first = parts.first {
            counts.noMeter += 1
            try remarks.note(.noMeter, first.event_name.buffer, record, of: segment, on: connection)
        }
        for part in parts where part.dropped_by == UInt32.max {
            if try state.customers.contain(part, on: connection) { continue }
            counts.unknownCustomer += 1
            try remarks.note(.unknownCustomer, part.customer_id.buffer, record, of: segment, on: connection)
            break
        }
    }

    /// Counts and names the fields that a record has beyond those of its kind: of each record as it is delivered, whatever
    /// becomes of it, so that one that is tried again is not counted twice.
    func remarkUnknownFields(
        _ record: cev_record, of segment: RecordBatch.Segment, _ counts: inout DeliveryCounts,
        _ remarks: inout BatchRemarks, in batch: RecordBatch, on connection: any SQLConnection
    ) throws {
        guard case .delivery = segment.kind else { return }
        counts.unknownField += 1
        for name in batch.unknownFields(of: record) {
            try remarks.note(.unknownField, name.buffer, record, of: segment, on: connection)
        }
    }
}

extension MeterDefinition.EventField {
    /// As messages about records name it.
    var path: String { if case .dimension(let key) = self { "dimensions.\(key)" } else { description } }
}

extension cev_value {
    /// As it stands in an example; nil where there is none.
    var shown: String? {
        switch UInt32(type) {
        case CEV_STRING.rawValue: Payload.string(String(text.string.prefix(80))).json
        case CEV_TRUE.rawValue: "true"
        case CEV_FALSE.rawValue: "false"
        default: nil
        }
    }
}
