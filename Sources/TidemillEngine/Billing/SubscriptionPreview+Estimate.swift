import TidemillCore
import TidemillOperations
import TidemillPricing

extension SubscriptionPreview {
    init(_ estimate: Estimate) {
        let quote = estimate.quote
        let due = quote.due
        func money(_ amount: Amount) -> Money { Money(amount, quote.currency) }
        self.init(
            subTotal: money(due.subTotal), totalExcludingTax: money(due.totalExcludingTax), total: money(due.total),
            minimumSpendAdjustment: money(quote.minimumSpendAdjustment), discountAmount: money(due.discountAmount),
            tax: money(due.tax), taxDetails: due.taxTerms.map { TaxDetails($0) },
            discount: PreviewDiscount(due) ?? PreviewDiscount(quote.recurring),
            billingPeriodRange: BillingPeriodRange(quote.period),
            proration: PreviewProration(
                prorationDate: quote.proration.date, hasProrations: quote.proration.hasProrations,
                credit: money(quote.proration.credit), debit: money(quote.proration.debit),
                netAmount: money(quote.proration.netAmount)),
            subscription: RecurringPreview(quote.recurring),
            credits: PreviewCredits(due),
            isPlanDowngrade: estimate.isPlanDowngrade, hasScheduledUpdates: estimate.hasScheduledUpdates)
    }
}

extension RecurringPreview {
    init(_ invoice: Invoice) {
        func money(_ amount: Amount) -> Money { Money(amount, invoice.currency) }
        self.init(
            subTotal: money(invoice.subTotal), totalExcludingTax: money(invoice.totalExcludingTax),
            total: money(invoice.total), tax: money(invoice.tax), taxDetails: invoice.taxTerms.map { TaxDetails($0) },
            discount: PreviewDiscount(invoice), discountAmount: money(invoice.discountAmount))
    }
}

extension PreviewDiscount {
    /// The first discount of an invoice: the subscription's before the customer's.
    init?(_ invoice: Invoice) {
        guard let discount = invoice.discounts.first?.discount, let value = discount.figure(in: invoice.currency)
        else { return nil }
        let (type, months): (DurationType, Int64?) =
            switch discount.duration {
            case .once: (.once, nil)
            case .repeating(let months): (.repeating, months)
            case .forever: (.forever, nil)
            }
        let kind: Coupon.Kind =
            switch discount.value {
            case .percent: .percentage
            case .fixed: .fixed
            }
        self.init(
            name: discount.name, type: kind, value: value, durationType: type, durationInMonths: months,
            start: discount.start, end: discount.end)
    }
}

extension TaxDetails {
    init(_ tax: Tax) {
        self.init(displayName: tax.displayName, percentage: tax.percentage, inclusive: tax.isInclusive)
    }
}

extension BillingPeriodRange {
    init(_ range: BillingRange) {
        self.init(start: range.start, end: range.end)
    }
}

extension PreviewInvoice {
    init(_ invoice: Invoice, _ range: BillingPeriodRange?) {
        let currency = invoice.currency
        self.init(
            subTotal: invoice.subTotal, total: invoice.total, billingPeriodRange: range, currency: currency,
            discount: invoice.discountAmount, discountDetails: invoice.discounts.first.map { DiscountDetails($0) },
            discounts: invoice.discounts.map {
                InvoiceDiscount(amount: $0.amount, currency: currency, description: $0.discount.name)
            },
            lines: invoice.lines.map {
                InvoiceLine(
                    currency: currency, description: $0.description, subTotal: $0.amount, unitPrice: $0.unitPrice,
                    quantity: $0.quantity)
            }, tax: invoice.tax, credits: PreviewCredits(invoice))
    }
}

extension PreviewCredits {
    init(_ invoice: Invoice) {
        func money(_ amount: Amount) -> Money { Money(amount, invoice.currency) }
        self.init(
            initial: money(invoice.creditBefore), used: money(invoice.creditUsed),
            remaining: money(invoice.creditAfter))
    }
}

extension DiscountDetails {
    init(_ taken: Discount.Taken) {
        switch taken.discount.value {
        case .fixed: self.init(code: taken.discount.code, fixedAmount: taken.amount, percentage: nil)
        case .percent(let percent): self.init(code: taken.discount.code, fixedAmount: nil, percentage: percent)
        }
    }
}
