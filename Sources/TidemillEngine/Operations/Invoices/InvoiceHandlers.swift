import TidemillCore
import TidemillOperations

extension CallScope {
    /// The invoice that is named; its payer is brought up to the present.
    fileprivate func invoice(_ reference: InvoiceReference, for operation: OperationID) throws -> InvoiceRecord {
        let table = invoices.table
        func find() throws -> InvoiceRecord? {
            if let id = reference.id {
                let found = try table.find(id)
                return reference.customerID.map { $0 == found?.key.payer } ?? true ? found : nil
            }
            guard let customer = reference.customerID, let number = reference.number else { return nil }
            return try table.find(number: number, of: customer)
        }
        guard let found = try find() else { throw Self.noInvoice(reference, operation) }
        try advance(found.key.payer)
        try advance(accountOf: found.key.payer, besides: found.key.payer)
        return try find() ?? found
    }

    private static func noInvoice(_ reference: InvoiceReference, _ operation: OperationID) -> OperationError {
        let name = reference.id.map { "\"\($0)\"" } ?? "number \(reference.number ?? "")"
        let owner = reference.customerID.map { " of customer \"\($0)\"" } ?? ""
        return OperationError(
            .invoiceNotFound,
            "\(operation.rawValue): there is no invoice \(name)\(owner); listInvoices lists those of a customer")
    }

    /// Only what is final, and neither paid nor voided.
    fileprivate func notOpen(_ invoice: InvoiceRecord, for operation: OperationID) -> OperationError {
        let why: String
        switch invoice.state {
        case .draft: why = "is a draft: it has no number yet, and usage still joins it"
        case .paid: why = "is paid; what is wrong with it is put right on the next one"
        case .canceled: why = "was voided: \(invoice.endReason ?? "")"
        case .open: why = "is open"
        }
        return OperationError(.invoiceNotOpen, "\(operation.rawValue): the invoice \"\(invoice.id)\" \(why)")
    }
}

extension GetInvoice: EmbeddedOperation {
    static func perform(_ input: Input, in scope: CallScope) throws -> CustomerInvoice {
        CustomerInvoice(try scope.invoices.shown(scope.invoice(input.reference, for: .getInvoice)))
    }
}

extension ListInvoices: EmbeddedOperation {
    static func perform(_ input: Input, in scope: CallScope) throws -> Page<CustomerInvoice> {
        _ = try scope.customers.require(input.id, for: .listInvoices)
        try scope.advance(accountOf: input.id, besides: input.id)
        return try scope.invoices.table.page(of: input) { CustomerInvoice(try scope.invoices.shown($0)) }
    }
}

extension VoidInvoice: EmbeddedOperation {
    static func perform(_ input: Input, in scope: CallScope) throws -> CustomerInvoice {
        var invoice = try scope.invoice(input.reference, for: .voidInvoice)
        guard invoice.state == .open else {
            let refused = scope.notOpen(invoice, for: .voidInvoice)
            let isDone = invoice.state == .canceled && invoice.endReason?.isSame(as: input.reason) == true
            throw isDone ? refused.presenting(CustomerInvoice(invoice)) : refused
        }
        try scope.invoices.void(&invoice, because: input.reason, rebills: input.rebill)
        return CustomerInvoice(invoice)
    }
}

extension MarkInvoiceAsPaid: EmbeddedOperation {
    static func perform(_ input: Input, in scope: CallScope) throws -> Output {
        let record = try scope.subscription(input.id, for: .markInvoiceAsPaid)
        var invoice: InvoiceRecord
        if let id = input.invoiceID {
            invoice = try scope.invoice(
                InvoiceReference(id: id, customerID: nil, number: nil), for: .markInvoiceAsPaid)
            guard invoice.key.subscriptionID == record.id else {
                throw OperationError(
                    .invoiceNotFound,
                    "markInvoiceAsPaid: the invoice \"\(id)\" is of the subscription \"\(invoice.key.subscriptionID)\", not of \"\(record.id)\""
                )
            }
        } else {
            guard let latest = try scope.invoices.table.latest(of: record.id, payer: record.payer) else {
                throw OperationError(
                    .invoiceNotFound,
                    "markInvoiceAsPaid: the subscription \"\(record.id)\" has no final invoice yet; listInvoices with 'includeDrafts' shows drafts"
                )
            }
            invoice = latest
        }
        if invoice.state == .paid {
            scope.isRepeat = true
        } else {
            guard invoice.state == .open else { throw scope.notOpen(invoice, for: .markInvoiceAsPaid) }
            _ = try scope.invoices.pay(&invoice)
        }
        return Output(id: record.id, invoiceID: invoice.id, state: invoice.state)
    }
}
