extension Schema {
    static let scripts: [String] = []
}
