import Crypto
import Foundation
public import TidemillCore
public import TidemillOperations
public import TidemillStore

/// A key that was made by `tidemill keys add`: its name, what it may do, and a hash of it. The key itself is in nobody's
/// hands but its owner's.
public struct AccessKey: Sendable, Hashable {
    public var name: String
    public var scope: KeyScope
    public var digest: [UInt8]
    public var createdAt: Timestamp
    public var createdBy: String

    public init(name: String, scope: KeyScope, digest: [UInt8], createdAt: Timestamp, createdBy: String) {
        self.name = name
        self.scope = scope
        self.digest = digest
        self.createdAt = createdAt
        self.createdBy = createdBy
    }

    public static let prefix = "tm_"

    /// A new key: 256 bits that nobody guesses. That is why one round of SHA-256 is hash enough.
    public static func make() -> String {
        var generator = SystemRandomNumberGenerator()
        let bytes = (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        return prefix + bytes.hexadecimal
    }

    public static func digest(of key: String) -> [UInt8] { Array(SHA256.hash(data: Array(key.utf8))) }

    /// Takes as long whatever the digests have in common.
    static func isSame(_ one: [UInt8], _ other: [UInt8]) -> Bool {
        guard one.count == other.count else { return false }
        return zip(one, other).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}

/// The rows of the table `access_keys`.
public enum AccessKeys {
    /// So many keys there may be: each request is held against all of them.
    public static let keysMax = 1000

    /// All of them, for whoever looks after them: a damaged one is told.
    public static func list(on connection: any SQLConnection) throws -> [AccessKey] {
        try read(on: connection) { name in
            throw StoreError(
                .corrupt,
                "the key \"\(name.escapingControls)\" has a scope or a digest that is none, and opens nothing; `tidemill keys revoke` takes it out"
            )
        }
    }

    /// Those that open something: what a damaged one may do is not guessed, and it is in nobody's way.
    static func good(on connection: any SQLConnection) throws -> [AccessKey] { try read(on: connection) { _ in } }

    private static func read(
        on connection: any SQLConnection, damaged: (String) throws -> Void
    ) throws -> [AccessKey] {
        try connection.rows("SELECT name, scope, digest, created_at, created_by FROM access_keys ORDER BY name") {
            row -> AccessKey? in
            guard let scope = KeyScope(rawValue: row.text(1)), let digest = [UInt8](hexadecimal: row.text(2)) else {
                try damaged(row.text(0))
                return nil
            }
            return AccessKey(
                name: row.text(0), scope: scope, digest: digest, createdAt: Timestamp(microseconds: row.integer(3)),
                createdBy: row.text(4))
        }.compactMap { $0 }
    }

    public static func names(on connection: any SQLConnection) throws -> [String] {
        try connection.values("SELECT name FROM access_keys ORDER BY name")
    }

    /// False where the name is taken.
    public static func add(_ key: AccessKey, on connection: any SQLConnection) throws -> Bool {
        try connection.execute(
            """
            INSERT INTO access_keys(name, scope, digest, created_at, created_by) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (name) DO NOTHING
            """,
            [
                .text(key.name), .text(key.scope.rawValue), .text(key.digest.hexadecimal),
                .integer(key.createdAt.microseconds), .text(key.createdBy),
            ]) == 1
    }

    /// Takes it out, with all browsers that it let in. False where there is none of that name.
    public static func revoke(_ name: String, on connection: any SQLConnection) throws -> Bool {
        let digest: String? = try connection.value("SELECT digest FROM access_keys WHERE name = $1", [.text(name)])
        guard let digest else { return false }
        // What belongs to a damaged digest opens nothing.
        if let key = [UInt8](hexadecimal: digest) { try BrowserPasses.end(of: key, on: connection) }
        return try connection.execute("DELETE FROM access_keys WHERE name = $1", [.text(name)]) == 1
    }
}
