import TidemillCore
import TidemillOperations

/// A webhook of a payment provider: `payment.succeeded`, `payment.failed` or `payment.refunded`, and the names by which it
/// says what it is about. They stand in the payload itself or in its `data`, `data.object` or `payment`.
struct PaymentWebhook {
    enum Kind: String {
        case succeeded = "payment.succeeded"
        case failed = "payment.failed"
        case refunded = "payment.refunded"
    }

    let kind: Kind
    let payload: Payload
    private let places: [Payload]

    /// Nil where the payload is about no payment.
    init?(_ payload: Payload) {
        guard let kind = (payload["type"]?.text).flatMap(Kind.init(rawValue:)) else { return nil }
        self.kind = kind
        self.payload = payload
        places = [payload, payload["data"], payload["data"]?["object"], payload["payment"]].compactMap { $0 }
    }

    private static let nameMax = 255

    /// What messages begin with.
    var subject: String { "webhook \(kind.rawValue)" }
    var paymentID: String? { field("paymentId") }
    /// The payment, as far as it names itself alone: an `id` beside the type may be the message's.
    var payment: String? {
        paymentID
            ?? [payload["payment"], payload["data"]?["object"]].lazy.compactMap { Self.name($0?["id"]) }.first
    }
    var idempotencyKey: String? { field("idempotencyKey") }
    /// Whose payment it is, where the webhook itself says so: further in stand the provider's own ids.
    var customerID: CustomerID? { payload["customerId"]?.idText.map { CustomerID($0) } }
    var declineCode: String? { field("declineCode") }
    /// The credits that were paid for; in the payment's `metadata` too, where providers keep what others gave them.
    var grantID: String? {
        let named = places + Self.metadata(of: places)
        return named.lazy.compactMap { Self.name($0["grantId"]) ?? Self.name($0["creditGrantId"]) }.first
    }
    /// It will not be tried again.
    var isFinal: Bool { places.contains { $0["retryable"] == false } }
    /// The customer has to do something first.
    var requiresAction: Bool { places.contains { $0["requiresAction"] == true } }

    /// Everything that may be the id of a payment. Only one that is known is found, whatever else is called so.
    var paymentIDs: [String] {
        [paymentID, Self.name(payload["payment"]?["id"]), Self.name(payload["data"]?["object"]?["id"]), field("id")]
            .compactMap { $0 }
    }

    private func field(_ name: String) -> String? {
        places.lazy.compactMap { Self.name($0[name]) }.first
    }

    /// What may be a name: text, or a whole number. Anything else names nothing.
    private static func name(_ value: Payload?) -> String? {
        value?.idText.flatMap { (1...nameMax).contains($0.utf8.count) ? $0 : nil }
    }

    private static func metadata(of places: [Payload]) -> [Payload] { places.compactMap { $0["metadata"] } }
}
