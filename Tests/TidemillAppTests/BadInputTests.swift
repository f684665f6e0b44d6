import Foundation
import Testing
import TidemillOperations

/// Files and records that are wrong in each way we know of. Every one gets a clear error with its place, and holds back
/// nothing else.
struct BadInputTests {
    static let good =
        #"{"customerId":"good","eventName":"llm.inference","idempotencyKey":"KEY","timestamp":"2026-01-01T00:00:00Z","dimensions":{"contextTokens":1,"generatedTokens":0}}"#

    static func event(
        _ changes: String = "", dimensions: String = #"{"contextTokens":1,"generatedTokens":0}"#
    ) -> String {
        #"{"customerId":"bad","eventName":"llm.inference","timestamp":"2026-01-01T00:00:00Z","dimensions":\#(dimensions)\#(changes)}"#
    }

    struct BadFile: CustomTestStringConvertible {
        var name: String
        var data: Data
        var code: String
        var message: String
        var testDescription: String { name }

        init(_ name: String, _ text: String, _ code: String, _ message: String) {
            self.init(name, Data(text.utf8), code, message)
        }

        init(_ name: String, _ data: Data, _ code: String, _ message: String) {
            (self.name, self.data, self.code, self.message) = (name, data, code, message)
        }
    }

    static let unreadable = [
        BadFile("empty.ndjson", "", "empty", "the file is empty"),
        BadFile("empty.json", "", "empty", "the file is empty"),
        BadFile("blank.ndjson", "\n\r\n  \n", "empty", "blank lines only"),
        BadFile("cut.json", #"[{"customerId":"a","eventName":"x"#, "invalid_json", "nothing of the file was applied"),
        BadFile("latin1.json", Data([0x5B, 0x22, 0xE9, 0x22, 0x5D]), "invalid_json", "UTF-8"),
        BadFile(
            "deep.json", String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000),
            "invalid_json", "nested deeper than 64 levels"),
    ]

    @Test(arguments: unreadable)
    func `a file that cannot be read fails as a whole, with its reason`(file: BadFile) throws {
        let mill = try Mill()
        try mill.deliver(file.name, file.data)
        try mill.deliver("good.ndjson", Self.good)
        try mill.runOnce(expecting: 1)
        let delivery = try #require(try mill.delivery(file.name))
        #expect(delivery["state"] == "failed")
        #expect(delivery["code"]?.text == file.code)
        #expect(delivery["message"]?.text?.contains(file.message) == true, "\(delivery["message"]?.text ?? "")")
        #expect(try mill.acknowledgement(file.name)["code"]?.text == file.code)
        #expect(try mill.folder.names(in: "spool/failed").contains(file.name))
        #expect(try mill.usage("feature-requests") == ["good": "1"])
    }

    struct BadRecord: CustomTestStringConvertible {
        var testDescription: String
        var line: String
        var code: String
        var message: String

        init(_ name: String, _ line: String, _ code: String, _ message: String) {
            (testDescription, self.line, self.code, self.message) = (name, line, code, message)
        }
    }

