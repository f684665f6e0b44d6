public import TidemillCore

/// The script versions that were seen, the newest first.
public enum ListScriptVersions: ClientOperation {
    public struct Input: ListInput {
        public var limit: Int64
        public var after: Cursor?

        public static let shape = Shape(
            limitField(\.limit), afterField(\.after),
            make: Self.init)
    }

    public typealias Output = Listing<ScriptVersionEntry>

    public static let row = OperationRow(
        operator: .listScriptVersions, of: Self.self,
        summary: "The script versions that were seen, the newest first.",
        effect: .read,
        example: OperationRow.Example(["limit": 10]))
}

/// One script version with its files, and why it is broken where it is.
public enum GetScriptVersion: ClientOperation {
    public struct Input: Shaped {
        public var version: String

        public static let shape = Shape(
            required("version", \.version, .text(1...64), "Its hash, or the beginning of it."),
            make: Self.init)
    }

    public typealias Output = ScriptVersionEntry

    public static let row = OperationRow(
        operator: .getScriptVersion, of: Self.self,
        summary: "One script version with its files, and why it is broken where it is.",
        effect: .read, errors: [.notFound],
        example: OperationRow.Example(OperatorExample.scripts))
}

/// All scripts together, by their content.
public struct ScriptVersionEntry: Shaped, Listed {
    public var version: String
    public var state: String
    public var createdAt: Timestamp
    public var isInForce: Bool
    public var problems: [String]?
    public var files: [ScriptFileEntry]?

    public init(
        version: String, state: String, createdAt: Timestamp, isInForce: Bool, problems: [String]? = nil,
        files: [ScriptFileEntry]? = nil
    ) {
        self.version = version
        self.state = state
        self.createdAt = createdAt
        self.isInForce = isInForce
        self.problems = problems
        self.files = files
    }

    public static let shape = Shape(
        required("version", \.version, .anyText, "The hash of its files."),
        required("state", \.state, .anyText, "good or broken."),
        required("createdAt", \.createdAt, .timestamp, "When it was first seen."),
        required("isInForce", \.isInForce, .boolean, "Whether it decides now."),
        optional(
            "problems", \.problems, .list(of: .anyText, "texts", 0...OperatorPaging.itemsMax), "Why it is broken."),
        optional(
            "files", \.files, .list(of: .object("script file"), "script files", 0...OperatorPaging.itemsMax),
            "Given by getScriptVersion."),
        make: Self.init)

    public static let singular = "script version"
    public static let plural = "script versions"
}

/// A file of a script version.
public struct ScriptFileEntry: Shaped {
    public var name: String
    public var text: String

    public init(name: String, text: String) {
        self.name = name
        self.text = text
    }

    public static let shape = Shape(
        required("name", \.name, .anyText, "Its path below the scripts folder."),
        required("text", \.text, .anyText, "What is in it."),
        make: Self.init)
}
