public import TidemillCore

/// What only matters to whoever makes the invoice: kept with the subscription, and read by estimates for the tax.
public struct BillingInformation: Shaped, Hashable {
    public var taxPercentage: Amount?
    public var taxRateIDs: [String]?
    public var taxIDs: [TaxID]?
    public var billingAddress: Address?
    public var prorationBehavior: ProrationBehavior?
    public var invoiceDaysUntilDue: Int64?
    public var isInvoicePaid: Bool?
    public var isBackdated: Bool?
    public var chargeOnBehalfOfAccount: String?
    public var integrationID: String?
    public var couponID: String?
    public var metadata: TextMap<String>?

    /// With what this leaves out as it was.
    public func filled(from old: BillingInformation?) -> BillingInformation {
        guard let old else { return self }
        return BillingInformation(
            taxPercentage: taxPercentage ?? old.taxPercentage, taxRateIDs: taxRateIDs ?? old.taxRateIDs,
            taxIDs: taxIDs ?? old.taxIDs, billingAddress: billingAddress ?? old.billingAddress,
            prorationBehavior: prorationBehavior ?? old.prorationBehavior,
            invoiceDaysUntilDue: invoiceDaysUntilDue ?? old.invoiceDaysUntilDue,
            isInvoicePaid: isInvoicePaid ?? old.isInvoicePaid, isBackdated: isBackdated ?? old.isBackdated,
            chargeOnBehalfOfAccount: chargeOnBehalfOfAccount ?? old.chargeOnBehalfOfAccount,
            integrationID: integrationID ?? old.integrationID, couponID: couponID ?? old.couponID,
            metadata: metadata ?? old.metadata)
    }

    public static let shape = Shape(
        optional(
            "taxPercentage", \.taxPercentage, .amount(.zero...Amount(100)),
            "The tax on what is left after discounts, in percent."),
        optional(
            "taxRateIds", \.taxRateIDs, .list(of: .text(1...255), "tax rates", 0...20),
            "Tax rates at the billing provider."),
        optional("taxIds", \.taxIDs, .list(of: .object("tax id"), "tax ids", 0...20), "The tax ids of the customer."),
        optional("billingAddress", \.billingAddress, .object("address"), "Where invoices go."),
        optional(
            "prorationBehavior", \.prorationBehavior, .choice,
            "What happens to the difference when it changes within a period."),
        optional("invoiceDaysUntilDue", \.invoiceDaysUntilDue, .integer(0...3650), "Days to pay an invoice in."),
        optional("isInvoicePaid", \.isInvoicePaid, .boolean, "Whether the first invoice was paid elsewhere."),
        optional("isBackdated", \.isBackdated, .boolean, "Whether the past is billed too."),
        optional(
            "chargeOnBehalfOfAccount", \.chargeOnBehalfOfAccount, .text(max: 255),
            "The account at the billing provider that sells."),
        optional("integrationId", \.integrationID, .text(max: 255), "The integration with the billing provider."),
        optional("couponId", \.couponID, .text(max: 255), "A coupon at the billing provider, kept as it came."),
        optional("metadata", \.metadata, .metadata, "Notes for the invoice."),
        make: Self.init)
}

/// What happens to the difference of a change within a billing period.
public enum ProrationBehavior: String, WireEnum {
    case invoiceImmediately = "INVOICE_IMMEDIATELY"
    case createProrations = "CREATE_PRORATIONS"
    case none = "NONE"
}

/// A postal address.
public struct Address: Shaped, Hashable {
    public var line1: String?
    public var line2: String?
    public var city: String?
    public var state: String?
    public var postalCode: String?
    public var country: String?

    public static let shape = Shape(
        optional("line1", \.line1, .text(max: 255), "Street and number."),
        optional("line2", \.line2, .text(max: 255), "More of it."),
        optional("city", \.city, .text(max: 255), "The city."),
        optional("state", \.state, .text(max: 255), "State or province."),
        optional("postalCode", \.postalCode, .text(max: 255), "Postal code."),
        optional("country", \.country, .text(max: 255), "The country's code."),
        make: Self.init)
}

/// A tax id of a customer.
public struct TaxID: Shaped, Hashable {
    public var type: String
    public var value: String

    public static let shape = Shape(
        required("type", \.type, .text(1...255), "What kind it is, such as eu_vat."),
        required("value", \.value, .text(1...255), "The number."),
        make: Self.init)
}
