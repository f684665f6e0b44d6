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
    /// The key that a session was got for: when it is revoked, the session ends.
    public var keyName: String?
    public var expiresAt: Timestamp

    public init(_ kind: Kind, name: String, scope: KeyScope, keyName: String? = nil, expiresAt: Timestamp) {
        self.kind = kind
        self.name = name
        self.scope = scope
        self.keyName = keyName
        self.expiresAt = expiresAt
    }

    /// How long a link may wait, and a session lasts: seconds.
    public static let linkSeconds: Int64 = 600
    public static let sessionSeconds: Int64 = 12 * 3600
}

/// The rows of the table `browser_passes`.
public enum BrowserPasses {
    /// So many there may be; the ones that end first give way.
    static let passesMax: Int64 = 1000

    private static let columns = "kind, name, scope, key_name, expires_at"

    private static func read(_ row: any SQLRow) throws -> BrowserPass {
        guard let kind = BrowserPass.Kind(rawValue: row.text(0)), let scope = KeyScope(rawValue: row.text(2)) else {
            throw StoreError(.corrupt, "a browser's pass has a kind or a scope that is none; restore a backup")
        }
        return BrowserPass(
            kind, name: row.text(1), scope: scope, keyName: row.isNull(3) ? nil : row.text(3),
            expiresAt: Timestamp(microseconds: row.integer(4)))
    }

    /// Keeps it under the secret that the browser will show, and forgets those that are over.
    public static func add(
        _ pass: BrowserPass, secret: String, now: Timestamp, on connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            DELETE FROM browser_passes WHERE expires_at <= $1 OR digest IN
              (SELECT digest FROM browser_passes ORDER BY expires_at DESC LIMIT -1 OFFSET $2)
            """, [.integer(now.microseconds), .integer(passesMax - 1)])
        try connection.execute(
            "INSERT INTO browser_passes(digest, \(columns)) VALUES ($1, $2, $3, $4, $5, $6)",
            [
                .text(digest(secret)), .text(pass.kind.rawValue), .text(pass.name), .text(pass.scope.rawValue),
                pass.keyName.map { .text($0) } ?? .null, .integer(pass.expiresAt.microseconds),
            ])
    }

    /// Nil for one that is not known, or over.
    static func find(
        _ kind: BrowserPass.Kind, secret: String, now: Timestamp, on connection: any SQLConnection
    ) throws -> BrowserPass? {
        try connection.first(
            "SELECT \(columns) FROM browser_passes WHERE digest = $1 AND kind = $2 AND expires_at > $3",
            [.text(digest(secret)), .text(kind.rawValue), .integer(now.microseconds)], read)
    }

    static func remove(secret: String, on connection: any SQLConnection) throws {
        try connection.execute("DELETE FROM browser_passes WHERE digest = $1", [.text(digest(secret))])
    }

    private static func digest(_ secret: String) -> String { AccessKey.digest(of: secret).hexadecimal }
}
