import TidemillCore
import TidemillOperations
import TidemillPricing

extension GetPaywall: EmbeddedOperation {
    static func perform(_ input: Input, in scope: CallScope) throws -> Paywall {
        let catalog = try scope.catalog()
        if let id = input.productID { _ = try scope.products.require(id, for: .getPaywall) }
        let customer = try input.customerID.map { try scope.customers.require($0, for: .getPaywall) }
        if let customer, customer.archivedAt != nil { throw CustomerTable.archived(customer.id, .getPaywall) }
        guard input.resourceID == nil || customer != nil else {
            throw OperationError(
                .badUserInput, "getPaywall: 'resourceId' is one of a customer's; name the 'customerId' too")
        }
        let products = input.productID.map { [$0] } ?? catalog.productIDs
        let plans = products.flatMap { catalog.plans(ofProduct: $0) }.filter {
            input.includeHiddenPlans || !$0.hiddenFromWidgets.contains(input.context)
        }
        let page = PaywallPage(
            catalog: catalog, context: input.context, country: input.billingCountryCode,
            currency: customer?.billingCurrency, allCountries: input.fetchAllCountriesPrices)
        let currency =
            plans.lazy.compactMap { page.prices(of: $0).currency }.first ?? customer?.billingCurrency ?? "usd"
        return Paywall(
            plans: plans.compactMap { page.plan($0) },
            currency: PaywallCurrency(code: currency, symbol: CurrencySymbol.of(currency)), configuration: nil,
            customer: customer, resource: input.resourceID.map { PaywallResource(id: $0) },
            activeSubscriptions: try customer.map { try active(of: $0, input, in: scope, catalog) },
            paywallCalculatedPricePoints: plans.flatMap { page.pricePoints(of: $0) })
    }

    private static func active(
        of customer: Customer, _ input: Input, in scope: CallScope, _ catalog: CatalogSnapshot
    ) throws -> [Subscription] {
        let selection = PackageSelection(catalog: catalog, operation: .getPaywall)
        return try scope.subscriptions.live(of: customer.id).filter { record in
            (input.productID.map { $0 == record.productID } ?? true)
                && (input.resourceID == nil || input.resourceID.isSame(as: record.resourceID))
        }.map { try Subscription($0, selection, at: scope.now) }
    }
}
