import TidemillOperations

/// Which plans and add-ons on offer use a credit currency.
enum CustomCurrencyUse {
    static func entities(of currency: String, in scope: CallScope) throws -> [CustomCurrencyEntity] {
        try scope.catalog().packagesOnSale.filter { uses($0, currency) }.map { package in
            CustomCurrencyEntity(
                id: package.id, displayName: package.displayName, type: package.kind == .plan ? .plan : .addon)
        }
    }

    /// Whether the version grants, burns, sells or charges for credits of the currency.
    private static func uses(_ package: PackageVersion, _ currency: String) -> Bool {
        let isGranted = package.entitlements.contains { entitlement in
            if case .credit(let credit) = entitlement { credit.id == currency } else { false }
        }
        return isGranted
            || (package.charges + package.overageCharges).contains { charge in
                [charge.creditRate?.currencyID, charge.topUpCustomCurrencyID, charge.currencyID].contains(currency)
            }
    }
}
