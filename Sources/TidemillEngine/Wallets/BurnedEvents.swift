import TidemillCore
import TidemillOperations

/// Which events a row of the ledger stands for, and at what rate: kept with the row, so that its credits can be told apart
/// by the events' dimensions later. The events themselves are in the raw blocks.
struct BurnedEvents: Sendable, Hashable {
    /// The delivery, or the name of the call that reported them.
    var delivery: String
    /// Numbers of the first and the last record; those between may be somebody else's.
    var first: UInt64
    var last: UInt64
    /// The version of the meter that counted them.
    var meter: Int64
    /// The resource that the events named, '' for none: the wallet may be another one's.
    @ComparedByBytes var resource: String
    var amount: Amount
    var costFormula: String?

    /// Under this name it stands among the stored details. A report's own dimension of that name is no such object.
    static let key = "$events"

    var payload: Payload {
        var members: TextMap<Payload> = [
            "delivery": .string(delivery), "first": .integer(Int64(clamping: first)),
            "last": .integer(Int64(clamping: last)), "meter": .integer(meter), "amount": Payload(amount),
        ]
        if !resource.isEmpty { members["resource"] = .string(resource) }
        members["costFormula"] = costFormula.map { .string($0) }
        return .object(members)
    }
}

extension BurnedEvents {
    /// Nil for anything else that a dimension of that name may hold.
    init?(_ payload: Payload) {
        guard let delivery = payload["delivery"]?.text, case .integer(let first) = payload["first"],
            case .integer(let last) = payload["last"], case .integer(let meter) = payload["meter"],
            let digits = payload["amount"]?.json, let amount = Amount(digits)
        else { return nil }
        self.init(
            delivery: delivery, first: UInt64(clamping: first), last: UInt64(clamping: last), meter: meter,
            resource: payload["resource"]?.text ?? "", amount: amount, costFormula: payload["costFormula"]?.text)
    }
}
