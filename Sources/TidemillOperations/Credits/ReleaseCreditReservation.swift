public import TidemillCore

/// Settles a reservation: burns what was used of the hold and returns the rest.
public enum ReleaseCreditReservation: ClientOperation {
    public struct Input: Shaped {
        public var reservationID: String
        public var customerID: CustomerID
        public var currencyID: String
        public var consumedAmount: Amount
        public var resourceID: String?

        public static let shape = Shape(
            required("reservationId", \.reservationID, .reservationID, "The reservation.", aliases: ["reservation_id"]),
            required("customerId", \.customerID, .customerID, "Whose credits are held."),
            required("currencyId", \.currencyID, .creditCurrencyID, "The credit currency."),
            required(
                "consumedAmount", \.consumedAmount, .nonnegativeAmount,
                "What was used; 0 returns all, more than the hold burns the rest normally."),
            optional("resourceId", \.resourceID, .resourceID, "The resource whose wallet it is."),
            make: Self.init)
    }

    public struct Output: Shaped {
        public var reservation: SettledReservation
        public var credit: WalletBalance?

        public init(reservation: SettledReservation, credit: WalletBalance?) {
            self.reservation = reservation
            self.credit = credit
        }

        public static let shape = Shape(
            required("reservation", \.reservation, .object("settled reservation"), "The reservation, settled."),
            optional("credit", \.credit, .object("wallet balance"), "The wallet afterwards."),
            make: Self.init)
    }

    public static let row = OperationRow(
        .releaseCreditReservation, of: Self.self,
        summary: "Settles a credit reservation: burns what was used, returns the rest. A repeat changes nothing.",
        effect: .write, subject: .customer("customerId"),
        route: .post("/api/v1/credits/reservations/{reservationId}/release"),
        errors: [
            .customerNotFound, .customCurrencyNotFound, .creditReservationNotFound, .idempotencyConflict,
            .usageOutOfRange,
        ],
        example: OperationRow.Example(
            [
                "reservationId": "render-1", "customerId": "customer-acme", "currencyId": "credits-ai",
                "consumedAmount": 40,
            ],
            after: CreditExamples.granted + [
                (
                    .checkEntitlement,
                    [
                        "customerId": "customer-acme", "currencyId": "credits-ai", "reserveAmount": 75,
                        "reservationId": "render-1",
                    ]
                )
            ]))
}

/// A reservation that was settled.
public struct SettledReservation: Shaped {
    public var id: String
    public var amount: Amount
    public var consumedAmount: Amount?
    public var status: CreditAccess.Reservation.Status
    public var expiresAt: Timestamp

    public init(
        id: String, amount: Amount, consumedAmount: Amount?, status: CreditAccess.Reservation.Status,
        expiresAt: Timestamp
    ) {
        self.id = id
        self.amount = amount
        self.consumedAmount = consumedAmount
        self.status = status
        self.expiresAt = expiresAt
    }

    public static let shape = Shape(
        required("id", \.id, .reservationID, "The caller's id."),
        required("amount", \.amount, .amount, "How much was held."),
        optional("consumedAmount", \.consumedAmount, .amount, "What it was settled with."),
        required("status", \.status, .choice, "RELEASED."),
        required("expiresAt", \.expiresAt, .timestamp, "When the hold would have returned by itself."),
        make: Self.init)
}
