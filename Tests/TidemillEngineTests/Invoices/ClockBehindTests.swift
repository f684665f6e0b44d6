import Testing
import TidemillCore
@testable import TidemillEngine
import TidemillOperations
import TidemillStore

/// A clock that stands behind what is stored makes no invoice, though no worker has looked at it yet.
struct ClockBehindTests {
    @Test func `a change that would be charged is refused until the clock is right`() throws {
        let shop = try EngineFixture()
        try shop.invoiceShop()
        let before = try shop.billed()
        try shop.store.write {
            try ClockTrust($0).saw(shop.now.advanced(bySeconds: 7 * 86_400))
        }
        try shop.call(.provisionCustomer, ["id": "other"])
        let start: Payload = ["id": "t", "customerId": "other", "planId": "sixty", "billingPeriod": "MONTHLY"]
        let refused = #expect(throws: OperationError.self) { try shop.call(.provisionSubscription, start) }
        #expect(refused?.code == .billingPaused)
        #expect(refused?.message.contains("the store holds something of") == true)
        #expect(try shop.billed() == before)
        try shop.store.write { _ = try Pauses.resume(Pauses.clock, on: $0) }
        try shop.call(.provisionSubscription, start)
    }
}
