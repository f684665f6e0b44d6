public import TidemillCore

/// Names one invoice: by its id, or by who pays and its number.
public struct InvoiceReference: Sendable, Hashable {
    public var id: String?
    public var customerID: CustomerID?
    public var number: String?

    public init(id: String?, customerID: CustomerID?, number: String?) {
        self.id = id
        self.customerID = customerID
        self.number = number
    }

    static func check(
        _ id: String?, _ customer: CustomerID?, _ number: String?
    ) throws(InputProblem) {
        guard id == nil, customer == nil || number == nil else { return }
        throw InputProblem(["'id' is missing; give the invoice's id, or 'customerId' and 'invoiceNumber'"])
    }
}

enum InvoiceExample {
    /// A subscription of which the first period is due.
    static let made = EstimateExample.subscribed

    static let errors: [OperationError.Code] = [.invoiceNotFound]
}
