extension Schema {
    /// Subscriptions with what is scheduled for them.
    static let subscriptions: [String] = []
}
