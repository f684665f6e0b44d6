/// Somebody who sends webhooks: where they go, and how they show that they come from there.
public struct WebhookSource: Sendable {
    public enum Verification: String, Sendable, CaseIterable {
        /// A header carries the secret itself.
        case secret
        /// A header carries the HMAC-SHA256 of the body, as GitHub sends it.
        case hmac = "hmac-sha256"
        /// `Stripe-Signature: t=…,v1=…`.
        case stripe
        /// `webhook-id`, `webhook-timestamp` and `webhook-signature` (standardwebhooks.com).
        case standard = "standard-webhooks"

        /// The header that carries secret or signature, where the configuration names no other.
        public var header: String {
            switch self {
            case .secret: "stigg-webhooks-secret"
            case .hmac: "x-hub-signature-256"
            case .stripe: "stripe-signature"
            case .standard: "webhook-signature"
            }
        }
    }

    public var name: String
    /// The folder of the inbox.
    public var folder: String
    public var verification: Verification
    /// The secret, and during a change the one before or after it.
    public var secrets: [String]
    public var header: String
    /// Headers that tell the type and the id of a message, where the body does not.
    public var typeHeader: String?
    public var idHeader: String?
    public var bodyMax: Int
    /// What ingest takes as one record: bytes. What would be more is refused before anybody is told that it was taken.
    public var recordMax: Int
    /// Whether its `payment.*` messages act on money.
    public var payments: Bool

    public init(
        name: String, folder: String, verification: Verification, secrets: [String], header: String? = nil,
        typeHeader: String? = nil, idHeader: String? = nil, bodyMax: Int = 1 << 20, recordMax: Int = .max,
        payments: Bool = false
    ) {
        self.name = name
        self.folder = folder
        self.verification = verification
        self.secrets = secrets
        self.header = (header ?? verification.header).lowercased()
        self.typeHeader = typeHeader?.lowercased() ?? nil
        self.idHeader = idHeader?.lowercased() ?? (verification == .standard ? "webhook-id" : nil)
        self.bodyMax = bodyMax
        self.recordMax = recordMax
        self.payments = payments
    }
}
