extension Schema {
    static let usage: [String] = []
}
