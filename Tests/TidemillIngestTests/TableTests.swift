import CEvents
import Foundation
import Testing
import TidemillCore
import TidemillEngine
import TidemillIngest
import TidemillOperations
import TidemillStore

/// Tables as records, by RFC 4180 and what docs/records.md says of columns and cells.
struct TableTests {
    /// What a table becomes, and what refuses it; taken in pieces of `step` bytes.
    private func convert(_ text: String, step: Int = .max, lengthMax: UInt32 = 1 << 20) throws -> (
        lines: [String], problem: String?
    ) {
        let table = try #require(cev_table_open(lengthMax))
        defer { cev_table_close(table) }
        let bytes = Array(text.utf8)
        var isGood = true
        var start = 0
        while isGood, start < bytes.count {
            let count = min(step, bytes.count - start)
            isGood = bytes[start..<(start + count)].withUnsafeBytes {
                cev_table_take(table, $0.baseAddress?.assumingMemoryBound(to: CChar.self), count)
            }
            start += count
        }
        isGood = isGood && cev_table_end(table)
        var length = 0
        let output = cev_table_output(table, &length)
        let made = String(decoding: UnsafeRawBufferPointer(start: output, count: length), as: UTF8.self)
        let problem = cev_table_problem(table).map { "line \(cev_table_line(table)): \(String(cString: $0))" }
        #expect(isGood == (problem == nil))
        var lines = made.components(separatedBy: "\n")
        if lines.last == "" { lines.removeLast() }
        return (lines, problem)
    }

    private static let head = "customerId,eventName,idempotencyKey,timestamp,resourceId,tokens,dimensions.model\n"
    private static let begin = #"{"customerId":"c","eventName":"e""#

