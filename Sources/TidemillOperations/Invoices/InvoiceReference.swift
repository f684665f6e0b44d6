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
}

/// An input that names one.
public protocol InvoiceNaming: Shaped {
    var id: String? { get }
    var customerID: CustomerID? { get }
    var invoiceNumber: String? { get }
}

extension InvoiceNaming {
    public var reference: InvoiceReference {
        InvoiceReference(id: id, customerID: customerID, number: invoiceNumber)
    }

    static func idField(_ get: @escaping @Sendable (Self) -> String?) -> Field<Self, String?> {
        optional("id", get, .text(1...255), "The invoice.", aliases: ["invoiceId"])
    }

    static func payerField(_ get: @escaping @Sendable (Self) -> CustomerID?) -> Field<Self, CustomerID?> {
        optional("customerId", get, .customerID, "Who pays, with `invoiceNumber`; found by the id when left out.")
    }

    static func numberField(_ get: @escaping @Sendable (Self) -> String?) -> Field<Self, String?> {
        optional("invoiceNumber", get, .text(1...32), "Its number, in place of the id.")
    }

    static func checkReference(_ input: Self, _ path: FieldPath) throws(InputProblem) {
        guard input.id == nil, input.customerID == nil || input.invoiceNumber == nil else { return }
        throw InputProblem(["'id' is missing; give the invoice's id, or 'customerId' and 'invoiceNumber'"])
    }
}

enum InvoiceExample {
    /// A subscription of which the first period is due.
    static let made = EstimateExample.subscribed

    static let errors: [OperationError.Code] = [.invoiceNotFound]
}
