public import TidemillCore

/// Who takes the customer's money for credits that are bought.
///
/// A gateway never throws: whatever goes wrong, the question is whether the customer was charged, and an answer that does
/// not say so is `unknown`. Asking again with the same key is always safe while the gateway remembers keys.
public protocol PaymentGateway: Sendable {
    /// `none` or `http`: as the configuration names it.
    var name: String { get }
    /// Whether anybody is charged. Where nobody is, credits need no price.
    var isPaid: Bool { get }
    /// Charges once for each key, however often it is asked.
    func charge(_ request: PaymentRequest) async -> PaymentAnswer
    /// What became of the charge with this key; makes none.
    func lookUp(key: String) async -> PaymentAnswer
}

/// One charge. A repeat of a key repeats everything else, too.
public struct PaymentRequest: Sendable, Hashable {
    /// The idempotency key: letters, digits, `.` and `-`.
    public let key: String
    public let customerID: CustomerID
    /// The credit currency that is bought.
    public let currencyID: String
    /// What to charge, in major units of `currency`.
    public let amount: Amount
    public let currency: String
    /// The customer's payment method at the billing provider; nil leaves the choice to the gateway.
    public let paymentMethodID: String?

    public init(
        key: String, customerID: CustomerID, currencyID: String, amount: Amount, currency: String,
        paymentMethodID: String?
    ) {
        self.key = key
        self.customerID = customerID
        self.currencyID = currencyID
        self.amount = amount
        self.currency = currency
        self.paymentMethodID = paymentMethodID
    }
}

/// What is known about a charge.
public enum PaymentAnswer: Sendable, Hashable {
    /// The customer was charged.
    case succeeded(paymentID: String?)
    /// The gateway has it in hand; a look-up or a webhook will tell.
    case pending(paymentID: String?)
    /// The customer was not charged, and will not be under this key.
    case declined(code: String?, isRetryable: Bool)
    /// The key was used with another request: a person must look.
    case keyConflict(String)
    /// A look-up found no charge with this key.
    case notFound
    /// No answer, or one that says nothing about the charge; the text is for a person, without secrets.
    case unknown(String)
}
