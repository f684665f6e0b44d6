import TidemillCore
import TidemillOperations

/// Whom a write is about, for the audit: also where it names a subscription or a grant and no customer.
struct AuditedCustomers {
    private(set) var all: [CustomerID] = []

    /// Call it before the write: a delegation belongs to both customers.
    init(of row: OperationRow, _ input: Payload, in scope: CallScope) throws {
        add(row.customer(in: input))
        if let subscription = row.subscription(in: input) { add(try scope.subscriptions.owner(of: subscription)) }
    }

    /// Adds whom the answer is about.
    mutating func add(from answer: Payload) {
        add((answer["customerId"] ?? answer["subscription"]?["customerId"])?.text.map { CustomerID($0) })
    }

    private mutating func add(_ customer: CustomerID?) {
        guard let customer, !all.contains(customer) else { return }
        all.append(customer)
    }
}

extension CallScope {
    /// Leaves a row for each customer of an import, which its own row names none of.
    func auditImport(_ id: OperationID, of customers: [CustomerID]) throws {
        for customer in customers { try audit(id.rawValue, customer, ["customerId": .string(customer.text)]) }
    }
}
