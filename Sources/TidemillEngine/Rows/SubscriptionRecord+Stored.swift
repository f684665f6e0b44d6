import TidemillCore
import TidemillOperations
import TidemillPricing
import TidemillStore

/// Records are read with every entitlement check, so their plain fields are read without the checks that input needs;
/// what has a shape of its own is read by it.
extension SubscriptionRecord {
    var stored: Payload {
        var members: TextMap<Payload> = [
            "id": .string(id), "customerId": .string(customerID.text), "productId": .string(productID),
            "planId": .string(planID), "planVersion": .integer(planVersion),
            "pricingType": .string(pricingType.rawValue), "status": .string(status.rawValue),
            "startDate": time(startDate), "billingCycleAnchor": time(billingCycleAnchor),
            "paymentCollection": .string(paymentCollection.rawValue), "usageAnchor": time(usageAnchor),
            "usageResetAt": time(usageResetAt), "createdAt": time(createdAt), "updatedAt": time(updatedAt),
        ]
        func put(_ name: String, _ value: Payload?) { members[name] = value }
        put(
            "parentVersions",
            parentVersions.isEmpty ? nil : .object(parentVersions.mapValues { .integer($0) }))
        put("billingMonthEndsSoonAt", billingMonthEndsSoonAt.map(time))
        put("payingCustomerId", payingCustomerID.map { .string($0.text) })
        put("resourceId", resourceID.map { .string($0) })
        put("billingPeriod", billingPeriod.map { .string($0.rawValue) })
        put("currentBillingPeriodStart", currentBillingPeriodStart.map(time))
        put("currentBillingPeriodEnd", currentBillingPeriodEnd.map(time))
        put("trialEndDate", trialEndDate.map(time))
        put("trialEndBehavior", trialEndBehavior.map { .string($0.rawValue) })
        put("trialBudget", trialBudget.map { Budget.shape.encode($0, nulls: .omitted) })
        put("trialEndsSoonAt", trialEndsSoonAt.map(time))
        put("paidSince", paidSince.map(time))
        put("usageBilledAt", usageBilledAt.map(time))
        put("periodsResetAt", periodsResetAt.map(time))
        put("usageEras", usageEras.isEmpty ? nil : .array(usageEras.map(\.stored)))
        put("usageInvoiceAt", usageInvoiceAt.map(time))
        put("unpaidUntil", unpaidUntil.map(time))
        put("proratesEnd", proratesEnd.map { .boolean($0) })
        put("cancellationDate", cancellationDate.map(time))
        put("cancelReason", cancelReason.map { .string($0.rawValue) })
        put("endDate", endDate.map(time))
        put("endsWithoutSuccessor", endsWithoutSuccessor ? true : nil)
        put("billingCountryCode", billingCountryCode.map { .string($0) })
        put("currency", currency.map { .string($0) })
        put("coupon", coupon.map { SubscribedCoupon.shape.encode($0, nulls: .omitted) })
        put("paid", paid.map(\.stored))
        put("budget", budget.map { Budget.shape.encode($0, nulls: .omitted) })
        put("spendNoticePeriod", spendNotice.map { time($0.periodStart) })
        put("spendNoticePercentage", spendNotice.map { .integer($0.percentage) })
        put("minimumSpend", minimumSpend.map { Money.shape.encode($0, nulls: .omitted) })
        put("paymentCollectionMethod", paymentCollectionMethod.map { .string($0.rawValue) })
        put("awaitPaymentConfirmation", awaitsPaymentConfirmation.map { .boolean($0) })
        put("billingInformation", billingInformation.map { BillingInformation.shape.encode($0, nulls: .omitted) })
        put("billingId", billingID.map { .string($0) })
        put("salesforceId", salesforceID.map { .string($0) })
        put("addons", addons.isEmpty ? nil : .array(addons.map(\.stored)))
        put("quantities", quantities.isEmpty ? nil : .object(byText(quantities)))
        put("creditQuantities", creditQuantities.isEmpty ? nil : .object(creditQuantities.mapValues { Payload($0) }))
        put("creditsGranted", creditsGranted.isEmpty ? nil : .object(creditsGranted.mapValues { Payload($0) }))
        put("priceOverrides", list(priceOverrides))
        put("entitlements", list(entitlements))
        put("schedule", list(schedule))
        put("metadata", metadata.isEmpty ? nil : .object(metadata.mapValues { .string($0) }))
        return .object(members)
    }

