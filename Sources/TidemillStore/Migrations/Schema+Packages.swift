extension Schema {
    /// Plans and add-ons with their versions.
    static let packages: [String] = []
}
