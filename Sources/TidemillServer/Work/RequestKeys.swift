import Crypto
import Foundation
public import TidemillCore
import TidemillOperations
public import TidemillStore

/// What requests were answered, by their `Idempotency-Key`, and by their whole input where a repeat would be refused: kept
/// for a day in the transaction of the effect, so that no crash comes between. Only what succeeded is kept.
struct RequestKeys {
    /// How long a key is known.
    static let keepSeconds: Int64 = 86_400

    private let connection: any SQLConnection
    private let now: Timestamp

    init(_ connection: any SQLConnection, now: Timestamp) {
        self.connection = connection
        self.now = now
    }

    /// What a key stands for.
    enum Name: Sendable, Hashable {
        /// `Idempotency-Key` of a request.
        case key(String)
        /// The input of a request whose repeat would be refused.
        case made

        /// As the table has it.
        func stored(_ digest: String) -> String {
            switch self {
            case .key(let key): "key:" + key
            case .made: "made:" + digest
            }
        }
    }

    enum Kept: Sendable, Hashable {
        case answer(Payload)
        /// The key was used for something else.
        case otherInput
    }

    func find(_ name: Name, of id: OperationID, _ input: Payload) throws -> Kept? {
        let oldest = now.advanced(bySeconds: -Self.keepSeconds)
        let digest = Self.digest(input, id)
        let kept = try connection.first(
            "SELECT digest, answer FROM request_keys WHERE operation = $1 AND name = $2 AND created_at >= $3",
            [.text(id.rawValue), .text(name.stored(digest)), .integer(oldest.microseconds)]
        ) { (digest: $0.text(0), answer: $0.text(1)) }
        guard let kept else { return nil }
        guard kept.digest == digest || kept.digest == Self.digest(input) else { return .otherInput }
        do { return .answer(try Payload(json: kept.answer)) } catch {
            throw StoreError(.corrupt, "a kept answer of \(id.rawValue) is no JSON: \(error)")
        }
    }

    func keep(_ answer: Payload, as name: Name, of id: OperationID, _ input: Payload) throws {
        let digest = Self.digest(input, id)
        try connection.execute(
            """
            INSERT INTO request_keys(operation, name, digest, answer, created_at) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (operation, name) DO UPDATE SET digest = excluded.digest, answer = excluded.answer,
              created_at = excluded.created_at
            """,
            [
                .text(id.rawValue), .text(name.stored(digest)), .text(digest), .text(answer.json),
                .integer(now.microseconds),
            ])
    }

    private static func digest(_ input: Payload, _ id: OperationID) -> String {
        digest(withoutNulls(input, OperationTable.row(id).input))
    }

    /// Of the input as it came: earlier versions kept no other.
    private static func digest(_ input: Payload) -> String {
        SHA256.hash(data: Data(input.json.utf8)).hexadecimal
    }

    /// The input without the nulls that say no more than leaving the field out.
    private static func withoutNulls(_ value: Payload, _ fields: [FieldDescription]) -> Payload {
        switch value {
        case .array(let items): return .array(items.map { withoutNulls($0, fields) })
        case .object(let members) where !fields.isEmpty:
            var kept: TextMap<Payload> = [:]
            for (name, member) in members {
                let field = fields.first { $0.name == name || $0.aliases.contains(name) }
                guard !member.isNull || field.map(\.isNullable) ?? true else { continue }
                kept[name] = field.map { withoutNulls(member, $0.fields) } ?? member
            }
            return .object(kept)
        default: return value
        }
    }
}

/// Forgets them, in steps that let other writers in between.
public struct RequestKeyRetention: StoreMaintenance {
    private let store: any Store
    private let stepKeys: Int64

    public init(store: any Store, stepKeys: Int64 = 2000) {
        self.store = store
        self.stepKeys = stepKeys
    }

    public func runMaintenance(now: Timestamp) throws {
        let oldest = now.advanced(bySeconds: -RequestKeys.keepSeconds)
        let isDue = try store.read { connection in
            try connection.first("SELECT MIN(created_at) FROM request_keys") {
                !$0.isNull(0) && $0.integer(0) < oldest.microseconds
            }
        }
        guard isDue == true else { return }
        while try store.write({ try prune(before: oldest, on: $0) }) == stepKeys {}
    }

    private func prune(before oldest: Timestamp, on connection: any SQLConnection) throws -> Int64 {
        Int64(
            try connection.execute(
                """
                DELETE FROM request_keys WHERE (operation, name) IN
                  (SELECT operation, name FROM request_keys WHERE created_at < $1 ORDER BY created_at LIMIT $2)
                """, [.integer(oldest.microseconds), .integer(stepKeys)]))
    }
}
