/// A catalog for the examples of estimates: a plan with a base price and a price per seat.
enum EstimateExample {
    static let catalog: [(id: OperationID, input: Payload)] = [
        (.provisionCustomer, ["id": "customer-acme"]),
        (.createProduct, ["id": "product-ai", "displayName": "AI"]),
        (
            .createFeature,
            [
                "id": "feature-seats", "displayName": "Seats", "featureType": "NUMBER", "meterType": "FLUCTUATING",
            ]
        ),
        (.createPlan, ["id": "plan-pro", "displayName": "Pro", "productId": "product-ai"]),
        (
            .updatePlan,
            [
                "id": "plan-pro",
                "charges": [
                    "pricingType": "PAID",
                    "pricingModels": [
                        [
                            "billingModel": "FLAT_FEE",
                            "pricePeriods": [
                                ["billingPeriod": "MONTHLY", "price": ["amount": 49, "currency": "usd"]]
                            ],
                        ],
                        [
                            "billingModel": "PER_UNIT", "featureId": "feature-seats",
                            "pricePeriods": [
                                ["billingPeriod": "MONTHLY", "price": ["amount": 10, "currency": "usd"]]
                            ],
                        ],
                    ],
                ],
            ]
        ),
        (.publishPlan, ["id": "plan-pro", "migrationType": "NEW_CUSTOMERS"]),
    ]

    /// The same, and a subscription to it.
    static let subscribed: [(id: OperationID, input: Payload)] =
        catalog + [
            (
                .provisionSubscription,
                [
                    "id": "subscription-acme", "customerId": "customer-acme", "planId": "plan-pro",
                    "billingPeriod": "MONTHLY", "charges": [["id": "feature-seats", "quantity": 3]],
                ]
            )
        ]

    static let errors: [OperationError.Code] = [
        .customerNotFound, .planNotFound, .unPublishedPackage, .entityIsArchived, .addonNotFound,
        .incompatibleSubscriptionAddon, .addonDependencyMissing, .addonQuantityExceedsLimit, .billingPeriodMissing,
        .priceNotFound, .invalidQuantity, .couponNotFound, .archivedCouponCantBeApplied, .promotionCodeNotFound,
        .promotionCodeNotActive, .promotionCodeNotForCustomer, .promotionCodeCustomerNotFirstPurchase,
        .promotionCodeMaxRedemptionsReached, .promotionCodeMinimumAmountNotReached,
    ]
}