    init(stored: Payload) throws {
        let fields = StoredFields(stored)
        id = try fields.text("id")
        customerID = CustomerID(try fields.text("customerId"))
        payingCustomerID = fields["payingCustomerId"]?.text.map { CustomerID($0) }
        resourceID = fields["resourceId"]?.text
        productID = try fields.text("productId")
        planID = try fields.text("planId")
        planVersion = try fields.integer("planVersion")
        parentVersions = try fields.integers("parentVersions")
        addons = try (fields["addons"]?.items ?? []).map { try SubscribedAddon(stored: $0) }
        pricingType = try fields.choice("pricingType")
        status = try fields.choice("status")
        billingPeriod = try fields.optionalChoice("billingPeriod")
        startDate = try fields.time("startDate")
        billingCycleAnchor = try fields.time("billingCycleAnchor")
        currentBillingPeriodStart = try fields.optionalTime("currentBillingPeriodStart")
        currentBillingPeriodEnd = try fields.optionalTime("currentBillingPeriodEnd")
        billingMonthEndsSoonAt = try fields.optionalTime("billingMonthEndsSoonAt")
        trialEndDate = try fields.optionalTime("trialEndDate")
        trialEndBehavior = try fields.optionalChoice("trialEndBehavior")
        trialBudget = try fields.optional("trialBudget", Budget.self)
        trialEndsSoonAt = try fields.optionalTime("trialEndsSoonAt")
        paidSince = try fields.optionalTime("paidSince")
        cancellationDate = try fields.optionalTime("cancellationDate")
        cancelReason = try fields.optionalChoice("cancelReason")
        endDate = try fields.optionalTime("endDate")
        endsWithoutSuccessor = fields["endsWithoutSuccessor"] == true
        quantities = Dictionary(
            try fields.amounts("quantities").map { (FeatureID($0.key), $0.value) }, uniquingKeysWith: { $1 })
        creditQuantities = try fields.amounts("creditQuantities")
        creditsGranted = try fields.amounts("creditsGranted")
        billingCountryCode = fields["billingCountryCode"]?.text
        currency = fields["currency"]?.text
        priceOverrides = try fields.list("priceOverrides", PriceOverride.self)
        entitlements = try fields.list("entitlements", SubscriptionEntitlement.self)
        coupon = try fields.optional("coupon", SubscribedCoupon.self)
        paid = try fields["paid"].map { try PaidPeriod(stored: $0) }
        budget = try fields.optional("budget", Budget.self)
        spendNotice = try fields.optionalTime("spendNoticePeriod").map {
            SpendNotice(periodStart: $0, percentage: try fields.integer("spendNoticePercentage"))
        }
        minimumSpend = try fields.optional("minimumSpend", Money.self)
        paymentCollection = try fields.choice("paymentCollection")
        paymentCollectionMethod = try fields.optionalChoice("paymentCollectionMethod")
        awaitsPaymentConfirmation = fields["awaitPaymentConfirmation"].map { $0 == true }
        billingInformation = try fields.optional("billingInformation", BillingInformation.self)
        billingID = fields["billingId"]?.text
        salesforceID = fields["salesforceId"]?.text
        metadata = fields.texts("metadata")
        schedule = try fields.list("schedule", ScheduledUpdate.self)
        usageAnchor = try fields.time("usageAnchor")
        usageResetAt = try fields.time("usageResetAt")
        usageBilledAt = try fields.optionalTime("usageBilledAt")
        periodsResetAt = try fields.optionalTime("periodsResetAt")
        usageEras = try (fields["usageEras"]?.items ?? []).map { try UsageEra(stored: $0) }
        usageInvoiceAt = try fields.optionalTime("usageInvoiceAt")
        unpaidUntil = try fields.optionalTime("unpaidUntil")
        proratesEnd = fields["proratesEnd"].map { $0 == true }
        createdAt = try fields.time("createdAt")
        updatedAt = try fields.time("updatedAt")
    }
}

extension SubscribedAddon {
    fileprivate var stored: Payload {
        ["id": .string(id), "version": .integer(version), "quantity": .integer(quantity)]
    }

    fileprivate init(stored: Payload) throws {
        let fields = StoredFields(stored)
        self.init(
            id: try fields.text("id"), version: try fields.integer("version"),
            quantity: try fields.integer("quantity"))
    }
}

extension UsageEra {
    fileprivate var stored: Payload {
        var members: TextMap<Payload> = [
            "until": time(until), "usageAnchor": time(usageAnchor), "planId": .string(planID),
            "planVersion": .integer(planVersion),
        ]
        if ofPeriodsOnly { members["ofPeriodsOnly"] = true }
        return .object(members)
    }

    fileprivate init(stored: Payload) throws {
        let fields = StoredFields(stored)
        self.init(
            until: try fields.time("until"), usageAnchor: try fields.time("usageAnchor"),
            planID: try fields.text("planId"), planVersion: try fields.integer("planVersion"),
            ofPeriodsOnly: fields["ofPeriodsOnly"] == true)
    }
}

/// Times are stored as microseconds.
private func time(_ instant: Timestamp) -> Payload { .integer(instant.microseconds) }

private func byText(_ amounts: [FeatureID: Amount]) -> TextMap<Payload> {
    TextMap(amounts.map { ($0.key.text, Payload($0.value)) }, uniquingKeysWith: { $1 })
}

private func list<Item: Shaped>(_ items: [Item]) -> Payload? {
    items.isEmpty ? nil : .array(items.map { Item.shape.encode($0, nulls: .omitted) })
}
