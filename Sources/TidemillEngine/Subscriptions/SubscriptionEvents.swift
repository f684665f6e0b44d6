import TidemillCore
import TidemillOperations

/// The webhooks of subscriptions (stigg.md C.3), in the flat shape of C.4.
enum SubscriptionEvents {
    enum Name: String {
        case created = "subscription.created"
        case updated = "subscription.updated"
        case canceled = "subscription.canceled"
        case expired = "subscription.expired"
        case billingMonthEndsSoon = "subscription.billing_month.ends_soon"
        case spendLimitExceeded = "subscription.spend_limit.exceeded"
        case trialStarted = "subscription.trial_started"
        case trialEndsSoon = "subscription.trial.ends_soon"
        case trialExpired = "subscription.trial_expired"
        case trialConverted = "subscription.trial_converted"
    }

    /// The fields that every event of a subscription has.
    static func block(
        _ record: SubscriptionRecord, of customer: Customer, _ catalog: CatalogSnapshot
    ) -> TextMap<Payload> {
        var fields: TextMap<Payload> = [
            "id": .string(record.id), "entityId": .string(record.id), "status": .string(record.status.rawValue),
            "startDate": Payload(record.startDate), "billingPeriod": choice(record.billingPeriod),
            "endDate": time(record.endDate), "cancellationDate": time(record.cancellationDate),
            "cancelReason": choice(record.cancelReason), "trialEndDate": time(record.trialEndDate),
            "currentBillingPeriodStart": time(record.currentBillingPeriodStart),
            "currentBillingPeriodEnd": time(record.currentBillingPeriodEnd),
            "billingCurrency": text(record.currency), "billingId": text(record.billingID),
            "isTrialSubscription": .boolean(record.status == .inTrial),
            "paymentCollection": .string(record.paymentCollection.rawValue),
            "metadata": .object(record.metadata.mapValues { .string($0) }),
            "resource": record.resourceID.map { ["id": .string($0)] } ?? .null,
            "customer": [
                "id": .string(customer.id.text), "entityId": .string(customer.id.text), "name": text(customer.name),
                "email": text(customer.email), "billingId": text(customer.billingID),
                "metadata": .object(customer.metadata.mapValues { .string($0) }),
            ],
        ]
        fields["plan"] = package(catalog.plan(record.planID, version: record.planVersion), record.planID)
        fields["addons"] = .array(
            record.addons.map { addon in
                var members = package(catalog.addon(addon.id, version: addon.version), addon.id)
                if case .object(var object) = members {
                    object["quantity"] = .integer(addon.quantity)
                    members = .object(object)
                }
                return members
            })
        return fields
    }

    private static func package(_ version: PackageVersion?, _ id: String) -> Payload {
        [
            "id": .string(id), "name": text(version?.displayName), "description": text(version?.description),
            "pricingType": choice(version?.pricingType), "status": choice(version?.status),
        ]
    }

    private static func text(_ value: String?) -> Payload { value.map { .string($0) } ?? .null }
    private static func time(_ value: Timestamp?) -> Payload { value.map { Payload($0) } ?? .null }
    private static func choice(_ value: (some WireEnum)?) -> Payload { value.map { .string($0.rawValue) } ?? .null }
}
