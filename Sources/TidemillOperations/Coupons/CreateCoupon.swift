public import TidemillCore

/// Creates a coupon.
public enum CreateCoupon: ClientOperation {
    public struct Input: Shaped, Hashable {
        public var id: String
        public var name: String
        public var description: String?
        public var percentOff: Amount?
        public var amountsOff: [Money]?
        public var durationInMonths: Int64?
        public var metadata: TextMap<String>

        public init(
            id: String, name: String, description: String? = nil, percentOff: Amount? = nil,
            amountsOff: [Money]? = nil, durationInMonths: Int64? = nil, metadata: TextMap<String> = [:]
        ) {
            self.id = id
            self.name = name
            self.description = description
            self.percentOff = percentOff
            self.amountsOff = amountsOff
            self.durationInMonths = durationInMonths
            self.metadata = metadata
        }

        public static let shape = Shape(
            required("id", \.id, .newCouponID, "The coupon's id."),
            required("name", \.name, .text(1...40), "What people read."),
            optional("description", \.description, .text(max: 255), "What it is for."),
            optional("percentOff", \.percentOff, .percentage, "The share that it takes off, or else 'amountsOff'."),
            optional(
                "amountsOff", \.amountsOff, .amountsOff,
                "The amount that it takes off, one a currency, or else 'percentOff'."),
            optional(
                "durationInMonths", \.durationInMonths, .months, "How long it lasts once applied; left out: for ever."),
            defaulted("metadata", \.metadata, .metadata, to: [:], "Your own notes."),
            make: Self.init,
            check: { (input, path) throws(InputProblem) in
                guard (input.percentOff == nil) != (input.amountsOff == nil) else {
                    let (percent, amounts) = (path.member("percentOff"), path.member("amountsOff"))
                    throw InputProblem([
                        input.percentOff == nil
                            ? "'\(percent)' or '\(amounts)' is required: a number from 1 to 100, or a list of amounts of money"
                            : "'\(percent)' and '\(amounts)' exclude each other; give one of them"
                    ])
                }
            })
    }

    public typealias Output = Coupon

    public static let row = OperationRow(
        .createCoupon, of: Self.self,
        summary: "Creates a coupon that takes off a share, or an amount in each of some currencies.",
        effect: .write, subject: .nobody,
        route: .post("/api/v1/coupons"),
        errors: [.duplicatedEntity, .idempotencyConflict],
        example: OperationRow.Example([
            "id": "coupon-launch", "name": "Launch offer", "percentOff": 25, "durationInMonths": 3,
        ]))
}
