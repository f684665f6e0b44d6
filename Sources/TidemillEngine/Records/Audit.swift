import TidemillCore
import TidemillOperations
import TidemillStore

extension CallScope {
    /// Of an input, so much is kept.
    static let auditDetailsMax = 16_384

    /// Leaves a row that says who changed what, and why.
    func audit(_ action: String, _ customer: CustomerID?, _ details: Payload, reason: String? = nil) throws {
        let who = actor
        let text = details.json
        let kept =
            text.utf8.count <= Self.auditDetailsMax
            ? text : Payload.object(["leftOut": .string("\(text.utf8.count) bytes")]).json
        try connection.execute(
            """
            INSERT INTO audit(bucket, customer_id, sequence, at, actor_kind, actor, action, details, reason)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            """,
            [
                .integer(customer.map { Bucket($0).number } ?? 0), .text(customer?.text ?? ""),
                .integer(try Sequences.next("audit", on: connection)), .integer(recordedAt.microseconds),
                .text(who.kind), .text(who.name), .text(action), .text(kept), .text(reason ?? context.reason),
            ])
    }

    private var actor: (kind: String, name: String) {
        switch context.caller {
        case .person: ("person", context.actor)
        case .record(let delivery, let number, _): ("delivery", "\(delivery)/\(number)")
        case .catalog: ("catalog", context.actor)
        case .run(let id, let sequence): ("run", "\(id)/\(sequence)")
        case .engine(let name): ("engine", name)
        }
    }
}
