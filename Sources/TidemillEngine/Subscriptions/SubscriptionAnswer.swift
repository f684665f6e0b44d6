import TidemillCore
import TidemillOperations
import TidemillPricing

extension Subscription {
    /// A subscription as calls answer it at `instant`. `invoices`: where its latest invoice is looked for.
    init(
        _ record: SubscriptionRecord, _ selection: PackageSelection, at instant: Timestamp,
        invoices: InvoiceTable? = nil
    ) throws {
        let prices = try selection.prices(of: record)
        let listed = (prices.items + prices.overages).map { SubscriptionPrice($0) }
        let quantities =
            record.quantities.sorted { $0.key < $1.key }.map { ChargeQuantity(id: $0.key.text, quantity: $0.value) }
            + record.creditQuantities.sorted { $0.key < $1.key }.map {
                ChargeQuantity(id: $0.key, quantity: $0.value, type: .credit)
            }
        self.init(
            id: record.id, customerID: record.customerID, payingCustomerID: record.payingCustomerID,
            resourceID: record.resourceID, planID: record.planID, pricingType: record.pricingType,
            status: record.status, billingPeriod: record.billingPeriod, startDate: record.startDate,
            billingCycleAnchor: record.billingCycleAnchor,
            currentBillingPeriodStart: record.currentBillingPeriodStart,
            currentBillingPeriodEnd: record.currentBillingPeriodEnd, trialEndDate: record.trialEndDate,
            trial: record.trialEndBehavior.map { SubscriptionTrial(trialEndBehavior: $0) },
            cancellationDate: record.cancellationDate, cancelReason: record.cancelReason, endDate: record.endDate,
            effectiveEndDate: record.effectiveEndDate, createdAt: record.createdAt,
            addons: record.addons.map { AddonQuantity(id: $0.id, quantity: $0.quantity) }, charges: quantities,
            prices: listed,
            coupons: record.coupon.map { [SubscriptionCoupon($0, at: instant)] } ?? [],
            minimumSpend: record.minimumSpend, budget: record.budget,
            subscriptionEntitlements: record.entitlements.map(\.reference),
            futureUpdates: record.schedule.flatMap(\.answers), paymentCollection: record.paymentCollection,
            paymentCollectionMethod: record.paymentCollectionMethod,
            latestInvoice: try invoices?.latest(of: record.id, payer: record.payer)?.asLatest,
            billingID: record.billingID,
            contractID: nil, metadata: record.metadata)
    }
}

extension SubscriptionCoupon {
    init(_ coupon: SubscribedCoupon, at instant: Timestamp) {
        let isOver = coupon.endsAt.map { $0 <= instant } ?? false
        self.init(
            id: coupon.couponID ?? coupon.billingCouponID ?? "", name: coupon.name,
            status: isOver ? .expired : .active, percentOff: coupon.percentOff, amountsOff: coupon.amountsOff)
    }
}

extension SubscriptionPrice {
    init(_ item: PricedItem) {
        let charge = item.charge
        self.init(
            addonID: item.kind == .addon ? item.packageID : nil, featureID: charge.featureID,
            baseCharge: charge.billingModel == .flatFee, amount: charge.price?.amount, currency: charge.moneyCurrency,
            blockSize: charge.blockSize, tiers: charge.tiers, billingCountryCode: charge.billingCountryCode)
    }
}

extension InvoiceRecord {
    /// As its subscription shows it.
    fileprivate var asLatest: TextMap<Payload> {
        [
            "billingId": .string(id), "createdAt": Payload(key.at), "requiresAction": false,
            "status": .string(state.rawValue), "amountDue": Payload(state == .open ? body.total : .zero),
            "billingReason": .string(key.cause.billingReason.rawValue), "currency": .string(currency),
            "pdfUrl": .null, "total": Payload(body.total),
        ]
    }
}
