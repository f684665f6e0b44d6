extension Schema {
    /// Promotional entitlements.
    static let promotional: [String] = []
}
