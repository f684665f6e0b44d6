/// Why nothing can be charged: the caller turns it into the API's error.
public enum PricingError: Error, Sendable, Hashable {
    /// A product of a price and a quantity is beyond what an amount holds.
    case tooLarge(String)
}