    @Test(arguments: [
        (
            "c,e,k,2026-01-01T00:00:00Z,r,1.50,small",
            #","idempotencyKey":"k","timestamp":"2026-01-01T00:00:00Z","resourceId":"r","dimensions":{"tokens":1.50,"model":"small"}}"#
        ),
        // Empty cells are absent, quoted or not; fields are texts whatever they look like.
        ("c,e,7,,,,", #","idempotencyKey":"7"}"#), ("c,e,\"\",,\"\",,", "}"),
        // Numbers keep their digits; what JSON writes otherwise, or is too long for a number, is text.
        ("c,e,,,,-0.10,1e5", #","dimensions":{"tokens":-0.10,"model":1e5}}"#),
        ("c,e,,,,007,+1", #","dimensions":{"tokens":"007","model":"+1"}}"#),
        ("c,e,,,,1234567890123456789,.5", #","dimensions":{"tokens":"1234567890123456789","model":".5"}}"#),
        ("c,e,,,,123456789012345678,1e999", #","dimensions":{"tokens":123456789012345678,"model":"1e999"}}"#),
        ("c,e,,,,true,False", #","dimensions":{"tokens":true,"model":"False"}}"#),
        // Quotes are about the text of a cell, not about what it is.
        ("c,e,,,,\"5\",\"a \"\"b\"\", c\"", #","dimensions":{"tokens":5,"model":"a \"b\", c"}}"#),
        ("c,e,,,, 5,null", #","dimensions":{"tokens":" 5","model":"null"}}"#),
        ("c,e,,,,\"a\tb\",ü", #","dimensions":{"tokens":"a\u0009b","model":"ü"}}"#),
    ])
    func `a row becomes an event`(row: String, rest: String) throws {
        for step in [1, 7, .max] {
            for end in ["", "\n", "\r\n"] {
                let made = try convert(Self.head + row + end, step: step)
                #expect(made.problem == nil)
                #expect(made.lines == ["", Self.begin + rest])
            }
        }
    }

    @Test func `lines of the table are lines of what it becomes`() throws {
        let text = "\u{FEFF}\r\n" + Self.head + "\n  \nc,e,,,,\"1\r\n2\n3\",\nc,e\n,,,,,,\nc,e,,,,,x\r\n"
        for step in [1, 3, .max] {
            let made = try convert(text, step: step)
            #expect(
                made.lines == [
                    "", "", "", "", Self.begin + #","dimensions":{"tokens":"1\u000d\u000a2\u000a3"}}"#, "", "",
                    "\u{1E}expected 7 cells as in the header, got 2\u{1F}c,e", "{}",
                    Self.begin + #","dimensions":{"model":"x"}}"#,
                ])
        }
    }

    @Test(arguments: [
        (
            "c,e,,,,1,2,3", "expected 7 cells as in the header, got 8; a cell with commas stands in quotes",
            "c,e,,,,1,2,3"
        ),
        (
            "c,e,,,,a\"b,",
            "cell 6 has a quote in its middle; put the whole cell in quotes, and write each quote inside twice",
            "c,e,,,,a\"b,"
        ),
        ("c,e,,,,\"a\"b,", "cell 6 goes on after its closing quote; write each quote inside twice", "c,e,,,,ab,"),
        (
            "c,e,,,," + String(repeating: "x", count: 200) + ",",
            "expected a row of at most 120 bytes, got 208; split it", "c,e,,,"
        ),
    ])
    func `a bad row is rejected alone`(row: String, message: String, shown: String) throws {
        let made = try convert(Self.head + row + "\nc,e,,,,1,\n", step: 11, lengthMax: 120)
        #expect(made.problem == nil)
        #expect(
            made.lines == ["", "\u{1E}\(message)\u{1F}\(shown)", Self.begin + #","dimensions":{"tokens":1}}"#])
    }

    @Test func `a cell without a name rejects its row, an empty one does not`() throws {
        let made = try convert("customerId,eventName,\nc,e,\nc,e,1\n")
        #expect(made.lines[1] == Self.begin + "}")
        #expect(made.lines[2] == "\u{1E}cell 3 has no column name; name it in the header or leave it out\u{1F}c,e,1")
    }

    @Test(arguments: [
        ("", "line 1: the file has no header; expected the names of the columns in its first line"),
        ("\n\n", "line 1: the file has no header; expected the names of the columns in its first line"),
        (
            "customerId,event_name\n",
            "line 1: the header has no column eventName; expected customerId and eventName (events), or customerId, featureId and value (usage reports); is it \"event_name\"?"
        ),
        (
            "a,b\n",
            "line 1: the header has no column customerId; expected customerId and eventName (events), or customerId, featureId and value (usage reports); got \"a\" and others"
        ),
        (
            "customerId;eventName\n",
            "line 1: the header has no column customerId; expected customerId and eventName (events), or customerId, featureId and value (usage reports). Columns are separated by commas"
        ),
        ("customerId,eventName,a,dimensions.a\n", "line 1: two columns are \"dimensions.a\"; give one another name"),
        (
            "customerId,eventName,dimensions\n",
            "line 1: the column \"dimensions\" has no place in a table; make each dimension a column of its own"
        ),
        ("\ncustomerId,eventName,\"a\nb\"\n", "line 2: column 3 has a control character in its name"),
        (
            "customerId,eventName,a\nc,e,1\nc,e,\"2\nc,e,3\n",
            "line 3: the quote that opens cell 3 is never closed; is the file cut off?"
        ),
        (
            "customerId,eventName,\(String(repeating: "n", count: 256))\n",
            "line 1: the name of column 3 has 256 bytes; expected at most 255"
        ),
    ])
    func `a table that cannot be read is refused as a whole`(text: String, message: String) throws {
        #expect(try convert(text, step: 5).problem == message)
    }

    @Test func `a table of usage reports has values and their dimensions`() throws {
        let made = try convert(
            "customerId,featureId,value,updateBehavior,model\nc,seats,3,SET,m\nc,seats,many,,\n")
        #expect(
            made.lines.dropFirst() == [
                #"{"customerId":"c","featureId":"seats","value":3,"updateBehavior":"SET","dimensions":{"model":"m"}}"#,
                #"{"customerId":"c","featureId":"seats","value":"many"}"#,
            ])
    }

    /// What a producer's table comes to in the store; the counts are added up by hand.
    @Test func `rows count, and bad ones are rejected with their lines`() async throws {
        let fixture = try IngestFixture()
        try fixture.meter("n", MeterDefinition(aggregation: .init(.sum, of: .dimension("n"))))
        let table = """
            customerId,eventName,idempotencyKey,n,note\r
            c,call,a,1.5,plain\r
            c,call,b,2,"two\r
            lines"\r
            c,call,b,2,"two\r
            lines"\r
            c,call\r
            c,call,d,1234567890123456789,too long\r
            ,call,e,1,nobody\r
            c,call,f,0.25,last
            """
        let claimed = try fixture.deliver(Data(table.utf8), name: "usage.CSV")
        let outcome = try #require(try await fixture.processor.process([claimed]).first)
        #expect(outcome.state == .done)
        #expect(outcome.counts.records == 7 && outcome.counts.applied == 3)
        #expect(outcome.counts.duplicate == 1 && outcome.counts.rejected == 3)
        let rejected = try fixture.store.read {
            try DeliveryLedger.rejected(of: claimed.id, after: -1, limit: 10, on: $0)
        }
        #expect(rejected.map(\.line) == [7, 8, 9])
        #expect(rejected.map(\.code) == ["invalid_csv", "out_of_range", "missing_field"])
        let usage = try fixture.usage(UsageQuery(feature: FeatureID("n")))
        #expect(usage.map(\.value) == [Amount(nanos: 3_750_000_000)])
    }

    @Test func `a misspelt column rejects its rows as a misspelt field does, unless the inbox ignores it`() async throws
    {
        for (ignored, applied) in [(Set<String>(), Int64(1)), (["ts"], 2)] {
            var options = IngestOptions()
            options.ignoredFields = ["inbox": ignored]
            let fixture = try IngestFixture(options: options)
            let table = "customerId,eventName,ts,quantity\nc,call,2026-01-01,5\nc,call,,5\n"
            let claimed = try fixture.deliver(Data(table.utf8), name: "e.csv")
            let outcome = try #require(try await fixture.processor.process([claimed]).first)
            #expect(outcome.counts.applied == applied && outcome.counts.rejected == 2 - applied)
        }
    }

    @Test func `a header alone is a table without rows`() async throws {
        let fixture = try IngestFixture()
        let claimed = try fixture.deliver(Data("customerId,eventName\n".utf8), name: "e.csv")
        let outcome = try #require(try await fixture.processor.process([claimed]).first)
        #expect(outcome.state == .done && outcome.counts.records == 0)
    }

    @Test func `a table that somebody may still write is waited for`() async throws {
        let fixture = try IngestFixture()
        var claimed = try fixture.deliver(Data("customerId,eventName\nc,call\n".utf8), name: "e.csv")
        claimed.mayGrow = true
        #expect(try await fixture.processor.process([claimed]).first?.state == .incomplete)
        claimed.mayGrow = false
        #expect(try await fixture.processor.process([claimed]).first?.counts.applied == 1)
    }
}
