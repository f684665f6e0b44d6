public import TidemillCore

/// Makes a key for the HTTP door. The answer is the only place where it is ever told.
public enum AddKey: ClientOperation {
    public struct Input: Shaped {
        public var name: String
        public var scope: KeyScope

        public static let shape = Shape(
            required("name", \.name, .keyName, "What it is called: the actor in the audit."),
            required("scope", \.scope, .choice, "What it may do."),
            make: Self.init)
    }

    public struct Output: Shaped {
        public var name: String
        public var scope: KeyScope
        public var key: String

        public init(name: String, scope: KeyScope, key: String) {
            self.name = name
            self.scope = scope
            self.key = key
        }

        public static let shape = Shape(
            required("name", \.name, .anyText, "What it is called."),
            required("scope", \.scope, .choice, "What it may do."),
            required("key", \.key, .anyText, "The key: it is not kept, and not told again."),
            make: Self.init)
    }

    public static let row = OperationRow(
        operator: .addKey, of: Self.self,
        summary: "Makes a key for the HTTP door and tells it once.",
        effect: .write, tellsSecret: true, errors: [.duplicatedEntity],
        example: OperationRow.Example(["name": "backend", "scope": "full"]))
}

/// Who may come in.
public enum ListKeys: ClientOperation {
    public typealias Input = Nothing
    public typealias Output = AllOf<KeyEntry>

    public static let row = OperationRow(
        operator: .listKeys, of: Self.self,
        summary: "The keys of the HTTP door: names, scopes, who made them, and how many browsers are in by each.",
        effect: .read,
        example: OperationRow.Example([:]))
}

/// Takes a key out of use.
public enum RevokeKey: ClientOperation {
    public struct Input: Shaped {
        public var name: String

        public static let shape = Shape(
            required("name", \.name, .text(1...100), "The key, by its name."),
            make: Self.init)
    }

    public struct Output: Shaped {
        public var name: String

        public init(name: String) {
            self.name = name
        }

        public static let shape = Shape(
            required("name", \.name, .anyText, "The key that is not taken any more."),
            make: Self.init)
    }

    public static let row = OperationRow(
        operator: .revokeKey, of: Self.self,
        summary: "Takes a key of the HTTP door out of use, within a second, and the browsers that it let in.",
        effect: .write, errors: [.notFound],
        example: OperationRow.Example(
            ["name": "backend"], after: [(.addKey, ["name": "backend", "scope": "full"])]))
}

/// Makes a link that lets one browser in, once.
public enum AddLink: ClientOperation {
    public struct Input: Shaped {
        public var scope: KeyScope?

        public static let shape = Shape(
            optional("scope", \.scope, .choice, "What its holder may do: read when left out, or operator."),
            make: Self.init,
            check: { (input, path) throws(InputProblem) in
                guard let scope = input.scope, scope != .read, scope != .operator else { return }
                throw .expected("read or operator", at: path.member("scope"), got: "\"\(scope.rawValue)\"")
            })
    }

    public struct Output: Shaped {
        public var key: String
        public var scope: KeyScope
        public var expiresAt: Timestamp

        public init(key: String, scope: KeyScope, expiresAt: Timestamp) {
            self.key = key
            self.scope = scope
            self.expiresAt = expiresAt
        }

        public static let shape = Shape(
            required("key", \.key, .anyText, "What stands behind `/enter#`: it is not kept, and not told again."),
            required("scope", \.scope, .choice, "What its holder may do."),
            required("expiresAt", \.expiresAt, .timestamp, "Until when it is good."),
            make: Self.init)
    }

    public static let row = OperationRow(
        operator: .addLink, of: Self.self,
        summary: "Makes a link to the HTTP door that is good once, for ten minutes: a browser gets a session for it.",
        effect: .write, tellsSecret: true,
        example: OperationRow.Example(["scope": "read"]))
}

/// A key, without the key itself.
public struct KeyEntry: Shaped, Listed {
    public var name: String
    public var scope: KeyScope
    public var isConfigured: Bool
    public var createdAt: Timestamp?
    public var createdBy: String?
    public var sessions: Int64?

    public init(
        name: String, scope: KeyScope, isConfigured: Bool, createdAt: Timestamp? = nil, createdBy: String? = nil,
        sessions: Int64? = nil
    ) {
        self.name = name
        self.scope = scope
        self.isConfigured = isConfigured
        self.createdAt = createdAt
        self.createdBy = createdBy
        self.sessions = sessions
    }

    public static let shape = Shape(
        required("name", \.name, .anyText, "What it is called."),
        required("scope", \.scope, .choice, "What it may do."),
        required("isConfigured", \.isConfigured, .boolean, "Whether it stands in the configuration."),
        optional("createdAt", \.createdAt, .timestamp, "When it was made; not of configured ones."),
        optional("createdBy", \.createdBy, .anyText, "By whom; not of configured ones."),
        optional(
            "sessions", \.sessions, .count,
            "Browsers that are in by it, or by links made with it; not of a configured one whose key is not to be had here."
        ),
        make: Self.init)

    public static let singular = "key"
    public static let plural = "keys"
}

/// What a key may be called. A proxy's person stands behind a slash in the audit.
public enum KeyName {
    public static let length = 1...100
    public static let expected =
        "a name of 1 to 100 characters such as \"backend\", without \"/\", control characters, or spaces at its ends"

    public static func isName(_ text: String) -> Bool {
        length.contains(text.count) && !text.unicodeScalars.contains { $0.isUnprintable || $0 == "/" }
            && text.first?.isWhitespace == false && text.last?.isWhitespace == false
    }
}

/// What a key may do.
public enum KeyScope: String, WireEnum {
    /// Rows whose effect is read; it holds no credits.
    case read
    /// Reports usage and events and consumes credits, and sees nothing but the answers to that.
    case ingest
    /// Everything that applications do.
    case full
    /// That, and what operators do.
    case `operator`
}
