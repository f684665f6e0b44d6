import Testing
import TidemillCore
import TidemillTestSupport

struct SuggestionTests {
    private static let known = ["customerId", "featureId", "value", "resourceId", "updateBehavior"]

    @Test(arguments: [
        ("custmerId", "customerId"), ("customer_id", "customerId"), ("CUSTOMERID", "customerId"),
        ("vlaue", "value"), ("featureID", "featureId"), ("updateBehaviour", "updateBehavior"),
    ])
    func `a misspelt word finds the one that was meant`(word: String, meant: String) {
        #expect(Suggestion.nearest(to: word, in: Self.known) == meant)
    }

    @Test(arguments: ["", "x", "quantity", "completely different", "id"])
    func `a word that is like none gets no suggestion`(word: String) {
        #expect(Suggestion.nearest(to: word, in: Self.known) == nil)
    }

    @Test func `words are near as everywhere`() throws {
        for vector in try Vectors.words() {
            #expect(Suggestion.nearest(to: vector.word, in: vector.known) == vector.nearest, "\(vector.word)")
        }
    }

    @Test func `of two that are equally near the first in the alphabet is suggested`() {
        #expect(Suggestion.nearest(to: "bat", in: ["rat", "cat"]) == "cat")
        #expect(Suggestion.nearest(to: "bat", in: ["cat", "rat"]) == "cat")
    }

    @Test func `a word of a megabyte costs no more than a long one`() {
        #expect(Suggestion.nearest(to: String(repeating: "a", count: 1_000_000), in: Self.known) == nil)
    }
}
