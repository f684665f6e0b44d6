package import TidemillCore
import TidemillStore

/// A pool of credits: one per (customer, currency, resource or none).
package struct Wallet: Sendable, Hashable {
    package let customerID: CustomerID
    package let currencyID: String
    /// '' for none, as in the store.
    package let resource: String

    package init(customerID: CustomerID, currencyID: String, resourceID: String?) {
        self.customerID = customerID
        self.currencyID = currencyID
        resource = resourceID ?? ""
    }

    package var resourceID: String? { resource.isEmpty ? nil : resource }

    /// The four key columns, `$1` to `$4`.
    var key: [SQLValue] {
        [.integer(Bucket(customerID).number), .text(customerID.text), .text(currencyID), .text(resource)]
    }

    static let isWallet = "bucket = $1 AND customer_id = $2 AND currency_id = $3 AND resource_id = $4"
}

/// What a wallet holds. Everything but `heldOnEndedGrants` is about grants in effect.
package struct CreditBalance: Sendable, Equatable {
    /// The amounts of the grants in effect: the API's `usageLimit`.
    package var granted = Amount.zero
    /// Consumed of them, the overdraft included.
    package var consumed = Amount.zero
    /// Held by reservations.
    package var held = Amount.zero
    /// Held on grants that have ended: still releasable, in none of the other figures.
    package var heldOnEndedGrants = Amount.zero
    /// The part of `consumed` that no grant covers.
    package var overdraft = Amount.zero
    /// A version stamp, for caches in which the last write wins.
    package var changedAt = Timestamp(microseconds: 0)

    package init() {}

    /// Granted − consumed: what auto-recharge goes by. Negative in overdraft; holds are not subtracted.
    package var balance: Amount { granted - consumed }
    /// What a check can still grant: granted − consumed − held. The sum of the ledger.
    package var available: Amount { granted - consumed - held }
    /// The API's `currentUsage`: consumed plus held.
    package var currentUsage: Amount { consumed + held }
}
