import TidemillCore

/// Every event that the engine announces, in the flat shapes of stigg.md C.4.
public enum EngineEventTable {
    public static let rows: [EngineEventRow] =
        customers + subscriptions + access + credits + recharges + catalog + invoices + [
            EngineEventRow(
                "run.failed", "A run of a job or grant rule has no attempt left, or was quarantined.",
                [
                    .event("runId", "id", "The run."), .event("name", "text", "The job or grant rule."),
                    .event("kind", "job | grant", "What failed."), customerID(always: false),
                    .event("attempts", "whole number", "How often it was tried."),
                    .event("code", "text", "Why, as a code.", always: false),
                    .event("message", "text", "Why, in words, with file and line.", always: false),
                ])
        ]

    public static func row(_ type: String) -> EngineEventRow? { rows.first { $0.type.isSame(as: type) } }

    // MARK: - Customers

    private static func customerID(always: Bool = true) -> FieldDescription {
        .event("customerId", "id", "Whose it is.", always: always)
    }

    private static let named: [FieldDescription] = [
        .event("id", "id", "Its id."), .event("name", "text", "Its name.", always: false),
        .event("email", "text", "Its address.", always: false),
        .event("billingId", "text", "Its id at the biller.", always: false),
    ]

    private static let entity: [FieldDescription] = [.event("entityId", "id", "The same id.")]

    private static let customerBlock: [FieldDescription] =
        named + entity + [
            .event("crmId", "text", "Always null here.", always: false),
            .event("salesforceId", "text", "Its id in Salesforce.", always: false),
            .event("billingCurrency", "currency code", "What it pays in.", always: false),
            .event("metadata", "map of texts", "The application's own."),
        ]

    private static let customer = FieldDescription.event(
        "customer", "customer block", "The customer.", always: false, customerBlock)

    private static let resource = FieldDescription.event(
        "resource", "resource block", "The resource, where it is one's.", always: false,
        [.event("id", "id", "The resource.")])

    private static func error(always: Bool = true) -> FieldDescription {
        .event("error", "object", "Why: `code`, and `message` where there are words.", always: always)
    }

    private static let customers: [EngineEventRow] = [
        EngineEventRow("customer.created", "A customer was provisioned or imported.", customerBlock),
        EngineEventRow("customer.updated", "A customer was changed.", customerBlock),
        EngineEventRow("customer.deleted", "A customer was archived.", customerBlock),
        EngineEventRow(
            "customer.payment_failed", "A charge was declined.",
            [
                .event("customer", "charged customer", "Who should have paid.", named),
                .event("subscription", "object", "Always null: it was a recharge.", always: false), error(),
            ]),
    ]

    // MARK: - Subscriptions

    private static let package: [FieldDescription] = [
        .event("id", "id", "The plan or add-on."), .event("name", "text", "Its name.", always: false),
        .event("description", "text", "Its description.", always: false),
        .event("pricingType", FieldKind<PricingType>.choice.type, "How it is priced.", always: false),
        .event("status", "text", "Whether the version is sold.", always: false),
    ]

    private static let subscriptionBlock: [FieldDescription] =
        picked(
            Subscription.shape.fields,
            [
                "id", "status", "startDate", "endDate", "cancellationDate", "cancelReason", "trialEndDate",
                "currentBillingPeriodStart", "currentBillingPeriodEnd", "billingPeriod", "paymentCollection",
                "billingId", "metadata",
            ]) + entity + [
            .event("billingCurrency", "currency code", "What it is paid in.", always: false),
            .event("isTrialSubscription", "boolean", "Whether it is in its trial."), resource,
            .event(
                "customer", "subscribed customer", "The customer.",
                named + entity + [.event("metadata", "map of texts", "The application's own.")]),
            .event("plan", "announced plan", "The plan.", package),
            .event(
                "addons", "list of announced add-ons", "Its add-ons.",
                package + [.event("quantity", "whole number", "How many.")]),
        ]

