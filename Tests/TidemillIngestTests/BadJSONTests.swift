import Foundation
import Testing
import TidemillEngine
import TidemillIngest
import TidemillOperations
import TidemillStore

/// Where text stops being JSON, by line and column; both are counted by hand, columns in characters.
struct BadJSONTests {
    private static let number = "18446744073709551616"  // 2^64

    @Test(arguments: [
        ("\u{FEFF}{\"a\":1,}\n", #"line 1, column 8: expected a name in double quotes, got "}""#),
        ("{}\r\n\n  {\"ä\": nope}\n", #"line 3, column 9: expected a value, got "nope""#),
        ("{\"a\":'x'}", #"line 1, column 6: expected a value, got "'"; texts stand in double quotes"#),
        (
            #"{"customerId":"a","eventName":"x","dimensions":{"n":\#(number)}}"#,
            "line 1, column 53: a number that is too large for JSON here (more than 64 bits, or as 1e999); send it as a text"
        ),
        ("{\"customerId\":\"a", "line 1, column 15: the text that begins here is never closed; is the record cut off?"),
        (#"{"a":"\ud83d"}"#, "line 1, column 7: half of a character: \\ud800 to \\udfff stand in pairs only"),
        ("{\"a\":1} {\"a\":2}", #"line 1, column 9: expected nothing after the value, got "{""#),
        (
            String(repeating: "[", count: 70) + String(repeating: "]", count: 70),
            "line 1, column 65: nested deeper than 64 levels"
        ),
    ])
    func `a record that is no JSON says where`(text: String, message: String) async throws {
        let fixture = try IngestFixture()
        let claimed = try fixture.deliver(Data(text.utf8))
        #expect(try await fixture.processor.process([claimed]).first?.state == .done)
        let rejected = try fixture.store.read { try DeliveryLedger.rejected(of: claimed.id, on: $0) }
        #expect(rejected.last?.code == "invalid_json")
        #expect(rejected.last?.message == message)
        #expect(rejected.last.map { message.hasPrefix("line \($0.line), ") } == true)
    }

    @Test(arguments: [
        ("[\n {\"a\":1},\n {\"b\":tru}\n]", #"line 3, column 7: expected a value, got "tru""#),
        ("[{\"a\":1}", "line 1, column 9: the array is not closed; is the file cut off?"),
        // What rejects its record alone is not what is wrong with the file.
        ("[{\"a\":\"\\ud83d\",\"b\":\(number)},\n{\"a\" 1}]", #"line 2, column 6: expected : after the name, got "1""#),
        (
            "{}\n{}",
            "line 2, column 1: expected the end of the document after the first value; several records need an array or .ndjson"
        ),
    ])
    func `a document that is none says where`(text: String, message: String) async throws {
        let fixture = try IngestFixture()
        let claimed = try fixture.deliver(Data(text.utf8), name: "e.json")
        #expect(
            try await fixture.processor.process([claimed]).first?.state
                == .failed(code: "invalid_json", message: message + "; nothing of the file was applied"))
    }

    @Test func `a document that is no UTF-8 says where`() async throws {
        let fixture = try IngestFixture()
        let claimed = try fixture.deliver(Data("[\n\"ü\n".utf8) + Data([0x22, 0xE9, 0x22, 0x5D]), name: "e.json")
        #expect(
            try await fixture.processor.process([claimed]).first?.state
                == .failed(
                    code: "invalid_json",
                    message:
                        "line 3, column 2: the text is not valid UTF-8; send UTF-8 without a legacy code page; nothing of the file was applied"
                ))
    }
}
