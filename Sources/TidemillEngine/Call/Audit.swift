public import TidemillCore
public import TidemillOperations
public import TidemillStore

/// Who changed what, in the transaction of the change.
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
        try AuditLog.add(
            action, customer: customer, details: kept, byA: actor.kind, actor.name, reason: reason, at: instant,
            on: connection)
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