    private static let direction: [FieldDescription] = [
        .event("isUpgrade", "boolean", "Whether the new plan is above the old one.", always: false),
        .event("isDowngrade", "boolean", "Whether it is below.", always: false),
    ]

    private static let subscriptions: [EngineEventRow] =
        [
            ("created", "A subscription has begun.", direction), ("updated", "A subscription was changed.", direction),
            ("canceled", "A subscription has ended.", []),
            ("expired", "A subscription that does not renew has ended.", []),
            (
                "billing_month.ends_soon", "An hour before a billing month ends.",
                [
                    .event("currentBillingMonthStart", "time", "The month's begin."),
                    .event("currentBillingMonthEnd", "time", "The month's end."),
                    .event(
                        "entitlements", "list of announced entitlements", "What there is access to, with usage.",
                        accessFields),
                ]
            ),
            (
                "spend_limit.exceeded", "Spending reached 80 or 100 percent of the subscription's budget.",
                [
                    .event("spendLimit", "number", "The budget."), .event("currentSpend", "number", "What is spent."),
                    .event("currentSpendPercentage", "number", "Its share of the budget.", always: false),
                    .event("thresholdPercentage", "whole number", "The share that was reached."),
                    .event("isSoftLimit", "boolean", "Whether usage goes on."),
                ]
            ),
            ("trial_started", "A trial has begun.", []),
            ("trial.ends_soon", "A trial ends within seven days.", []),
            ("trial_expired", "A trial has ended without a payment.", []),
            (
                "trial_converted", "A trial has become a paid subscription.",
                [.event("reason", "text", "TRIAL_ENDED or PAID_SUBSCRIPTION_PROVISIONED.")]
            ),
        ].map { (name: String, about: String, more: [FieldDescription]) in
            EngineEventRow("subscription.\(name)", about, subscriptionBlock + more)
        } + [
            EngineEventRow(
                "subscription.create_failed", "The plan that a product gives new customers could not be given.",
                [
                    .event(
                        "input", "asked subscription", "What should have begun.",
                        [customerID(), .event("planId", "id", "The plan.")]),
                    error(),
                ])
        ]

    // MARK: - Access

    /// Of features and of credits: each has its own of the fields.
    private static let accessFields: [FieldDescription] = {
        let entitlements = GetEntitlements.Output.shape.fields.first { $0.name == "entitlements" }
        return (entitlements?.fields ?? []).map {
            .event($0.name, $0.type, $0.about, always: $0.name == "isGranted", $0.fields)
        }
    }()

    private static let feature: [FieldDescription] =
        [
            .event("id", "id", "The feature."), .event("name", "text", "Its name."),
            .event("description", "text", "Its description.", always: false),
        ] + picked(Feature.shape.fields, ["featureType", "meterType"]) + [
            .event("unit", "text", "One of it.", always: false), .event("units", "text", "Several.", always: false),
            .event("status", "text", "Whether it is in use."),
        ]

    private static let usage: [FieldDescription] =
        picked(
            FeatureAccess.shape.fields,
            [
                "currentUsage", "usageLimit", "hasSoftLimit", "hasUnlimitedUsage", "usagePeriodAnchor",
                "usagePeriodStart", "usagePeriodEnd", "resetPeriod",
            ]) + [
            .event("usageUsedPercentage", "number", "The share of the limit that is used.", always: false),
            .event("resetPeriodConfiguration", "object", "When the counter resets.", always: false),
            .event("feature", "announced feature", "The feature.", always: false, feature), customer, resource,
            .event(
                "activeSubscriptions", "list of active subscriptions", "What the access comes from.",
                [
                    .event("id", "id", "The subscription."), .event("startDate", "time", "Since when."),
                    .event(
                        "plan", "plan name", "Its plan.",
                        [
                            .event("id", "id", "The plan.", always: false),
                            .event("name", "text", "Its name.", always: false),
                        ]),
                ]),
        ]

