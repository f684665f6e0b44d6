import Foundation
import Synchronization
import Testing
import TidemillCore
import TidemillEngine
import TidemillIngest
import TidemillOperations
import TidemillStore

/// The same records in every form that a file may have. The records have no keys: whatever is applied twice counts twice.
/// What must come out is counted by hand.
struct PackedDeliveryTests {
    private static let records = 300
    /// 0 + 1 + … + 299
    private static let sum = Amount(44_850)
    /// So small that a file takes many batches.
    private static let options = IngestOptions(batchRecordsMax: 16, batchBytesMax: 1024)

    /// A pad that does not pack well, so that a packed file is read in several pieces.
    private static func pad(_ number: Int) -> String {
        var state = UInt64(number) &* 0x9E37_79B9_7F4A_7C15 | 1
        return String(
            (0..<900).map { _ in
                state ^= state << 13
                state ^= state >> 7
                state ^= state << 17
                return Character(UnicodeScalar(UInt8(97 + state % 26)))
            })
    }

    private static let lines = Data(
        (0..<records).map { #"{"customerId":"c","eventName":"call","dimensions":{"n":\#($0),"pad":"\#(pad($0))"}}"# }
            .joined(separator: "\n").utf8)
    private static let array = Data("[\(String(decoding: lines, as: UTF8.self).replacing("\n", with: ",\n"))]".utf8)
    private static let table = Data(
        ("customerId,eventName,n,pad\r\n" + (0..<records).map { "c,call,\($0),\(pad($0))\r\n" }.joined()).utf8)

    static let names = [
        "e.ndjson", "e.jsonl", "e.json", "e.csv", "e.ndjson.gz", "e.gz", "e.json.gz", "e.csv.gz", "e.jsonl.zst",
        "e.zst",
        "e.json.zst", "e.csv.zst",
    ]

    private static func file(_ name: String) throws -> Data {
        let format = try #require(DeliveryFormat(name: name))
        let bytes =
            switch format.records {
            case .document: array
            case .lines: lines
            case .table: table
            }
        return try Packing.pack(bytes, as: format.packing)
    }

    private func fixture(_ options: IngestOptions = options) throws -> IngestFixture {
        let fixture = try IngestFixture(options: options)
        try fixture.meter("n", MeterDefinition(aggregation: .init(.sum, of: .dimension("n"))))
        return fixture
    }

    private func sum(_ fixture: IngestFixture) throws -> Amount {
        try fixture.usage(UsageQuery(feature: FeatureID("n"))).reduce(Amount.zero) { $0 + $1.value }
    }

    @Test(arguments: names)
    func `every form counts the same`(name: String) async throws {
        let fixture = try fixture()
        let claimed = try fixture.deliver(Self.file(name), name: name)
        let outcome = try #require(try await fixture.processor.process([claimed]).first)
        #expect(outcome.state == .done)
        #expect(outcome.counts.applied == Int64(Self.records) && outcome.counts.rejected == 0)
        #expect(try sum(fixture) == Self.sum)
    }

    /// A reading that fails stops between two batches, as an end of the process does: what follows begins with the rows
    /// and the file alone.
    @Test(arguments: ["e.ndjson.gz", "e.csv", "e.csv.zst", "e.json.gz"])
    func `a delivery goes on where it was, whichever read stopped it`(name: String) async throws {
        let file = try Self.file(name)
        var number = 0
        var met = true
        while met {
            number += 1
            let fixture = try fixture()
            let claimed = try fixture.deliver(file, name: name)
            let reads = Mutex(0)
            let failing = number
            let calls = FileCalls(open: FileCalls.system.open) { descriptor, buffer, offset in
                let read = reads.withLock {
                    $0 += 1
                    return $0
                }
                return read == failing ? -Int(EIO) : FileCalls.system.read(descriptor, buffer, offset)
            }
            func process() async throws -> DeliveryOutcome {
                let processor = DeliveryProcessor(
                    store: fixture.store, sink: fixture.engine, options: Self.options, files: calls
                ) { NoRules() }
                return try #require(try await processor.process([claimed]).first)
            }
            var outcome = try await process()
            met = reads.withLock { $0 >= failing }
            if met { outcome = try await process() }
            #expect(outcome.state == .done, "read \(failing)")
            #expect(try sum(fixture) == Self.sum, "read \(failing)")
        }
        // The check and the reading itself, each to the end of the file.
        #expect(number > 3)
    }

    @Test(arguments: names)
    func `a delivery whose end was committed and not said is not applied again`(name: String) async throws {
        let fixture = try fixture()
        let claimed = try fixture.deliver(Self.file(name), name: name)
        for _ in 0..<2 {
            let outcome = try #require(try await fixture.processor.process([claimed]).first)
            #expect(outcome.state == .done && outcome.counts.records == Int64(Self.records))
        }
        #expect(try sum(fixture) == Self.sum)
    }

    @Test(arguments: [DeliveryFormat.Packing.gzip, .zstd])
    func `streams that follow each other are one content`(packing: DeliveryFormat.Packing) async throws {
        let fixture = try fixture()
        var file = Data()
        for part in Self.lines.split(separator: UInt8(ascii: "\n")) {
            // Cut inside of a line: where a stream ends says nothing about records.
            file += try Packing.pack(Data(part.prefix(100)), as: packing)
            file += try Packing.pack(Data(part.dropFirst(100)) + Data("\n".utf8), as: packing)
            if file.count > 60_000 { break }
        }
        let claimed = try fixture.deliver(file, name: packing == .gzip ? "e.gz" : "e.zst")
        let outcome = try #require(try await fixture.processor.process([claimed]).first)
        #expect(outcome.state == .done)
        #expect(outcome.counts.records > 20 && outcome.counts.applied == outcome.counts.records)
    }

    @Test(arguments: [DeliveryFormat.Packing.gzip, .zstd])
    func `a file that is cut off anywhere is refused before its first record`(packing: DeliveryFormat.Packing)
        async throws
    {
        let fixture = try fixture()
        let line = Data((#"{"customerId":"c","eventName":"call","dimensions":{"n":1}}"# + "\n").utf8)
        let file = try Packing.pack(line, as: packing) + Packing.pack(line, as: packing)
        let whole = try Packing.pack(line, as: packing).count
        let name = packing == .gzip ? "e.gz" : "e.zst"
        for count in 1..<file.count where count != whole {
            var claimed = try fixture.deliver(file.prefix(count), name: name)
            #expect(
                try await fixture.processor.process([claimed]).first?.state
                    == .failed(
                        code: "invalid_compression",
                        message:
                            "its \(packing.rawValue) goes on after the \(count) bytes that are there: the file is cut off; send it again; nothing of the file was applied"
                    ), "\(count) bytes")
            claimed.mayGrow = true
            #expect(try await fixture.processor.process([claimed]).first?.state == .incomplete, "\(count) bytes")
        }
        #expect(try sum(fixture) == .zero)
    }

    @Test(arguments: [
        (
            "e.gz", DeliveryFormat.Packing.gzip, "\n",
            "from byte 61 on something follows that is no gzip; cut it off, or send the file again"
        ),
        (
            "e.zst", .zstd, "garbage",
            "from byte 47 on something follows that is no zstd; cut it off, or send the file again"
        ),
        ("e.zst", .gzip, "", "it is not zstd, though its name says so; name it for what it is"),
        ("e.gz", nil, "", "it is not gzip, though its name says so; name it for what it is"),
    ])
    func `what is not of its format is said`(
        name: String, packing: DeliveryFormat.Packing?, behind: String, message: String
    ) async throws {
        let fixture = try fixture()
        let line = Data(#"{"customerId":"c","eventName":"call"}"#.utf8)
        let packed = try Packing.pack(line, as: packing)
        let claimed = try fixture.deliver(packed + Data(behind.utf8), name: name)
        let expected = message.replacing(/byte \d+/) { _ in "byte \(packed.count)" }
        #expect(
            try await fixture.processor.process([claimed]).first?.state
                == .failed(code: "invalid_compression", message: expected + "; nothing of the file was applied"))
    }

    @Test func `damage is found before the first record takes effect`() async throws {
        let fixture = try fixture()
        var file = try Self.file("e.ndjson.gz")
        file[file.count - 5] ^= 0x55  // inside of the check sum at its end
        let claimed = try fixture.deliver(file, name: "e.ndjson.gz")
        #expect(
            try await fixture.processor.process([claimed]).first?.state
                == .failed(
                    code: "invalid_compression",
                    message:
                        "its gzip is damaged near byte \(file.count - 4) (incorrect data check); send the file again; nothing of the file was applied"
                ))
        #expect(try sum(fixture) == .zero)
    }

    @Test func `a file that unpacks to more than spool_max_file allows is refused`() async throws {
        var options = Self.options
        options.contentBytesMax = 1 << 20
        let fixture = try fixture(options)
        let zeros = try Packing.zstd(Data(count: 64 << 20))
        #expect(zeros.count < 1 << 14)
        let claimed = try fixture.deliver(zeros, name: "bomb.zst")
        #expect(
            try await fixture.processor.process([claimed]).first?.state
                == .failed(
                    code: "too_large",
                    message:
                        "its content has more than 1048576 bytes, which spool.max_file allows; split it or raise the limit; nothing of the file was applied"
                ))
    }

    @Test func `a line that is too long is rejected alone, packed as well`() async throws {
        var options = Self.options
        options.recordLengthMax = 50_000
        let fixture = try fixture(options)
        let long = Self.pad(0) + String(repeating: "x", count: 700_000)
        let event = #"{"customerId":"c","eventName":"call","dimensions":{"n":5}}"#
        let file = try Packing.gzip(Data([event, long, event, long, event, ""].joined(separator: "\n").utf8))
        let claimed = try fixture.deliver(file, name: "e.gz")
        let outcome = try #require(try await fixture.processor.process([claimed]).first)
        #expect(outcome.state == .done && outcome.counts.applied == 3 && outcome.counts.rejected == 2)
        #expect(try sum(fixture) == Amount(15))
    }

    @Test func `an empty content is an empty file`() async throws {
        let fixture = try fixture()
        let claimed = try fixture.deliver(try Packing.gzip(Data()), name: "e.gz")
        guard case .failed(code: "empty", _) = try await fixture.processor.process([claimed]).first?.state else {
            Issue.record("not refused as empty")
            return
        }
    }
}
