public import TidemillCore
public import TidemillOperations
public import TidemillStore

/// What lets a browser in: a link that is good once, or the session that was got for it or for a key.
public struct BrowserPass: Sendable, Hashable {
    public enum Kind: String, Sendable { case link, session }

    public var kind: Kind
    /// The actor in the audit.
    public var name: String
    public var scope: KeyScope
    /// The digest of the key that a session was got for, or that stands behind whoever made the link: when it is revoked,
    /// all that descends from it ends. Nil where a person made the link at the command line.
    public var key: [UInt8]?
    public var expiresAt: Timestamp

    public init(_ kind: Kind, name: String, scope: KeyScope, key: [UInt8]? = nil, expiresAt: Timestamp) {
        self.kind = kind
        self.name = name
        self.scope = scope
        self.key = key
        self.expiresAt = expiresAt
    }

    /// How long a link may wait, and a session lasts: seconds.
    public static let linkSeconds: Int64 = 600
    public static let sessionSeconds: Int64 = 12 * 3600
}

/// The rows of the table `browser_passes`.
public enum BrowserPasses {
    /// So many of a kind there may be of one key, or of one person where there is no key: of their own those that end
    /// first give way, and nobody's else.
    static let passesMax: Int64 = 100

    private static let columns = "kind, name, scope, key_digest, expires_at"
    /// Whose a pass is: digests have no slash.
    private static let owner = "COALESCE(key_digest, '/' || name)"

    /// Nil for one that is damaged: it opens nothing, as one that is not known.
    private static func read(_ row: any SQLRow) -> BrowserPass? {
        guard let kind = BrowserPass.Kind(rawValue: row.text(0)), let scope = KeyScope(rawValue: row.text(2)) else {
            return nil
        }
        var key: [UInt8]?
        if !row.isNull(3) {
            guard let digest = [UInt8](hexadecimal: row.text(3)) else { return nil }
            key = digest
        }
        return BrowserPass(
            kind, name: row.text(1), scope: scope, key: key, expiresAt: Timestamp(microseconds: row.integer(4)))
    }

    /// Keeps it under the secret that the browser will show, and forgets those that are over.
    public static func add(
        _ pass: BrowserPass, secret: String, now: Timestamp, on connection: any SQLConnection
    ) throws {
        let key = pass.key?.hexadecimal
        try connection.execute(
            """
            DELETE FROM browser_passes WHERE expires_at <= $1 OR digest IN
              (SELECT digest FROM browser_passes WHERE kind = $2 AND \(owner) = $3
                ORDER BY expires_at DESC, rowid DESC LIMIT -1 OFFSET $4)
            """,
            [
                .integer(now.microseconds), .text(pass.kind.rawValue), .text(key ?? "/" + pass.name),
                .integer(passesMax - 1),
            ])
        try connection.execute(
            "INSERT INTO browser_passes(digest, \(columns)) VALUES ($1, $2, $3, $4, $5, $6)",
            [
                .text(digest(secret)), .text(pass.kind.rawValue), .text(pass.name), .text(pass.scope.rawValue),
                key.map { .text($0) } ?? .null, .integer(pass.expiresAt.microseconds),
            ])
    }

    /// Nil for one that is not known, or over.
    static func find(
        _ kind: BrowserPass.Kind, secret: String, now: Timestamp, on connection: any SQLConnection
    ) throws -> BrowserPass? {
        let found = try connection.first(
            "SELECT \(columns) FROM browser_passes WHERE digest = $1 AND kind = $2 AND expires_at > $3",
            [.text(digest(secret)), .text(kind.rawValue), .integer(now.microseconds)], read)
        return found ?? nil
    }

    /// False where there is none, or not any more.
    static func remove(secret: String, on connection: any SQLConnection) throws -> Bool {
        try connection.execute("DELETE FROM browser_passes WHERE digest = $1", [.text(digest(secret))]) == 1
    }

    /// Ends all that descends from a key.
    public static func end(of key: [UInt8], on connection: any SQLConnection) throws {
        try connection.execute("DELETE FROM browser_passes WHERE key_digest = $1", [.text(key.hexadecimal)])
    }

    /// The sessions of a key that are not over.
    public static func sessions(of key: [UInt8], now: Timestamp, on connection: any SQLConnection) throws -> Int64 {
        try connection.value(
            "SELECT COUNT(*) FROM browser_passes WHERE key_digest = $1 AND kind = 'session' AND expires_at > $2",
            [.text(key.hexadecimal), .integer(now.microseconds)]) ?? 0
    }

    private static func digest(_ secret: String) -> String { AccessKey.digest(of: secret).hexadecimal }
}
