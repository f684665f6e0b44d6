import Testing
import TidemillCore
import TidemillOperations
import TidemillTestSupport

@testable import TidemillEngine

/// What a write is told that was performed already, and comes again without a key: a client whose answer was lost.
struct RepeatedWriteTests {
    private static let writes = OperationTable.rows.filter { $0.audience == .client && $0.effect.isWrite }.map(\.id)

    /// Of those that are refused, the ones whose answer follows from what there is.
    private static let presenting: Set<OperationID> = [
        .provisionCustomer, .createProduct, .createFeature, .createPlan, .createAddon, .createCoupon,
        .createPromotionCode, .createCustomCurrency, .detachPaymentMethod, .createPlanDraft, .removePlanDraft,
        .publishPlan, .createAddonDraft, .removeAddonDraft, .publishAddon, .migrateSubscription,
        .delegateSubscription, .cancelSubscriptionUpdates, .voidInvoice, .voidCreditGrant,
    ]

    @Test(arguments: writes)
    func `what is refused because it is done says so by its row, and shows what there is`(id: OperationID) throws {
        let fixture = try EngineFixture()
        let row = OperationTable.row(id)
        for step in row.example.after { try fixture.call(step.id, step.input) }
        let first = try fixture.call(id, row.example.input)
        do {
            try fixture.call(id, row.example.input)
            #expect(!Self.presenting.contains(id))
        } catch let error as OperationError {
            #expect(row.errors.contains(error.code) && (row.refusesRepeats || error.present != nil), "\(error)")
            #expect((error.present != nil) == Self.presenting.contains(id))
            guard let present = error.present else { return }
            guard error.code == .duplicatedEntity else {
                // The fields of an answer, and what they say of what was asked.
                #expect(present["id"] == first["id"] && present["status"] == first["status"])
                return
            }
            #expect(present == first)
            // What a plan's or an add-on's prices came to is in no answer: nobody can compare them.
            #expect(row.hasMade(present, by: row.example.input) == (row.example.input["charges"] == nil))
        }
    }
}
