import Testing
import TidemillCore
import TidemillOperations

@testable import TidemillGraphQL

/// What is too much is refused, and never costs more than it is worth.
@Suite struct BoundsTests {
    private func problem(_ document: String, _ variables: TextMap<Payload> = [:]) -> Problem? {
        do throws(GraphQLRequest.Refusal) {
            _ = try GraphQLRequest(document: document, variables: variables).prepared()
            return nil
        } catch { return error.problems.first }
    }

    private static let customer = "getCustomerByRefId(input: { customerId: \"c\" })"

    @Test func `a document may have 64 KiB and no byte more`() {
        let text = "{ sdkConfiguration { showWatermark } } #"
        let whole = text + String(repeating: "x", count: (64 << 10) - text.utf8.count)
        #expect(problem(whole) == nil)
        #expect(problem(whole + "x")?.code == "QUERY_TOO_COMPLEX")
    }

    @Test func `fields may stand 15 levels deep`() {
        func nested(_ levels: Int) -> String {
            // Customer and subscription, one in the other: the root is the first level, a name the last.
            var text = levels.isMultiple(of: 2) ? "name" : "subscriptionId"
            for level in stride(from: levels - 1, to: 1, by: -1) {
                text = (level.isMultiple(of: 2) ? "subscriptions" : "customer") + " { \(text) }"
            }
            return "{ \(Self.customer) { \(text) } }"
        }
        #expect(problem(nested(15)) == nil)
        #expect(problem(nested(16))?.message == "the field 'name' stands 16 levels deep, at most 15 are answered")
    }

    @Test func `an operation may write 500 fields`() {
        func document(_ count: Int) -> String {
            "{ sdkConfiguration { \((0..<count - 1).map { "a\($0): showWatermark" }.joined(separator: " ")) } }"
        }
        #expect(problem(document(500)) == nil)
        #expect(problem(document(501))?.code == "QUERY_TOO_COMPLEX")
    }

    @Test func `a fragment counts as often as it is spread`() {
        let fields = (0..<99).map { "a\($0): showWatermark" }.joined(separator: " ")
        func document(_ spreads: Int) -> String {
            "{ \((0..<spreads).map { "s\($0): sdkConfiguration { ...f }" }.joined(separator: " ")) } fragment f on SdkConfiguration { \(fields) }"
        }
        #expect(problem(document(39)) == nil)
        #expect(problem(document(41))?.code == "QUERY_TOO_COMPLEX")
    }

    @Test func `fragments that double each other are refused at once`() {
        let doubled = (0..<28).map { "fragment f\($0) on Query { ...f\($0 + 1) ...f\($0 + 1) }" }.joined(separator: " ")
        let text = "{ ...f0 } \(doubled) fragment f28 on Query { __typename }"
        // 2^28 steps would never end.
        #expect(problem(text)?.code == "QUERY_TOO_COMPLEX")
    }

    @Test func `a long chain of fragments is refused, and a cycle`() {
        let chain = (0..<150).map { "fragment f\($0) on Query { ...f\($0 + 1) }" }.joined(separator: " ")
        #expect(problem("{ ...f0 } \(chain) fragment f150 on Query { __typename }")?.code == "QUERY_TOO_COMPLEX")
        let cycle = (0..<150).map { "fragment f\($0) on Query { ...f\(($0 + 1) % 150) }" }.joined(separator: " ")
        #expect(problem("{ ...f0 } \(cycle)")?.message.hasPrefix("Cannot spread fragment") == true)
        let definitions = (0..<200).map { "fragment f\($0) on Query { __typename }" }.joined(separator: " ")
        #expect(problem("{ ...f0 } \(definitions)")?.code == "QUERY_TOO_COMPLEX")
    }

    @Test(arguments: [
        "{ a", "[", "{ a(b: [", "{ a(b: {c: ", "query ($a: [", "{ ... { ", "{ a @b(c: [", "((((", "{ a(b: \"\"\"",
    ])
    func `deep nesting ends with a problem`(_ piece: String) {
        let count = (64 << 10) / piece.utf8.count
        #expect(problem(String(repeating: piece, count: count)) != nil)
        #expect(problem("{ a(b: " + String(repeating: "[", count: 60_000) + ") }")?.code == "QUERY_TOO_COMPLEX")
    }

    @Test func `documents that were damaged never end the program`() throws {
        let text = EdgeDocument.paywall(product: "p").request([]).document
        var random = SeededRandom(seed: 20_261_130)
        for _ in 0..<400 {
            var bytes = Array(text.utf8)
            for _ in 0..<Int.random(in: 1...12, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes.remove(at: place)
                case 1: bytes[place] = UInt8.random(in: 0...255, using: &random)
                case 2: bytes.insert(contentsOf: bytes[place..<min(place + 40, bytes.count)], at: place)
                default: bytes.swapAt(place, Int.random(in: 0..<bytes.count, using: &random))
                }
            }
            _ = problem(String(decoding: bytes, as: UTF8.self), ["input": ["productId": "p"]])
        }
    }
}
