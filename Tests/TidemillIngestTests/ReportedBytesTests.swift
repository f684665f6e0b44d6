import Foundation
import Testing
import TidemillCore
import TidemillIngest
import TidemillOperations
import TidemillStore
import TidemillTestSupport

@testable import TidemillEngine

/// Events that a call reports as the bytes that came: what they come to is what the same call by its values comes to.
struct ReportedBytesTests {
    /// Members of an event as they may be written; the first of each is well.
    private static let members: [[String]] = [
        [
            #""customerId":"c""#, #""customerId":"ü\"""#, #""customerId":"""#, #""customerId":7"#, "",
            #""customerId":null"#, "\"customerId\":\"\(String(repeating: "x", count: 256))\"",
            #""customerId":"a\u0001""#,
            #""customerId":"\ud83d""#,
        ],
        [#""eventName":"call""#, #""eventName":"other""#, #""eventName":["call"]"#, "", #""eventName":"a\u0000b""#],
        [
            #""idempotencyKey":"KEY""#, #""idempotencyKey": "KEY" "#, "", #""idempotencyKey":null"#,
            #""idempotencyKey":"""#,
        ],
        [
            #""timestamp":"2026-10-01T00:00:00Z""#, "", #""timestamp":null"#,
            #""timestamp":"2026-10-01T02:00:00+02:00""#,
            #""timestamp":"yesterday""#, #""timestamp":"1999-01-01T00:00:00Z""#, #""timestamp":1"#,
            #""timestamp":"2999-01-01T00:00:00Z""#,
        ],
        [
            #""dimensions":{"n":2}"#, #""dimensions":{"n":1.50,"t":true,"s":"x","z":null}"#, "", #""dimensions":null"#,
            #""dimensions":{"n":"3"}"#, #""dimensions":{"n":12345678901234567890}"#, #""dimensions":{"n":1e999}"#,
            #""dimensions":{"s":"a\u0000b"}"#, #""dimensions":{"s":[1]}"#, #""dimensions":[]"#,
            #""dimensions":{"n":"x"}"#,
        ],
        ["", #""resourceId":"r""#, #""resourceId":null"#, #""resourceId":5"#],
        [
            "", "", "", "", #""note":1"#, #""customer_id":"c""#, #""type":"x""#, #""featureId":"f","value":1"#,
            #""operation":"x""#,
        ],
    ]

    private static func body(_ number: Int, _ random: inout SeededRandom) -> String {
        let events = (0..<Int.random(in: 1...3, using: &random)).map { item in
            let members = Self.members.compactMap { choices -> String? in
                // Most are well, so that whole calls are.
                let isWell = Int.random(in: 0..<8, using: &random) > 0
                let member = isWell ? choices[0] : choices.randomElement(using: &random) ?? ""
                return member.isEmpty ? nil : member.replacing("KEY", with: "\(number)-\(item)")
            }
            return "{\(members.joined(separator: ","))}"
        }
        let list = "[\(events.joined(separator: ","))]"
        switch Int.random(in: 0..<24, using: &random) {
        case 0: return "{\"events\":\(list),\"more\":1}"
        case 1: return "{\"events\":\(list.dropLast())}"
        case 2: return "{\"events\":\(list)} x"
        case 3: return events[0]
        case 4: return "{\"events\":[]}"
        case 5: return "{\"events\":\(list),}"
        case 6: return " { \"events\" :\n\t\(list)\r\n}\n"
        default: return "{\"events\":\(list)}"
        }
    }

    /// What a call came to, in the server's way: by its bytes where that may be, else by its values.
    private static func report(
        _ body: String, byBytes: Bool, _ fixture: IngestFixture, _ taken: inout Int
    ) throws -> String {
        let context = CallContext(.key("k"), now: Timestamp(microseconds: 1_790_900_000_000_000))
        do {
            return try fixture.engine.transaction { transaction in
                try transaction.savepoint {
                    if byBytes, try transaction.perform(.reportEvent, json: Array(body.utf8), in: context) != nil {
                        taken += 1
                        return "{}"
                    }
                    let input = try Payload(json: body)
                    return try transaction.perform(.reportEvent, input, in: context).json
                }
            }
        } catch let error as OperationError {
            return "\(error.code): \(error.message)"
        } catch let error as Payload.JSONError {
            return "\(error)"
        }
    }

    @Test(arguments: [1, 2, 3]) func `bytes come to what their values come to`(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let (bytes, values) = (try IngestFixture(), try IngestFixture())
        for fixture in [bytes, values] {
            try fixture.meter("calls", MeterDefinition(aggregation: .init(.sum, of: .dimension("n"))))
        }
        var taken = 0
        var ignored = 0
        for number in 0..<250 {
            let body = Self.body(number, &random)
            let one = try Self.report(body, byBytes: true, bytes, &taken)
            let other = try Self.report(body, byBytes: false, values, &ignored)
            #expect(one == other, "\(body)")
        }
        #expect(taken > 60 && taken < 250)
        func rows(_ fixture: IngestFixture) throws -> [String] {
            try fixture.usage(UsageQuery(feature: FeatureID("calls"))).map { "\($0)" }.sorted()
        }
        #expect(try rows(bytes) == rows(values))
        #expect(try !rows(bytes).isEmpty)
        for fixture in [bytes, values] {
            #expect(
                try Verifier(identityKey: fixture.engine.identityKey).verify(fixture.store).differences == [])
        }
    }

    @Test func `a thousand events are taken, and one more is not`() throws {
        let fixture = try IngestFixture()
        try fixture.meter("calls", MeterDefinition(aggregation: .init(.count)))
        func body(_ count: Int) -> [UInt8] {
            let events = (0..<count).map { #"{"customerId":"c","eventName":"call","idempotencyKey":"\#($0)"}"# }
            return Array("{\"events\":[\(events.joined(separator: ","))]}".utf8)
        }
        let context = CallContext(.key("k"), now: Timestamp(microseconds: 1_790_900_000_000_000))
        try fixture.engine.transaction { transaction in
            let (long, full) = (
                try transaction.perform(.reportEvent, json: body(1001), in: context),
                try transaction.perform(.reportEvent, json: body(1000), in: context)
            )
            #expect(long == nil && full == [:])
        }
        let total = try fixture.usage(UsageQuery(feature: FeatureID("calls"))).reduce(Amount.zero) { $0 + $1.value }
        #expect(total == Amount(1000))
    }
}