    private static let promotional: [FieldDescription] =
        PromotionalEntitlement.shape.fields + entity + [
            .event("feature", "announced feature", "The feature.", always: false, feature), customer,
        ]

    private static let access: [EngineEventRow] =
        [
            EngineEventRow(
                "entitlements.updated", "A customer's access is not what it was.",
                [
                    .event("entitlements", "list of announced entitlements", "All of it now.", accessFields),
                    .event("entitlementsUpdatedAt", "time", "Since when."),
                    .event(
                        "trigger", "text", "What changed it: subscription_updated, promotional_entitlement_granted."),
                    customer, resource,
                ]),
            EngineEventRow(
                "entitlement.usage_exceeded", "Usage reached one of `alerts.usage` percent of its limit.",
                [.event("thresholdPercentage", "whole number", "The share that was reached.")] + usage),
            EngineEventRow(
                "measurement.reported", "Usage was reported by a call or a delivery.",
                [.event("currentChange", "number", "What was added.")] + usage),
        ]
        + family(
            "promotionalEntitlement",
            [
                ("granted", "A promotional entitlement was given."), ("updated", "One was changed."),
                ("revoked", "One was taken back."), ("expired", "One has ended."), ("ends_soon", "One ends soon."),
            ], promotional)

    // MARK: - Credits

    private static let currencyID = FieldDescription.event("currencyId", "id", "The credit currency.")

    private static let grant: [FieldDescription] =
        entity + [
            .event("grantId", "id", "The grant."), customerID(), currencyID,
            .event("resourceId", "id", "The resource whose wallet it is.", always: false),
            .event("displayName", "text", "What it is called."), .event("amount", "number", "Credits of it."),
            .event("consumedAmount", "number", "What is used of them."),
            .event("cost", "money", "What they cost.", Money.shape.fields),
            .event("grantType", "text", "PAID, PROMO, and what else there is."),
            .event("status", "text", "Whether it is in effect."),
            .event("priority", "whole number", "Lower burns first."), .event("effectiveAt", "time", "Since when."),
            .event("expireAt", "time", "Until when.", always: false),
        ]

    private static let left: [FieldDescription] = [
        .event("remainingBalance", "number", "What is left."),
        .event("remainingBalancePercentage", "number", "The share of what was granted."),
        .event("thresholdPercentage", "whole number", "The share that was reached."),
    ]

    private static func others(_ name: String) -> [FieldDescription] {
        [.event(name, "whole number", "How many more did at the same instant, not told one by one.", always: false)]
    }

    private static let balance: [FieldDescription] =
        [
            .event("eventId", "id", "The event's id."),
            .event("customer", "wallet's owner", "Whose wallet.", named.filter { $0.name != "email" }), resource,
            .event(
                "creditCurrency", "announced currency", "The credit currency.",
                [
                    .event("id", "id", "Its id."), .event("name", "text", "Its name."),
                    .event("description", "text", "Its description.", always: false),
                    .event("unitLabel", "object", "`singular` and `plural`.", always: false),
                ]), .event("totalGranted", "number", "Credits of the grants in effect."),
            .event("consumedPercentage", "number", "The share that is used."),
        ] + left

    private static let credits: [EngineEventRow] =
        family("credit_grant", [("created", "Credits were granted."), ("updated", "A grant was changed.")], grant) + [
            EngineEventRow(
                "credit_grant.balance_low", "What is left of a grant fell to one of `alerts.credits_remaining`.",
                grant + left),
            EngineEventRow("credit_grant.depleted", "A grant is used up.", grant + others("alsoDepleted")),
            EngineEventRow("credit_grant.expired", "A grant has expired.", grant + others("alsoExpired")),
            EngineEventRow(
                "credit_balance.low", "What is left in a wallet fell to one of `alerts.credits_remaining`.", balance),
            EngineEventRow("credit_balance.depleted", "A wallet is empty.", balance),
        ]

    private static let wallet: [FieldDescription] = [
        .event("configId", "id", "The settings of auto-recharge."), customerID(), currencyID,
    ]

