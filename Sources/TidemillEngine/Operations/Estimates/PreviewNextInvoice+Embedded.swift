import TidemillCore
import TidemillOperations
import TidemillPricing

extension PreviewNextInvoice: EmbeddedOperation {
    static func perform(_ input: Input, in scope: CallScope) throws -> Output {
        let record = try scope.subscription(input.id, for: .previewNextInvoice)
        let customer = try scope.customers.require(record.customerID, for: .previewNextInvoice)
        let session = try SubscriptionSession(customer, in: scope, for: .previewNextInvoice)
        let next = NextInvoice(record: record, estimator: Estimator(session: session), asOf: session.now)
        guard let made = try next.made() else {
            return Output(subscriptionID: record.id, invoice: nil, dueDate: nil, minimumSpendAdjustment: nil, usage: [])
        }
        return Output(
            subscriptionID: record.id, invoice: PreviewInvoice(made.invoice, BillingPeriodRange(made.period)),
            dueDate: made.dueDate, minimumSpendAdjustment: Money(made.minimumSpend, made.invoice.currency),
            usage: made.usage)
    }
}
