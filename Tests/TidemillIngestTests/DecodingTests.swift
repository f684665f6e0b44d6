import CEvents
import CLuaSupport
import Foundation
import Testing
import TidemillCore
import TidemillOperations
import TidemillTestSupport

@testable import TidemillIngest

/// The decoder reads instants and amounts in C++, the rest of the program in Swift: both must agree on every text.
struct DecodingTests {
    private struct Fields: MeteredFields {
        let generation: Int64 = 0
        func configure(_ decoder: OpaquePointer) -> Bool {
            let name = strdup("n")
            defer { free(name) }
            var field = cev_field(
                source: UInt8(CEV_DIMENSION.rawValue), name: cls_text(bytes: name, length: 1), numeric: true)
            return cev_decoder_set_fields(decoder, &field, 1)
        }
    }

    /// The one record that a line decodes to.
    private func decode<T>(_ line: String, _ body: (cev_record, cev_value?) throws -> T) throws -> T {
        let decoder = try RecordDecoder(identityKey: Array(repeating: 7, count: 16), fields: Fields(), rules: NoRules())
        let batch = try decoder.batch()
        let delivery = ClaimedDelivery(
            id: DeliveryID("d"), inbox: "", name: "", path: "", size: 0,
            receivedAt: Timestamp(microseconds: 4_000_000_000_000_000), owner: "", accepts: [.event])
        try decoder.decode(Array(line.utf8), of: delivery, into: batch, number: 1, line: 1, options: IngestOptions())
        let record = try #require(batch.records.first)
        return try body(record, batch.parts.first.flatMap { batch.values(of: $0)?.pointee })
    }

    @Test func `instants are read as Swift reads them`() throws {
        var random = SeededRandom(seed: 11)
        func digits(_ range: ClosedRange<Int>, _ width: Int) -> String {
            let text = String(Int.random(in: range, using: &random))
            return String(repeating: "0", count: max(0, width - text.count)) + text
        }
        var accepted = 0
        for _ in 0..<3000 {
            let zone =
                ["Z", "z", "+\(digits(0...25, 2)):\(digits(0...61, 2))", "-05:30", "", "+0100"].randomElement(
                    using: &random) ?? "Z"
            let fraction = ["", ".5", ".123456", ".1234567", "."].randomElement(using: &random) ?? ""
            let text =
                "\(digits(1999...2095, 4))-\(digits(0...13, 2))-\(digits(0...32, 2))\(["T", " ", "t", "x"].randomElement(using: &random) ?? "T")"
                + "\(digits(0...24, 2)):\(digits(0...60, 2)):\(digits(0...61, 2))\(fraction)\(zone)"
            let expected = Timestamp(rfc3339: text)
            let earliest: Int64 = 946_684_800_000_000
            try decode(#"{"customerId":"c","eventName":"e","timestamp":"\#(text)"}"#) { record, _ in
                if let expected, expected.microseconds >= earliest {
                    #expect(record.verdict == CEV_KEPT.rawValue && record.timestamp == expected.microseconds, "\(text)")
                    accepted += 1
                } else {
                    #expect(record.verdict == CEV_REJECTED.rawValue, "\(text)")
                }
            }
        }
        #expect(accepted > 300)
    }

    @Test func `instants are read as everywhere`() throws {
        for vector in try Vectors.instants() {
            try decode(#"{"customerId":"c","eventName":"e","timestamp":"\#(vector.input)"}"#) { record, _ in
                let text =
                    record.verdict == CEV_KEPT.rawValue
                    ? Timestamp(microseconds: record.timestamp).description : nil
                #expect(text == vector.text, "\(vector.input)")
            }
        }
    }

    @Test(arguments: [
        #"{"dimensions":5}"#, #"{"dimensions":[1]}"#, #"{"dimensions":{"n":[]}}"#, #"{"dimensions":{"n":{"x":1}}}"#,
        #"{"customerId":5}"#, #"{"resourceId":[]}"#, #"{"timestamp":"never"}"#, "[]", "x", #"{"dimensions":{"n":1}"#,
    ])
    func `an event whose stored mapping is damaged is rejected as that`(patch: String) throws {
        let decoder = try #require(cev_decoder_open(Array(repeating: 7, count: 16)))
        let batch = try #require(cev_batch_open())
        defer {
            cev_batch_close(batch)
            cev_decoder_close(decoder)
        }
        #expect(Fields().configure(decoder))
        let event = #"{"customerId":"c","eventName":"e","dimensions":{"n":2}}"#
        let isDecoded = patch.withCString { bytes in
            var stored = cls_text(bytes: bytes, length: UInt32(patch.utf8.count))
            return cev_decode_stored(decoder, batch, event, UInt32(event.utf8.count), &stored, 1, 0)
        }
        #expect(isDecoded)
        var count: UInt32 = 0
        let record = try #require(cev_batch_records(batch, &count)).pointee
        #expect(count == 1 && record.verdict == CEV_REJECTED.rawValue && record.part_count == 0)
    }