    private static let recharges: [EngineEventRow] = [
        EngineEventRow(
            "automatic_recharge.operation.attempted", "A charge was tried, and its outcome is known.",
            wallet + [
                .event("grantId", "id", "The credits that it bought.", always: false),
                .event("status", "SUCCESS | FAILED", "What came of it."), .event("amount", "number", "Credits."),
                .event("cost", "money", "What they cost.", always: false, Money.shape.fields), error(always: false),
            ]),
        EngineEventRow(
            "automatic_recharge.configuration.changed", "Auto-recharge was enabled or disabled.",
            wallet + [
                .event("isEnabled", "boolean", "Whether it is on."),
                .event("reason", "text", "Why the engine ended it.", always: false),
                .event("changedBy", "USER | SYSTEM", "Who did."),
            ]),
        EngineEventRow(
            "credits.automatic_recharge_limit_exceeded",
            "The month's recharges reached 80, 90 or 100 percent of the cap, or the next does not fit.",
            wallet + [
                .event("maxSpendLimit", "number", "The cap."), .event("totalSpent", "number", "What is spent."),
                .event("percentageUsed", "number", "Its share of the cap."),
                .event("threshold", "whole number", "The share that was reached; 0 before any."),
                .event("refusedAmount", "number", "What the refused recharge would have cost.", always: false),
            ]),
        EngineEventRow(
            "recharge.policy_failed", "A recharge policy could not decide; once for each wallet and script version.",
            wallet + [
                .event("policy", "text", "The policy."), .event("scriptVersion", "text", "Of which scripts."),
                .event("status", "FAILED", "Always FAILED."), error(),
            ]),
    ]

    // MARK: - Catalog and invoices

    private static let displayed = FieldDescription.event("name", "text", "As displayName.")

    private static func sold(_ fields: [FieldDescription]) -> [FieldDescription] {
        fields + [
            displayed, .event("version", "whole number", "The version."),
            .event("packageEntitlements", "list of objects", "What it gives."),
            .event("prices", "list of objects", "What it costs."),
        ]
    }

    private static let changes = [
        ("created", "One was created."), ("updated", "One was changed, published or brought back."),
        ("deleted", "One was archived, or its draft given up."),
    ]

    private static let catalog: [EngineEventRow] =
        family("plan", changes, sold(without(["version"], Plan.shape.fields)))
        + family("addon", changes, sold(without(["version"], Addon.shape.fields)))
        + family("product", changes, Product.shape.fields + [displayed])
        + family("feature", changes, Feature.shape.fields + [displayed])
        + family(
            "coupon",
            [
                ("created", "A coupon was created."), ("updated", "One was changed."),
                ("archived", "One was archived: nobody can apply it any more."),
            ],
            without(["type"], Coupon.shape.fields) + entity + [
                .event("couponType", FieldKind<Coupon.Kind>.choice.type, "What it takes off."),
                .event("discountValue", "number", "How much.", always: false),
            ])

    private static let invoices: [EngineEventRow] = family(
        "invoice",
        [
            ("created", "An invoice was made."), ("finalized", "An invoice became final: it may be charged."),
            ("paid", "An invoice was paid."), ("voided", "A final invoice was voided."),
        ], [.event("invoice", "invoice", "The invoice with its lines.", CustomerInvoice.shape.fields)])

    // MARK: - Parts

    private static func family(
        _ name: String, _ members: [(String, String)], _ fields: [FieldDescription]
    ) -> [EngineEventRow] {
        members.map { EngineEventRow("\(name).\($0.0)", $0.1, fields) }
    }

    private static func picked(_ fields: [FieldDescription], _ names: [String]) -> [FieldDescription] {
        fields.filter { names.contains($0.name) }
    }

    private static func without(_ names: [String], _ fields: [FieldDescription]) -> [FieldDescription] {
        fields.filter { !names.contains($0.name) }
    }
}
