import Crypto
import Foundation
public import TidemillCore
public import TidemillOperations
public import TidemillStore

/// The keys of writes that were made, kept in the transaction of the write: a repeat answers what the first call
/// answered, however often a crash makes the caller ask again. Keys belong to their customer; those of operators' writes to
/// nobody.
public struct IdempotencyKeys {
    private let connection: any SQLConnection
    private let customer: CustomerID?

    public init(connection: any SQLConnection, customer: CustomerID?) {
        self.connection = connection
        self.customer = customer
    }

    /// What the call with this key answered; nil when it is new. The same key for something else is a conflict.
    public func answer(to id: OperationID, _ input: Payload, key: String) throws -> Payload? {
        let kept = try connection.first(
            """
            SELECT operation, input_digests, output FROM idempotency_keys
             WHERE bucket = $1 AND customer_id = $2 AND idempotency_key = $3
            """, customer.key + [.text(key)]
        ) { (operation: $0.text(0), digests: $0.text(1), output: $0.text(2)) }
        guard let kept else { return nil }
        guard kept.operation == id.rawValue else {
            throw Self.conflict(id, key, "was used for \(kept.operation)")
        }
        let old = try StoredBody.parse(kept.digests)
        let new = Self.digests(of: input)
        guard old != .object(new) else { return try StoredBody.parse(kept.output) }
        let names = new.keys.filter { old[$0] != new[$0] } + Self.names(in: old).filter { new[$0] == nil }
        throw Self.conflict(
            id, key, "was used with another \(names.sorted().map { "'\($0)'" }.joined(separator: ", "))")
    }

    public func keep(_ output: Payload, of id: OperationID, _ input: Payload, key: String, now: Timestamp) throws {
        try connection.execute(
            """
            INSERT INTO idempotency_keys(bucket, customer_id, idempotency_key, operation, input_digests, output, created_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            """,
            customer.key + [
                .text(key), .text(id.rawValue), .text(Payload.object(Self.digests(of: input)).json), .text(output.json),
                .integer(now.microseconds),
            ])
    }

    /// Forgets keys older than `instant`, at most `limit` at a time; returns how many.
    @discardableResult
    static func prune(before instant: Timestamp, limit: Int64, on connection: any SQLConnection) throws -> Int {
        try connection.execute(
            """
            DELETE FROM idempotency_keys WHERE (bucket, customer_id, idempotency_key) IN
              (SELECT bucket, customer_id, idempotency_key FROM idempotency_keys
                WHERE created_at < $1 ORDER BY created_at LIMIT $2)
            """, [.integer(instant.microseconds), .integer(limit)])
    }

    private static func conflict(_ id: OperationID, _ key: String, _ what: String) -> OperationError {
        OperationError(
            .idempotencyConflict,
            "\(id.rawValue): the idempotency key \"\(key)\" \(what); use a new key for a new intent")
    }

    /// A hash of each field, so that a conflict can name the fields that differ and no private value is kept twice.
    private static func digests(of input: Payload) -> TextMap<Payload> {
        guard case .object(let members) = input else { return ["": .string(digest(input))] }
        return members.mapValues { .string(digest($0)) }
    }

    private static func digest(_ value: Payload) -> String {
        SHA256.hash(data: Data(value.json.utf8)).prefix(16).hexadecimal
    }

    private static func names(in payload: Payload) -> [String] {
        if case .object(let members) = payload { Array(members.keys) } else { [] }
    }
}
