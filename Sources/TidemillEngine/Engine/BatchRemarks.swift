import CEvents
import CLuaSupport
import Foundation
import TidemillCore
import TidemillIngest
import TidemillOperations
import TidemillStore

/// The names behind the counts of a batch, by delivery: which fields are unknown, which events no meter counts, whose
/// values are no numbers, which customers are not provisioned. A bounded number of names, the first that came; what a
/// delivery has named before goes on under its name, so that the counts do not depend on where batches end.
struct BatchRemarks: ~Copyable {
    private struct Noted {
        let name: [UInt8]
        var records: Int64
        let record: Int64
        let example: String?
    }

    /// What is noted for one reason. Most events of a delivery may come here: their names are told by hashes that lie
    /// side by side.
    private struct Names {
        var hashes: [UInt64] = []
        var named: [Noted] = []
        var others: Noted?
    }

    private struct Tally {
        let delivery: DeliveryID
        /// By the reason's place in `allCases`.
        var names = [Names](repeating: Names(), count: DeliveryRemark.Reason.allCases.count)
    }

    /// One for each delivery with something to note.
    private var tallies: [Tally] = []
    /// The segment whose tally is the last one.
    private var segment = -1

    /// Notes a record; its segment is that of the record before, or a later one. `example` is asked for a name's first
    /// record only.
    mutating func note(
        _ reason: DeliveryRemark.Reason, _ name: UnsafeRawBufferPointer, _ record: cev_record,
        of details: RecordBatch.Segment, on connection: any SQLConnection, example: () -> String? = { nil }
    ) throws {
        if Int(record.segment) != segment { try begin(details, on: connection) }
        segment = Int(record.segment)
        let last = tallies.count - 1
        if !name.isEmpty {
            let hash = Self.hash(name)
            for index in tallies[last].names[reason.place].hashes.indices
            where tallies[last].names[reason.place].hashes[index] == hash {
                guard tallies[last].names[reason.place].named[index].name.elementsEqual(name) else { continue }
                tallies[last].names[reason.place].named[index].records += 1
                return
            }
            if tallies[last].names[reason.place].named.count < DeliveryRemark.namesMax {
                tallies[last].names[reason.place].hashes.append(hash)
                tallies[last].names[reason.place].named.append(
                    Noted(name: Array(name), records: 1, record: Int64(record.number), example: example()))
                return
            }
        }
        if tallies[last].names[reason.place].others == nil {
            tallies[last].names[reason.place].others = Noted(
                name: [], records: 0, record: Int64(record.number), example: nil)
        }
        tallies[last].names[reason.place].others?.records += 1
    }

    /// Takes up a delivery, with what it has named before.
    private mutating func begin(_ segment: RecordBatch.Segment, on connection: any SQLConnection) throws {
        // Records of one delivery that are tried again have a segment each.
        if let last = tallies.last, last.delivery == segment.delivery.id { return }
        var tally = Tally(delivery: segment.delivery.id)
        let isNew = if case .delivery = segment.kind { segment.positionBefore == 0 } else { false }
        for remark in isNew ? [] : try DeliveryRemarks.list(of: segment.delivery.id, on: connection) {
            let name = Array(remark.name.utf8)
            let noted = Noted(name: name, records: 0, record: remark.record, example: nil)
            if name.isEmpty {
                tally.names[remark.reason.place].others = noted
            } else {
                tally.names[remark.reason.place].hashes.append(name.withUnsafeBytes(Self.hash))
                tally.names[remark.reason.place].named.append(noted)
            }
        }
        tallies.append(tally)
    }

    /// FNV-1a over words: only to tell names apart quickly.
    private static func hash(_ name: UnsafeRawBufferPointer) -> UInt64 {
        var hash = UInt64(0xcbf2_9ce4_8422_2325) ^ UInt64(name.count)
        var offset = 0
        while offset + 8 <= name.count {
            hash = (hash ^ name.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) &* 0x0000_0100_0000_01b3
            offset += 8
        }
        while offset < name.count {
            hash = (hash ^ UInt64(name[offset])) &* 0x0000_0100_0000_01b3
            offset += 1
        }
        return hash
    }

    /// Adds what was noted to what the deliveries have.
    func write(on connection: any SQLConnection) throws {
        for tally in tallies {
            for reason in DeliveryRemark.Reason.allCases {
                let names = tally.names[reason.place]
                let noted = names.named + [names.others].compactMap(\.self)
                try DeliveryRemarks.add(
                    noted.filter { $0.records > 0 }.map {
                        DeliveryRemark(
                            reason, name: String(decoding: $0.name, as: UTF8.self), records: $0.records,
                            record: $0.record, example: $0.example)
                    }, to: tally.delivery, on: connection)
            }
        }
    }
}

extension DeliveryRemark.Reason {
    fileprivate var place: Int {
        switch self {
        case .unknownField: 0
        case .notANumber: 1
        case .noMeter: 2
        case .unknownCustomer: 3
        case .noJob: 4
        }
    }
}

extension Engine {
    /// Counts and names an applied event that adds nothing, and one of a customer that is not provisioned. A value that is
    /// no number is named also where another meter counts the event, and not counted then: something was added.
    func remark(
        _ record: cev_record, _ parts: Slice<UnsafeBufferPointer<cev_part>>, of segment: RecordBatch.Segment,
        _ addition: MeterSet.Addition, _ meters: MeterSet, _ counts: inout DeliveryCounts,
        _ remarks: inout BatchRemarks, state: State, on connection: any SQLConnection
    ) throws {
        // A call has no delivery that could show it.
        if case .call = segment.kind { return }
        if let refused = addition.refused {
            if !addition.isAny { counts.notANumber += 1 }
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
        for index in parts.indices where parts[index].dropped_by == UInt32.max {
            if try state.customers.contain(index, of: parts.base, on: connection) { continue }
            counts.unknownCustomer += 1
            try remarks.note(.unknownCustomer, parts[index].customer_id.buffer, record, of: segment, on: connection)
            break
        }
    }

    /// Counts and names a webhook that starts nothing, by its type.
    func remarkWebhook(
        _ payload: Payload, _ record: cev_record, of segment: RecordBatch.Segment, _ counts: inout DeliveryCounts,
        _ remarks: inout BatchRemarks, in batch: RecordBatch, on connection: any SQLConnection
    ) throws {
        guard var type = payload["type"]?.text, DocumentRecord.read(payload) == nil, !batch.startsRuns(type) else {
            return
        }
        counts.noJob += 1
        try type.withUTF8 { type in
            try remarks.note(.noJob, UnsafeRawBufferPointer(type), record, of: segment, on: connection) {
                (payload["messageId"] ?? payload["id"]).map { String($0.json.unicodeScalars.prefix(80)) }
            }
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
        // A character may be of any length: it is cut by bytes before, and by scalars.
        case CEV_STRING.rawValue:
            Payload.string(
                String(String(decoding: text.buffer.prefix(320), as: UTF8.self).unicodeScalars.prefix(80))
            ).json
        case CEV_TRUE.rawValue: "true"
        case CEV_FALSE.rawValue: "false"
        default: nil
        }
    }
}
