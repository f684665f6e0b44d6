import TidemillCore
import TidemillOperations
import TidemillPricing
import TidemillStore

/// Records are read with every entitlement check, so their plain fields are read without the checks that input needs;
/// what has a shape of its own is read by it.
extension SubscriptionRecord {
    var stored: Payload {
        var members: [String: Payload] = [
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
        put("paidTerms", paidTerms.map(\.stored))
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
        billingCountryCode = fields["billingCountryCode"]?.text
        currency = fields["currency"]?.text
        priceOverrides = try fields.list("priceOverrides", PriceOverride.self)
        entitlements = try fields.list("entitlements", SubscriptionEntitlement.self)
        coupon = try fields.optional("coupon", SubscribedCoupon.self)
        paidTerms = try fields["paidTerms"].map { try PaidTerms(stored: $0) }
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

extension PaidTerms {
    fileprivate var stored: Payload {
        .array(
            parts.map { part in
                [
                    "coupon": SubscribedCoupon.shape.encode(SubscribedCoupon(part.discount), nulls: .omitted),
                    "taken": Payload(part.taken), "of": Payload(part.of),
                ]
            })
    }

    fileprivate init(stored: Payload) throws {
        self.init(
            try (stored.items ?? []).map { item in
                let fields = StoredFields(item)
                guard let discount = try fields.optional("coupon", SubscribedCoupon.self).flatMap({ Discount($0) })
                else { throw fields.damaged("paidTerms") }
                return Part(discount, taken: try fields.amount("taken"), of: try fields.amount("of"))
            })
    }
}

/// Times are stored as microseconds.
private func time(_ instant: Timestamp) -> Payload { .integer(instant.microseconds) }

private func byText(_ amounts: [FeatureID: Amount]) -> [String: Payload] {
    Dictionary(amounts.map { ($0.key.text, Payload($0.value)) }, uniquingKeysWith: { $1 })
}

private func list<Item: Shaped>(_ items: [Item]) -> Payload? {
    items.isEmpty ? nil : .array(items.map { Item.shape.encode($0, nulls: .omitted) })
}

/// The members of a stored object. One that is missing or of another type means that the store is damaged.
private struct StoredFields {
    let members: [String: Payload]

    init(_ payload: Payload) {
        if case .object(let members) = payload { self.members = members } else { members = [:] }
    }

    subscript(name: String) -> Payload? { members[name] }

    func text(_ name: String) throws -> String { try known(members[name]?.text, name) }

    func integer(_ name: String) throws -> Int64 {
        if case .integer(let value) = members[name] { return value }
        throw damaged(name)
    }

    func integers(_ name: String) throws -> [String: Int64] {
        guard case .object(let numbers) = members[name] else { return [:] }
        return try numbers.mapValues { value in
            guard case .integer(let number) = value else { throw damaged(name) }
            return number
        }
    }

    func time(_ name: String) throws -> Timestamp { Timestamp(microseconds: try integer(name)) }

    func optionalTime(_ name: String) throws -> Timestamp? { members[name] == nil ? nil : try time(name) }

    func choice<Value: WireEnum>(_ name: String) throws -> Value { try known(Value(rawValue: try text(name)), name) }

    func optionalChoice<Value: WireEnum>(_ name: String) throws -> Value? {
        members[name] == nil ? nil : try choice(name)
    }

    func amounts(_ name: String) throws -> [String: Amount] {
        guard case .object(let amounts) = members[name] else { return [:] }
        return try amounts.mapValues { try amount($0, name) }
    }

    func amount(_ name: String) throws -> Amount { try amount(known(members[name], name), name) }

    private func amount(_ value: Payload, _ name: String) throws -> Amount {
        switch value {
        case .integer(let whole): return Amount(whole)
        case .number(let digits): return try known(Amount(digits), name)
        case .null, .boolean, .string, .array, .object: throw damaged(name)
        }
    }

    func texts(_ name: String) -> [String: String] {
        guard case .object(let texts) = members[name] else { return [:] }
        return texts.compactMapValues(\.text)
    }

    func optional<Value: Shaped>(_ name: String, _ type: Value.Type) throws -> Value? {
        try members[name].map { try decode($0, name) }
    }

    func list<Value: Shaped>(_ name: String, _ type: Value.Type) throws -> [Value] {
        try (members[name]?.items ?? []).map { try decode($0, name) }
    }

    private func decode<Value: Shaped>(_ payload: Payload, _ name: String) throws -> Value {
        do throws(OperationError) {
            return try Value.shape.decode(payload, as: "the stored '\(name)' of a subscription")
        } catch {
            throw StoreError(.corrupt, "\(error.message); restore a backup")
        }
    }

    private func known<Value>(_ value: Value?, _ name: String) throws -> Value {
        guard let value else { throw damaged(name) }
        return value
    }

    func damaged(_ name: String) -> StoreError {
        StoreError(.corrupt, "a stored subscription has no good '\(name)'; restore a backup")
    }
}
