extension Schema {
    static let catalog: [String] = []
}
