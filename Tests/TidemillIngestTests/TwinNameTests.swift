import Foundation
import Testing
import TidemillEngine
import TidemillIngest
import TidemillOperations
import TidemillStore

/// A name that stands twice in one object: which of the two is meant nobody can tell, so the record is refused.
struct TwinNameTests {
    private static let many = (0..<40).map { #""d\#($0)":1"# }.joined(separator: ",")

    @Test(arguments: [
        (#"{"customerId":"a","eventName":"x","customerId":"b"}"#, "customerId"),
        (#"{"customerId":"a","eventName":"x","timestamp":"2026-01-01T00:00:00Z","timestamp":null}"#, "timestamp"),
        (#"{"customerId":"a","eventName":"x","dimensions":{"n":1,"m":2,"n":1}}"#, "dimensions.n"),
        (#"{"customerId":"a","eventName":"x","dimensions":{},"dimensions":{"n":1}}"#, "dimensions"),
        (#"{"customerId":"a","eventName":"x","dimensions":{\#(many),"d7":"other"}}"#, "dimensions.d7"),
        (#"{"customerId":"a","eventName":"x","dimensions":{"":1,"":2}}"#, "dimensions."),
    ])
    func `an event with a name twice is rejected`(text: String, name: String) async throws {
        let fixture = try IngestFixture()
        let claimed = try fixture.deliver(Data(text.utf8))
        _ = try await fixture.processor.process([claimed])
        let rejected = try fixture.store.read { try DeliveryLedger.rejected(of: claimed.id, on: $0) }
        #expect(rejected.map(\.code) == ["invalid_json"])
        #expect(
            rejected.first?.message
                == "\"\(name)\" stands twice in one object; leave one out, nobody can tell which is meant")
    }

    @Test(arguments: [
        #"{"customerId":"a","eventName":"x","dimensions":{"customerId":1,"n":1,"N":2,"nn":3,"mm":4}}"#,
        #"{"customerId":"a","eventName":"x","dimensions":{\#(many)}}"#,
        // What is passed over anyway.
        #"{"customerId":"a","eventName":"x","source":"a","source":"b"}"#,
    ])
    func `names that only look alike are two`(text: String) async throws {
        let fixture = try IngestFixture()
        let claimed = try fixture.deliver(Data(text.utf8))
        #expect(try await fixture.processor.process([claimed]).first?.counts.applied == 1)
    }

    @Test(arguments: [
        (#"{"a":1,"b":{"c":1,"c":2}}"#, "c"), (#"[{"a":1},{"a":1,"\u0061":2}]"#, "a"), (#"{\#(many),"d39":2}"#, "d39"),
    ])
    func `a document with a name twice is refused where names must be unique`(text: String, name: String) throws {
        #expect(try Payload(json: Array(text.utf8)) != .null)
        #expect {
            try Payload(json: Array(text.utf8), uniqueNames: true)
        } throws: { error in
            "\(error)".hasPrefix("\"\(name)\" stands twice in one object")
        }
        #expect(try Payload(json: Array(#"[{"a":1,"b":1},{"a":1,"b":{"a":1}}]"#.utf8), uniqueNames: true) != .null)
    }
}
