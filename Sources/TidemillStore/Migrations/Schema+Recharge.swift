extension Schema {
    /// Auto-recharge: settings, episodes and decisions.
    static let recharge: [String] = []
}
