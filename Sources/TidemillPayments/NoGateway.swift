/// `gateway = "none"`: nobody is charged, and every recharge succeeds. Credits are free.
public struct NoGateway: PaymentGateway {
    public init() {}

    public let name = "none"
    public let isPaid = false

    public func charge(_ request: PaymentRequest) async -> PaymentAnswer { .succeeded(paymentID: nil) }
    public func lookUp(key: String) async -> PaymentAnswer { .notFound }
}
