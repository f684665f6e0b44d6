/// Which Tidemill this is: the one place that says it.
public enum TidemillVersion {
    /// By Semantic Versioning; CHANGELOG.md says what each brought.
    public static let number = "0.2.0"

    /// The commit that was built, with a `+` when the tree had changes of its own; nil when it was built without Git.
    public static var commit: String? { buildCommit.isEmpty ? nil : buildCommit }

    /// As people and logs read it: `0.2.0 (5714e83a0b1c)`.
    public static var text: String { commit.map { "\(number) (\($0))" } ?? number }
}
