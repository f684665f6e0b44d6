import Testing
import TidemillCore
import TidemillOperations

@testable import TidemillGraphQL

/// The documents that clients fetch by GET.
@Suite struct EdgeDocumentTests {
    @Test func `five documents are known, in both forms of their paths`() {
        let long = ["v1", "a", "account", "e", "production"]
        for (path, document) in [
            (["paywall.json"], .paywall(product: nil)), (["p", "x", "paywall.json"], .paywall(product: "x")),
            (["c", "x", "entitlements.json"], .entitlements(customer: "x")),
            (["c", "x", "entitlements-state.json"], .entitlementsState(customer: "x")),
            (["c", "x", "subscriptions.json"], .subscriptions(customer: "x")),
        ] as [([String], EdgeDocument)] {
            #expect(EdgeDocument(["v1"] + path) == document)
            #expect(EdgeDocument(long + path) == document)
        }
        #expect(EdgeDocument(["v1", "c", "x", "credentials.json"]) == nil)
        #expect(EdgeDocument(["api", "v1", "customers"]) == nil)
    }

    @Test func `each is the answer of a document that the schema knows`() throws {
        let documents: [EdgeDocument] = [
            .paywall(product: nil), .entitlements(customer: "c"), .entitlementsState(customer: "c"),
            .subscriptions(customer: "c"),
        ]
        for document in documents {
            let request = document.request([])
            #expect(DocumentCheck.problems(of: try Parser.document(request.document), in: .served) == [], "\(document)")
            _ = try request.prepared()
        }
        let one = EdgeDocument.entitlements(customer: "c").request([("featureId", "f"), ("requestedUsage", "2.5")])
        #expect(one.variables["input"] == ["customerId": "c", "featureId": "f", "options": ["requestedUsage": "2.5"]])
        _ = try one.prepared()
    }
}
