import TidemillCore
import TidemillOperations

extension InvoiceBook {
    /// Makes a draft as it would have been made, by the usage and the catalog of now. What still cannot be priced stays
    /// as it is, and says why.
    func remake(_ draft: InvoiceRecord, of remake: InvoiceRemake) throws {
        let then = scope.scope(at: remake.at, engine: "invoices")
        let customer = try then.customers.require(remake.record.customerID, for: .getInvoice)
        let session = try SubscriptionSession(customer, in: then, for: .getInvoice)
        var draft = draft
        // It says no time until it is made anew, also where that fails.
        try postpone(&draft, to: nil)
        switch draft.key.cause {
        case .start:
            try session.chargeStart(remake.record, at: draft.key.at, isDue: remake.isDue, closesPast: false)
        case .renewal, .usageMonth:
            let next = try remake.next.map { ($0, try session.selection.prices(of: $0)) }
            try session.chargeRenewal(remake.record, next: next)
        case .end: try session.chargeEnd(remake.record, prorates: remake.prorates)
        case .change, .supplement: return
        }
        if var left = try table.find(draft.id), left.remake != nil {
            // All of it waits for the next invoice.
            if left.lookAt == nil { try finishEmpty(&left) }
            return
        }
        // What was charged for the period that runs could not be kept then.
        guard var record = try scope.subscriptions.find(draft.key.subscriptionID), record.status == .active,
            record.currentBillingPeriodStart == draft.key.at, record.paid == nil
        else { return }
        try session.notePayment(&record)
        try scope.subscriptions.update(record)
    }
}
