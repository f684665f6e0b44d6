extension Schema {
    /// Wallets, their grants, and the ledger.
    static let credits: [String] = []
}