    static let records = [
        BadRecord("no kind", #"{"hello":"world"}"#, "unknown_kind", "expected an event (eventName)"),
        BadRecord("no object", "42", "unknown_kind", "expected a JSON object, got a number"),
        BadRecord("two kinds", event(#","type":"x""#), "ambiguous_kind", "an event (eventName) and a webhook (type)"),
        BadRecord(
            "operation where none is accepted", #"{"operation":"listCustomers","input":{}}"#, "kind_not_accepted",
            "does not accept operations"),
        BadRecord(
            "cut off", #"{"customerId":"a","eventName":"#, "invalid_json",
            "column 31: expected a value, got the end; is the record cut off?"),
        BadRecord("no customer", #"{"eventName":"x"}"#, "missing_field", "'customerId' is missing"),
        BadRecord(
            "customer of a wrong type", #"{"customerId":7,"eventName":"x"}"#, "wrong_type",
            "'customerId' must be a string, got a number"),
        BadRecord(
            "empty customer", #"{"customerId":"","eventName":"x"}"#, "out_of_range",
            "'customerId' must have 1 to 255 bytes, got 0"),
        BadRecord(
            "long customer", #"{"customerId":"\#(String(repeating: "x", count: 256))","eventName":"x"}"#,
            "out_of_range", "got 256"),
        BadRecord(
            "NUL in the customer", #"{"customerId":"a\u0000b","eventName":"x"}"#, "out_of_range", "control characters"),
        BadRecord(
            "dimensions of a wrong type", event(dimensions: "[1]"), "wrong_type",
            "'dimensions' must be an object, got an array"),
        BadRecord(
            "a nested dimension", event(dimensions: #"{"a":{"b":1}}"#), "wrong_type",
            "'dimensions.a' must be a string, a number or a boolean, got an object"),
        BadRecord(
            "no timestamp at all", #"{"customerId":"bad","eventName":"x","timestamp":"yesterday"}"#,
            "invalid_timestamp", "got \"yesterday\""),
        BadRecord(
            "a numeric timestamp", #"{"customerId":"bad","eventName":"x","timestamp":1700000000}"#, "wrong_type",
            "'timestamp' must be a string"),
        BadRecord(
            "year 1", #"{"customerId":"bad","eventName":"x","timestamp":"0001-01-01T00:00:00Z"}"#, "invalid_timestamp",
            "2000-01-01T00:00:00Z"),
        BadRecord(
            "year 9999", #"{"customerId":"bad","eventName":"x","timestamp":"9999-12-31T23:59:59Z"}"#,
            "invalid_timestamp", "events.max_future"),
        BadRecord(
            "30 February", #"{"customerId":"bad","eventName":"x","timestamp":"2026-02-30T00:00:00Z"}"#,
            "invalid_timestamp", "2026-02-30"),
        BadRecord(
            "NaN", event(dimensions: #"{"contextTokens":NaN,"generatedTokens":0}"#), "invalid_json",
            "expected a value, got \"NaN\""),
        BadRecord("1e999", event(dimensions: #"{"contextTokens":1e999,"generatedTokens":0}"#), "invalid_json", "1e999"),
        BadRecord(
            "deep", event(#","x":\#(String(repeating: "[", count: 5000) + String(repeating: "]", count: 5000))"#),
            "invalid_json", "nested deeper than 64 levels"),
        BadRecord(
            "a number that a rule cannot take", event(dimensions: #"{"contextTokens":"many","generatedTokens":0}"#),
            "rule_error", "mappings.lua:"),
        BadRecord(
            "a metered number beyond the bound",
            event(
                dimensions: #"{"contextTokens":1,"generatedTokens":0,"tokens":1}"#.replacing(
                    "\"contextTokens\":1,", with: "\"contextTokens\":1000000000000000000,")), "out_of_range",
            "at most 18 digits"),
    ]

    @Test(arguments: records)
    func `a bad record is rejected by itself, with line and reason`(record: BadRecord) throws {
        let mill = try Mill()
        let lines = ["1", "2"].map { Self.good.replacing("KEY", with: $0) }
        try mill.deliver("mixed.ndjson", "\(lines[0])\n\n\(record.line)\n\(lines[1])\n")
        try mill.runOnce(expecting: 1)
        let result = try mill.acknowledgement("mixed.ndjson")
        #expect(result["applied"] == 2)
        #expect(result["rejected"] == 1)
        let rejection = try #require(result["rejections"]?.items.first)
        #expect(rejection["line"] == 3)
        #expect(rejection["code"]?.text == record.code, "\(rejection["message"]?.text ?? "")")
        #expect(rejection["message"]?.text?.contains(record.message) == true, "\(rejection["message"]?.text ?? "")")
        #expect(try mill.usage("feature-requests") == ["good": "2"])
        let kept = try mill.json("rejected").items
        #expect(kept.count == 1)
        #expect(kept.first?["line"] == 3)
    }

    @Test func `a byte order mark, CRLF and a last line without its end are read`() throws {
        let mill = try Mill()
        let lines = (1...3).map { Self.good.replacing("KEY", with: "\($0)") }
        try mill.deliver("dos.ndjson", "\u{FEFF}\(lines[0])\r\n\r\n\(lines[1])\r\n\(lines[2])")
        try mill.deliver("dos.json", "\u{FEFF}[\r\n\(Self.good)\r\n]\r\n")
        try mill.runOnce()
        #expect(try mill.usage("feature-requests") == ["good": "4"])
    }

    @Test func `numbers keep their digits`() throws {
        let scripts = [
            "all.lua": """
            catalog { features = { { id = "f", displayName = "F", featureType = "NUMBER", meterType = "INCREMENTAL",
              meter = { aggregation = { ["function"] = "SUM", field = "n" } } } } }
            """
        ]
        let mill = try Mill(scripts: scripts)
        let numbers = ["9007199254740993", "0.1", "0.2", "999999999999999.000000001", "1e3", "\"12.5\"", "-3"]
        let lines = numbers.map { #"{"customerId":"c","eventName":"x","dimensions":{"n":\#($0)}}"# }
        try mill.deliver("n.ndjson", lines.joined(separator: "\n"))
        try mill.runOnce()
        // 9007199254740993 + 0.3 + 999999999999999.000000001 + 1000 + 12.5 - 3
        #expect(try mill.usage("f") == ["c": "10007199254742001.800000001"])
    }

    @Test func `ten thousand dimensions and a record beyond its limit hold back nothing`() throws {
        let mill = try Mill()
        let many = (0..<10_000).map { "\"d\($0)\":\($0)" }.joined(separator: ",")
        let wide = Self.event(dimensions: "{\"contextTokens\":1,\"generatedTokens\":0,\(many)}")
        let long = Self.event(dimensions: "{\"a\":\"\(String(repeating: "x", count: 2_000_000))\"}")
        try mill.deliver("wide.ndjson", "\(wide)\n\(long)\n\(Self.good)\n")
        try mill.runOnce(expecting: 1)
        let result = try mill.acknowledgement("wide.ndjson")
        let rejections = result["rejections"]?.items ?? []
        let tooLarge = try #require(rejections.first { $0["line"] == 2 })
        #expect(tooLarge["code"] == "too_large")
        #expect(tooLarge["message"]?.text?.contains("expected a record of at most 1048576 bytes") == true)
        // The wide one may be taken or rejected, but it is accounted for, and the good one is applied.
        #expect(result["records"] == 3)
        #expect(try mill.usage("feature-requests")["good"] == "1")
    }

    @Test func `an oversized file is refused by size, not read`() throws {
        let mill = try Mill(configuration: "")
        let text = try mill.folder.read("config.toml").replacing("settle =", with: "max_file = \"1KiB\"\nsettle =")
        try mill.folder.write("config.toml", text)
        try mill.deliver("big.ndjson", String(repeating: Self.good + "\n", count: 20))
        try mill.deliver("good.ndjson", Self.good)
        try mill.runOnce(expecting: 1)
        #expect(try mill.usage("feature-requests") == ["good": "1"])
        let log = try mill.program.run("run", "--once").err
        #expect(log.contains("big.ndjson"), "\(log)")
    }

    @Test func `hostile names neither run nor hide anything`() throws {
        let mill = try Mill()
        let names = [
            "a b.ndjson", "-rf.ndjson", "$(touch x).ndjson", "ü.ndjson", "x\n2.ndjson", "\u{1B}[31m.ndjson",
            ".hidden.ndjson", "note.txt",
        ]
        for name in names { try mill.deliver(name, Self.good) }
        try mill.deliver("good.ndjson", Self.good)
        try FileManager.default.createSymbolicLink(
            atPath: mill.folder.path("spool/inbox/link.ndjson"), withDestinationPath: mill.folder.path("config.toml"))
        try FileManager.default.createDirectory(
            atPath: mill.folder.path("spool/inbox/folder.ndjson"), withIntermediateDirectories: false)
        mkfifo(mill.folder.path("spool/inbox/pipe.ndjson"), 0o600)
        let ended = try mill.program.run("run", "--once", "--json")
        #expect(ended.status == 1)
        #expect(!ended.err.contains("\u{1B}"))
        #expect(try mill.usage("feature-requests") == ["good": "1"])
        // What was refused lies where it was.
        for name in ["link.ndjson", "folder.ndjson", "pipe.ndjson", ".hidden.ndjson"] {
            #expect((try? FileManager.default.attributesOfItem(atPath: mill.folder.path("spool/inbox/\(name)"))) != nil)
        }
        #expect(!FileManager.default.fileExists(atPath: mill.folder.path("x")))
    }
}
