import TidemillCore
import TidemillOperations
import TidemillStore

/// What can be done with credits, inside a transaction. Customers must have been advanced to the scope's now
/// (`Lifecycle`): handlers and services see to it.
///
/// Every change of a wallet opens its book, and closes it: the row is saved, crossings are announced, and a wallet that
/// recharges is noted.
struct Wallets {
    let scope: CallScope

    init(_ scope: CallScope) {
        self.scope = scope
    }

    /// What the wallet holds; empty where nothing was ever granted or consumed.
    func balance(_ wallet: Wallet) throws -> CreditBalance {
        try WalletState.load(wallet, on: scope.connection)?.balance ?? CreditBalance()
    }

    /// A grant that is to be made.
    struct Draft {
        var type: GrantType
        var amount: Amount
        var displayName: String
        var cost: Money
        var priority: Int64 = 50
        /// Now when nil.
        var effectiveAt: Timestamp?
        var expireAt: Timestamp?
        var comment: String?
        var metadata: TextMap<String> = [:]
        var sourceType: GrantSource?
        /// PROCESSING, FAILED and ACTION_REQUIRED make the grant wait, PAYMENT_PENDING.
        var paymentCollection: GrantPaymentState = .notRequired
        var invoiceID: String?
        /// When the payment of credits by INVOICE is due; nil for others.
        var paymentDueAt: Timestamp?
        /// One grant for each source; nil for as many as are asked for.
        var source: String?
        var subscriptionID: String?
    }

    /// Makes a grant, in effect at once, SCHEDULED, or PAYMENT_PENDING. One with a source that was used before is
    /// answered as it is, and nothing is granted. Throws usageOutOfRange where the wallet would outgrow an amount.
    @discardableResult
    func grant(_ draft: Draft, to wallet: Wallet) throws -> GrantRecord {
        if let source = draft.source,
            let made = try GrantTable(connection: scope.connection).find(source: source, of: wallet.customerID)
        {
            return made
        }
        let book = try WalletBook(wallet, scope)
        let grant = try book.add(draft)
        try book.close()
        return grant
    }

    /// Stops further use of what is left: what is held stays releasable. A grant that has ended is left as it is.
    @discardableResult
    func void(_ id: String) throws -> GrantRecord {
        try change(id) { book, grant in try book.end(&grant, as: .voided) }
    }

    /// What one consumption came to.
    struct Burn {
        var amount: Amount
        var balance: CreditBalance
        var at: Timestamp
    }

    /// Burns credits in burn order; what the grants do not cover becomes the overdraft.
    @discardableResult
    func consume(_ amount: Amount, from wallet: Wallet, _ origin: CreditOrigin) throws -> Burn {
        let book = try WalletBook(wallet, scope)
        try book.consume(amount, origin)
        try book.close()
        return Burn(amount: amount, balance: book.state.balance, at: origin.at ?? scope.now)
    }

    /// Changes one grant inside its wallet's book, and stores it. CreditGrantNotFound where there is none.
    @discardableResult
    func change(_ id: String, _ body: (WalletBook, inout GrantRecord) throws -> Void) throws -> GrantRecord {
        let table = GrantTable(connection: scope.connection)
        guard let found = try table.find(id) else { throw Self.notFound(id) }
        try scope.advance(found.wallet.customerID)
        guard var grant = try table.find(id) else { throw Self.notFound(id) }
        let book = try WalletBook(grant.wallet, scope)
        try body(book, &grant)
        try table.update(grant)
        try book.close()
        return grant
    }

    static func notFound(_ id: String) -> OperationError {
        OperationError(
            .creditGrantNotFound, "there is no credit grant \"\(id)\"; listCreditGrants lists those of a customer")
    }

    /// The grant with what it has consumed, as the API shows it.
    func shown(_ grant: GrantRecord) throws -> CreditGrant {
        CreditGrant(
            id: grant.id, customerID: grant.wallet.customerID, currencyID: grant.wallet.currencyID,
            resourceID: grant.wallet.resourceID, displayName: grant.details.displayName, amount: grant.amount,
            consumedAmount: try consumed(of: grant), cost: grant.details.cost, grantType: grant.type,
            status: grant.status, priority: grant.priority, effectiveAt: grant.effectiveAt, expireAt: grant.expireAt,
            sourceType: grant.details.sourceType, paymentCollection: grant.details.paymentCollection,
            comment: grant.details.comment, metadata: grant.details.metadata, invoiceID: grant.details.invoiceID,
            latestInvoice: nil, syncStates: nil, createdAt: grant.createdAt, updatedAt: grant.details.updatedAt,
            voidedAt: grant.details.voidedAt)
    }

    /// How much of the grant is used. One in effect that is in no page is used up.
    func consumed(of grant: GrantRecord) throws -> Amount {
        guard grant.status == .active else { return grant.consumed }
        if grant.type == .overdraft { return try balance(grant.wallet).overdraft }
        let pages = GrantPages(wallet: grant.wallet, connection: scope.connection)
        return try pages.position(at: grant.key)?.consumed ?? grant.amount
    }
}
