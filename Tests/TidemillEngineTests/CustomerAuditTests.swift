import Testing
import TidemillCore
@testable import TidemillEngine
import TidemillOperations
import TidemillStore

/// Who is paged because of a customer asks the audit for that customer: changes that name a subscription or a grant are
/// found so, too.
struct CustomerAuditTests {
    private func actions(_ customer: String, _ fixture: EngineFixture) throws -> [String] {
        try fixture.store.read {
            try AuditLog.list(customer: CustomerID(customer), limit: 1000, on: $0).map(\.action).reversed()
        }
    }

    @Test func `changes of a subscription are its customer's, a delegation both customers'`() throws {
        let fixture = try EngineFixture()
        try fixture.accountShop()
        try fixture.call(.provisionCustomer, ["id": "d"])
        try fixture.subscribe("thirty", ["id": "s", "billingPeriod": "MONTHLY"])
        let before = try actions("c", fixture).count
        try fixture.call(.updateSubscription, ["id": "s", "metadata": ["a": "b"]])
        try fixture.call(.delegateSubscription, ["id": "s", "targetCustomerId": "d"])
        try fixture.call(.cancelSubscription, ["id": "s", "cancellationTime": "IMMEDIATE"])
        let own = try actions("c", fixture).dropFirst(before)
        #expect(own.contains("updateSubscription") && own.contains("delegateSubscription"))
        let other = try actions("d", fixture)
        #expect(other.contains("delegateSubscription"))
        // The subscription stays the customer's; somebody else pays for it, or has it.
        #expect((own + other).contains("cancelSubscription"))
    }

    @Test func `changes of a grant that is named by its id are its customer's`() throws {
        let credits = try CreditFixture()
        let grant = try credits.grant(10)
        try credits.engine.call(.updateCreditGrant, ["id": .string(grant), "comment": "checked"])
        try credits.engine.call(.voidCreditGrant, ["id": .string(grant)])
        #expect(try actions("c", credits.engine).suffix(2) == ["updateCreditGrant", "voidCreditGrant"])
    }

    @Test func `an import is found with each of its customers`() throws {
        let fixture = try EngineFixture()
        try fixture.accountShop()
        try fixture.call(.importCustomers, ["customers": [["id": "x"], ["id": "y"]]])
        try fixture.call(
            .importSubscriptions,
            [
                "subscriptions": [
                    ["id": "sx", "customerId": "x", "planId": "thirty", "billingPeriod": "MONTHLY"]
                ]
            ])
        #expect(try actions("x", fixture) == ["importCustomers", "importSubscriptions"])
        #expect(try actions("y", fixture) == ["importCustomers"])
    }
}
