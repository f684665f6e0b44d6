import TidemillCore
import TidemillStore

/// A pool of credits: one per (customer, currency, resource or none).
struct Wallet: Sendable, Hashable {
    let customerID: CustomerID
    let currencyID: String
    /// '' for none, as in the store.
    @ComparedByBytes private(set) var resource: String

    init(customerID: CustomerID, currencyID: String, resourceID: String?) {
        self.customerID = customerID
        self.currencyID = currencyID
        resource = resourceID ?? ""
    }

    var resourceID: String? { resource.isEmpty ? nil : resource }

    /// The four key columns, `$1` to `$4`.
    var key: [SQLValue] {
        customerID.key + [.text(currencyID), .text(resource)]
    }

    static let isWallet = "bucket = $1 AND customer_id = $2 AND currency_id = $3 AND resource_id = $4"
}

extension Wallet: ColumnValue {
    static func columns(_ name: String) -> [String] { ["bucket", "customer_id", "currency_id", "resource_id"] }
    init(_ row: any SQLRow, at column: Int) {
        self.init(
            customerID: CustomerID(row.text(column + 1)), currencyID: row.text(column + 2),
            resourceID: row.text(column + 3))
    }
    func bind(to values: inout [SQLValue]) { values += key }
}

/// What a wallet holds. Everything but `heldOnEndedGrants` is about grants in effect.
struct CreditBalance: Sendable, Equatable {
    /// The amounts of the grants in effect: the API's `usageLimit`.
    var granted = Amount.zero
    /// Consumed of them, the overdraft included.
    var consumed = Amount.zero
    /// Held by reservations.
    var held = Amount.zero
    /// Held on grants that have ended: still releasable, in none of the other figures.
    var heldOnEndedGrants = Amount.zero
    /// The part of `consumed` that no grant covers.
    var overdraft = Amount.zero
    /// A version stamp, for caches in which the last write wins.
    var changedAt = Timestamp(microseconds: 0)

    init() {}

    /// Granted − consumed: what auto-recharge goes by. Negative in overdraft; holds are not subtracted.
    var balance: Amount { granted - consumed }
    /// What a check can still grant: granted − consumed − held. The sum of the ledger.
    var available: Amount { granted - consumed - held }
    /// The API's `currentUsage`: consumed plus held.
    var currentUsage: Amount { consumed + held }
}