    @Test func `decimals are read as everywhere`() throws {
        let number = /-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/
        for vector in try Vectors.decimals() {
            // As a number where JSON has it, else as text: there, what has an exponent is none.
            let isNumber = vector.input.wholeMatch(of: number) != nil
            guard isNumber || !vector.input.lowercased().contains("e") else { continue }
            let value = isNumber ? vector.input : "\"\(vector.input)\""
            try decode(#"{"customerId":"c","eventName":"e","dimensions":{"n":\#(value)}}"#) { record, value in
                switch vector.expected {
                case .text(let text):
                    let read = try #require(value, "\(vector.input)")
                    #expect(read.has_amount, "\(vector.input)")
                    #expect(Amount(units: read.units, nanos: Int64(read.nanos)).description == text, "\(vector.input)")
                case .none:
                    #expect(value?.has_amount == false, "\(vector.input)")
                case .large, .fine:
                    #expect(record.verdict == CEV_REJECTED.rawValue, "\(vector.input)")
                }
            }
        }
    }

    @Test func `amounts are read as Swift reads them`() throws {
        var random = SeededRandom(seed: 12)
        var accepted = 0
        for _ in 0..<3000 {
            var text = Bool.random(using: &random) ? "-" : ""
            let digits = Int.random(in: 1...21, using: &random)
            text += digits == 1 ? "0" : "\(Int.random(in: 1...9, using: &random))"
            for _ in 1..<max(2, digits) where digits > 1 { text += "\(Int.random(in: 0...9, using: &random))" }
            if Bool.random(using: &random) {
                text += "."
                for _ in 0..<Int.random(in: 1...11, using: &random) {
                    text += "\(Int.random(in: 0...9, using: &random))"
                }
            }
            if Int.random(in: 0..<4, using: &random) == 0 { text += "e\(Int.random(in: -12...12, using: &random))" }
            let expected = Amount(text)
            try decode(#"{"customerId":"c","eventName":"e","dimensions":{"n":\#(text)}}"#) { record, value in
                if let expected {
                    let read = try #require(value)
                    #expect(Amount(units: read.units, nanos: Int64(read.nanos)) == expected, "\(text)")
                    accepted += 1
                } else {
                    #expect(record.verdict == CEV_REJECTED.rawValue, "\(text)")
                }
            }
        }
        #expect(accepted > 1000)
    }

    @Test(arguments: [
        (#"{"n":1}"#, #"{"n":1,"m":null}"#, true), (#"{"a":1,"b":2}"#, #"{"b":2,"a":1}"#, true),
        (#"{"n":1}"#, #"{"n":2}"#, false), (#"{"n":1}"#, #"{"n":"1"}"#, false),
        (#"{"n":true}"#, #"{"n":false}"#, false),
        (#"{"n":0.1}"#, #"{"n":0.2}"#, false), (#"{"a":1}"#, #"{"b":1}"#, false),
    ])
    func `a repeat is told to differ by its content, not by its order`(left: String, right: String, isSame: Bool) throws
    {
        func content(_ dimensions: String) throws -> UInt16 {
            try decode(#"{"customerId":"c","eventName":"e","dimensions":\#(dimensions)}"#) { record, _ in record.content
            }
        }
        #expect(try (content(left) == content(right)) == isSame)
    }

    @Test func `an identity is customer, resource, name and key, however they are cut`() throws {
        func identity(_ text: String) throws -> [UInt64] {
            try decode(text) { record, _ in [record.identity.high, record.identity.low] }
        }
        let base = try identity(#"{"customerId":"ab","eventName":"c","idempotencyKey":"d"}"#)
        #expect(try identity(#"{"idempotencyKey":"d","eventName":"c","customerId":"ab","resourceId":null}"#) == base)
        #expect(
            try identity(
                #"{"customerId":"ab","eventName":"c","idempotencyKey":"d","timestamp":"2026-01-01T00:00:00Z"}"#) == base
        )
        for other in [
            #"{"customerId":"a","eventName":"bc","idempotencyKey":"d"}"#,
            #"{"customerId":"ab","eventName":"cd","idempotencyKey":"d"}"#,
            #"{"customerId":"ab","resourceId":"c","eventName":"c","idempotencyKey":"d"}"#,
            #"{"customerId":"ab","eventName":"c","idempotencyKey":"D"}"#,
        ] {
            #expect(try identity(other) != base)
        }
    }
}
