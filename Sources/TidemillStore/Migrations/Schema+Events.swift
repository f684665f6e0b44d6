extension Schema {
    static let events: [String] = []
}
