/// What the examples on subscriptions begin with.
enum SubscriptionExample {
    /// A customer, a product and a plan on sale.
    static let catalog: [(id: OperationID, input: Payload)] =
        [
            (.provisionCustomer, ["id": "customer-acme", "name": "Acme"]),
            (.createProduct, CreateProduct.row.example.input),
            (
                .createPlan,
                ["id": "plan-pro", "displayName": "Pro", "productId": "product-ai"]
            ),
            (
                .updatePlan,
                ["id": "plan-pro", "charges": ["pricingType": "PAID", "pricingModels": [base(20)]]]
            ),
            (
                .publishPlan,
                ["id": "plan-pro", "migrationType": "NEW_CUSTOMERS"]
            ),
        ]

    private static func base(_ amount: Int64) -> Payload {
        [
            "billingModel": "FLAT_FEE",
            "pricePeriods": [
                ["billingPeriod": "MONTHLY", "price": ["amount": .integer(amount), "currency": "usd"]]
            ],
        ]
    }

    static let input: Payload = [
        "id": "subscription-acme", "customerId": "customer-acme", "planId": "plan-pro", "billingPeriod": "MONTHLY",
    ]

    /// A subscription to the plan.
    static let provisioned = catalog + [(.provisionSubscription, input)]

    /// The same after the plan was published anew.
    static let outdated =
        provisioned + [
            (.createPlanDraft, ["id": "plan-pro"]),
            (
                .updatePlan,
                ["id": "plan-pro", "charges": ["pricingType": "PAID", "pricingModels": [base(25)]]]
            ),
            (
                .publishPlan,
                ["id": "plan-pro", "migrationType": "NEW_CUSTOMERS"]
            ),
        ]

    /// The same with a change that waits for its time.
    static let scheduled =
        outdated + [
            (
                .migrateSubscription,
                ["id": "subscription-acme", "subscriptionMigrationTime": "END_OF_BILLING_PERIOD"]
            )
        ]
}

/// The errors that come with buying.
enum SubscriptionErrors {
    static let buying: [OperationError.Code] = [
        .customerNotFound, .entityIsArchived, .planNotFound, .addonNotFound, .couponNotFound, .productNotPublished,
        .archivedCouponCantBeApplied, .promotionCodeNotFound, .promotionCodeNotActive, .promotionCodeNotForCustomer,
        .promotionCodeCustomerNotFirstPurchase, .promotionCodeMaxRedemptionsReached,
        .promotionCodeMinimumAmountNotReached, .billingPeriodMissing, .priceNotFound, .invalidQuantity,
        .addonQuantityExceedsLimit, .incompatibleSubscriptionAddon, .addonDependencyMissing, .featureNotFound,
        .customCurrencyNotFound, .unPublishedPackage,
        .invalidArgument,
        .idempotencyConflict,
    ]
}
