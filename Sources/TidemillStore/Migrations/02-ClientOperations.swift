/// Schema 2: what all client operations keep. Schema 1 is released and stays as it is.
let clientOperations = Migration(
    number: 2, name: "client operations",
    statements: Schema.outbox + Schema.voids + Schema.packages + Schema.coupons + Schema.subscriptions
        + Schema.promotional
        + Schema.credits + Schema.recharge)
