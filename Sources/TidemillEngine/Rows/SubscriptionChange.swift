import TidemillCore
import TidemillOperations

/// What becomes different about a subscription: now, or stored until its time comes. What is nil stays.
struct SubscriptionChange: Shaped, Hashable {
    var planID: String?
    /// To the newest versions of what it holds.
    var migrates = false
    var billingPeriod: BillingPeriod?
    var addons: [AddonQuantity]?
    var charges: [ChargeQuantity]?
    var unitQuantity: Amount?
    var priceOverrides: [PriceOverride]?
    var entitlements: [SubscriptionEntitlement]?
    var minimumSpend: Money?
    var clearsMinimumSpend = false
    var coupon: SubscribedCoupon?
    var clearsCoupon = false
    var billingCountryCode: String?
    var billingCycleAnchor: BillingCycleAnchorChange?
    var billingInformation: BillingInformation?
    var metadata: TextMap<String>?

    static let shape = Shape(
        optional("planId", \.planID, .text(1...255), "The plan."),
        defaulted("migrates", \.migrates, .boolean, to: false, "To the newest versions."),
        optional("billingPeriod", \.billingPeriod, .choice, "How often it renews."),
        optional("addons", \.addons, .list(of: .object("add-on"), "add-ons", 0...100), "The add-ons."),
        optional("charges", \.charges, .list(of: .object("charge"), "charges", 0...400), "How much is bought."),
        optional("unitQuantity", \.unitQuantity, .amount, "How much of the only per-unit charge."),
        optional(
            "priceOverrides", \.priceOverrides, .list(of: .object("price override"), "price overrides", 0...200),
            "Other prices."),
        optional(
            "entitlements", \.entitlements, .list(of: .object("entitlement"), "entitlements", 0...100),
            "Other entitlements."),
        optional("minimumSpend", \.minimumSpend, .money, "The least that usage comes to."),
        defaulted("clearsMinimumSpend", \.clearsMinimumSpend, .boolean, to: false, "Back to the plan's."),
        optional("coupon", \.coupon, .object("coupon"), "What is taken off."),
        defaulted("clearsCoupon", \.clearsCoupon, .boolean, to: false, "Nothing is taken off."),
        optional("billingCountryCode", \.billingCountryCode, .text(max: 255), "Whose prices hold."),
        optional("billingCycleAnchor", \.billingCycleAnchor, .choice, "Whether the cycle begins anew."),
        optional("billingInformation", \.billingInformation, .object("billing information"), "For the invoice."),
        optional("metadata", \.metadata, .metadata, "Notes."),
        make: Self.init)

    static let nothing = SubscriptionChange()

    /// The parts that cost something, which a downgrade holds back, and the rest.
    var parts: (priced: SubscriptionChange, free: SubscriptionChange) {
        var priced = self
        priced.metadata = nil
        priced.billingInformation = nil
        priced.entitlements = nil
        var free = SubscriptionChange.nothing
        free.metadata = metadata
        free.billingInformation = billingInformation
        free.entitlements = entitlements
        return (priced, free)
    }
}

/// A change that waits for its time.
struct ScheduledUpdate: Shaped, Hashable {
    var at: Timestamp
    var status: FutureUpdate.Status
    /// What it changes, in the API's words; each is listed by itself.
    var kinds: [FutureUpdate.Kind]
    /// The plan that it leads to.
    var targetPlanID: String?
    var change: SubscriptionChange

    static let shape = Shape(
        required("at", \.at, .timestamp, "When."),
        required("status", \.status, .choice, "Where it stands."),
        required("kinds", \.kinds, .list(of: .choice, "kinds", 1...20), "What it changes."),
        optional("targetPlanId", \.targetPlanID, .text(max: 255), "The plan it leads to."),
        required("change", \.change, .object("change"), "The change."),
        make: Self.init)

    var answers: [FutureUpdate] {
        kinds.map { kind in
            FutureUpdate(
                scheduledExecutionTime: at, scheduleStatus: status, subscriptionScheduleType: kind,
                targetPackage: targetPlanID.map { PackageReference(id: $0) })
        }
    }
}
