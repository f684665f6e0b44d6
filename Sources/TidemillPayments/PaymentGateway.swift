/// Who takes the customer's money for credits that are bought.
public protocol PaymentGateway: Sendable {
    /// `none` or `http`: as the configuration names it.
    var name: String { get }
}
