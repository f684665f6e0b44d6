import TidemillCore
import TidemillOperations
import TidemillStore

/// An open wallet: changes of one transaction, until it is closed.
final class WalletBook {
    let wallet: Wallet
    let scope: CallScope
    let pages: GrantPages
    let grants: GrantTable
    let ledger: CreditLedger
    var state: WalletState
    /// As it was when it was opened: crossings are told from it.
    private let opened: WalletState
    /// Grants whose time changed, or that were made: the customer's next due instant is set anew.
    var dueChanged = false
    var announcements: [CreditAnnouncement] = []

    init(_ wallet: Wallet, _ scope: CallScope) throws {
        self.wallet = wallet
        self.scope = scope
        let connection = scope.connection
        pages = GrantPages(wallet: wallet, connection: connection)
        grants = GrantTable(connection: connection)
        ledger = CreditLedger(connection: connection)
        state = try WalletState.load(wallet, on: connection) ?? WalletState()
        opened = state
    }

    /// Saves the row, announces what was crossed, and notes a wallet that recharges.
    func close() throws {
        guard state != opened || !announcements.isEmpty || dueChanged else { return }
        guard state.isWithinBound else {
            throw OperationError(
                .usageOutOfRange,
                "the credits \"\(wallet.currencyID)\" of \"\(wallet.customerID)\" would go beyond 18 digits; use smaller amounts"
            )
        }
        state.balance.changedAt = max(scope.now, state.balance.changedAt)
        try state.save(wallet, on: scope.connection)
        if dueChanged { try scope.schedule(.wallet, of: wallet.customerID) }
        guard !scope.isQuiet else {
            return try ReprocessTable(connection: scope.connection).note(
                wallet: wallet.key, before: opened.balance.balance)
        }
        for announcement in announcements { try announcement.announce(in: self) }
        try CreditAnnouncement.balance(of: wallet, from: opened.balance, to: state.balance, in: scope)
        if state.balance.balance < opened.balance.balance { try WalletChanges.note(wallet, in: scope) }
        if state.balance.balance > opened.balance.balance, wallet.resourceID == nil {
            try WalletChanges.noteRisen(wallet, in: scope)
        }
    }

    func write(_ type: LedgerType, _ parts: [LedgerPart], _ origin: CreditOrigin, reverses: Int64? = nil) throws {
        try write(type, LedgerParts(type, parts), origin, reverses: reverses)
    }

    func write(_ type: LedgerType, _ parts: LedgerParts, _ origin: CreditOrigin, reverses: Int64? = nil) throws {
        state.entries += 1
        try ledger.append(
            LedgerRow(
                wallet: wallet, sequence: state.entries, type: type, at: origin.at ?? scope.now,
                recordedAt: scope.recordedAt, amount: parts.total, parts: parts, origin: origin, reverses: reverses))
    }
}
