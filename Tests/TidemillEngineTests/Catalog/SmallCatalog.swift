import TidemillOperations

/// A catalog with one thing of each kind, whose parts tests change.
struct SmallCatalog {
    var price: Payload = 20
    var tokens: Payload = 1000
    var planName: Payload = "Pro"
    var planEntitlements: [Payload] = []
    var extraPlans: [Payload] = []
    var compatibleAddons: Payload = ["more"]
    var hasAddon = true
    var hasPlan = true
    var coupon: Payload = ["id": "quarter", "name": "Quarter", "percentOff": 25]
    var codes: [Payload] = [["code": "LAUNCH", "couponId": "quarter", "maxRedemptions": 5]]
    var creditPrice: Payload = .number("0.01")

    var payload: Payload {
        [
            "products": [["id": "ai", "displayName": "AI"]],
            "currencies": [
                ["id": "credits", "displayName": "Credits", "creditPrice": ["amount": creditPrice, "currency": "usd"]]
            ],
            "features": [
                [
                    "id": "tokens", "displayName": "Tokens", "featureType": "NUMBER", "meterType": "INCREMENTAL",
                    "meter": ["aggregation": ["function": "SUM", "field": "tokens"]],
                ],
                ["id": "seats", "displayName": "Seats", "featureType": "NUMBER", "meterType": "FLUCTUATING"],
                ["id": "sso", "displayName": "SSO", "featureType": "BOOLEAN"],
            ],
            "addons": hasAddon ? [addon] : [],
            // Children come first: the order of the declaration means nothing.
            "plans": .array(extraPlans + (hasPlan ? [plan] : []) + [free]),
            "coupons": [coupon],
            "promotionCodes": .array(codes),
        ]
    }

    private var addon: Payload {
        [
            "id": "more", "productId": "ai", "displayName": "More",
            "charges": ["pricingModels": [Self.flat(5)]],
            "entitlements": [["id": "tokens", "usageLimit": 100, "resetPeriod": "MONTH"]],
        ]
    }

    private var plan: Payload {
        [
            "id": "pro", "productId": "ai", "displayName": planName, "parentPlanId": "free",
            "compatibleAddonIds": compatibleAddons,
            "pricing": [
                "pricingModels": [
                    Self.flat(price),
                    [
                        "billingModel": "PER_UNIT", "featureId": "seats",
                        "pricePeriods": [["billingPeriod": "MONTHLY", "price": ["amount": 3, "currency": "usd"]]],
                    ],
                ]
            ],
            "entitlements": .array(
                [
                    ["id": "tokens", "usageLimit": tokens, "resetPeriod": "MONTH"],
                    ["type": "CREDIT", "id": "credits", "amount": 50],
                ] + planEntitlements),
        ]
    }

    private var free: Payload {
        [
            "id": "free", "productId": "ai", "displayName": "Free", "pricingType": "FREE",
            "entitlements": [["id": "tokens", "usageLimit": 10, "resetPeriod": "MONTH"]],
        ]
    }

    static func flat(_ amount: Payload) -> Payload {
        [
            "billingModel": "FLAT_FEE",
            "pricePeriods": [["billingPeriod": "MONTHLY", "price": ["amount": amount, "currency": "usd"]]],
        ]
    }
}
