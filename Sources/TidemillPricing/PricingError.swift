public import TidemillOperations

/// Why something has no price: the API's code, and a sentence for a person without the operation's name.
public struct PricingError: Error, Sendable, Hashable, CustomStringConvertible {
    public let code: OperationError.Code
    public let message: String

    public init(_ code: OperationError.Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }

    /// The error that a call of this operation answers.
    public func error(in operation: OperationID) -> OperationError {
        OperationError(code, "\(operation.rawValue): \(message)", cause: self)
    }

    /// A product of a price and a quantity, or a sum of them, is beyond what an amount holds.
    static func tooLarge(_ what: String) -> PricingError {
        PricingError(.invalidArgument, "\(what) comes to more than 18 digits before the point; lower the quantity")
    }
}
