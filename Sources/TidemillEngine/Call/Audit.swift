public import TidemillCore
public import TidemillOperations
public import TidemillStore

/// The rows of the table `audit`, each written in the transaction of the change that it tells of.
public enum AuditTrail {
    /// Who changed something.
    public struct Actor: Sendable, Hashable {
        /// person, key, delivery, catalog, run or engine.
        let kind: String
        let name: String

        /// A person at the command line, by the login name.
        public static func person(_ name: String) -> Actor { Actor(kind: "person", name: name) }

        /// Tidemill by itself, by the name of what does it.
        public static func engine(_ name: String) -> Actor { Actor(kind: "engine", name: name) }

        /// Who makes a call.
        public init(_ context: CallContext) {
            switch context.caller {
            case .person: self = .person(context.actor)
            case .key(let name): self.init(kind: "key", name: name)
            case .record(let delivery, let number, _): self.init(kind: "delivery", name: "\(delivery)/\(number)")
            case .catalog: self.init(kind: "catalog", name: context.actor)
            case .run(let id, let sequence): self.init(kind: "run", name: "\(id)/\(sequence)")
            case .engine(let name): self = .engine(name)
            }
        }

        private init(kind: String, name: String) {
            self.kind = kind
            self.name = name
        }
    }

    /// Of an input, so much is kept.
    static let detailsMax = 16_384

    /// Leaves a row that says who changed what, and why.
    public static func record(
        _ action: String, customer: CustomerID? = nil, _ details: Payload, by actor: Actor, reason: String?,
        at instant: Timestamp, on connection: any SQLConnection
    ) throws {
        let text = details.json
        let kept =
            text.utf8.count <= detailsMax ? text : Payload.object(["leftOut": .string("\(text.utf8.count) bytes")]).json
        try connection.execute(
            """
            INSERT INTO audit(bucket, customer_id, sequence, at, actor_kind, actor, action, details, reason)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            """,
            [
                .integer(customer.map { Bucket($0).number } ?? 0), .text(customer?.text ?? ""),
                .integer(try Sequences.next("audit", on: connection)), .integer(instant.microseconds),
                .text(actor.kind), .text(actor.name), .text(action), .text(kept), .text(reason),
            ])
    }
}

extension AuditTrail {
    /// The rows before `$1` among the oldest ones. They are written in the order of time: where the oldest stays, all do.
    private static let old = """
        SELECT sequence FROM (SELECT sequence, at FROM audit ORDER BY sequence LIMIT 500) AS oldest WHERE at < $1
        """

    static func isOld(before instant: Timestamp, on connection: any SQLConnection) throws -> Bool {
        try connection.hasRows(old, [.integer(instant.microseconds)])
    }

    /// Forgets some rows from before `instant`; returns how many.
    static func prune(before instant: Timestamp, on connection: any SQLConnection) throws -> Int {
        try connection.execute("DELETE FROM audit WHERE sequence IN (\(old))", [.integer(instant.microseconds)])
    }
}

extension CallScope {
    /// Leaves a row that says who changed what, and why.
    func audit(_ action: String, _ customer: CustomerID?, _ details: Payload, reason: String? = nil) throws {
        try AuditTrail.record(
            action, customer: customer, details, by: AuditTrail.Actor(context), reason: reason ?? context.reason,
            at: recordedAt, on: connection)
    }
}
