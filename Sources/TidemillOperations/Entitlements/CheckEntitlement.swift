public import TidemillCore

/// Asks whether a customer may use something now, and may hold credits for it.
public enum CheckEntitlement: ClientOperation {
    /// How long a reservation may hold, seconds.
    public static let reservationSeconds: ClosedRange<Int64> = 1...86_400

    public struct Input: Shaped {
        public var customerID: CustomerID
        public var featureID: FeatureID?
        public var currencyID: String?
        public var resourceID: String?
        public var requestedUsage: Amount?
        public var requestedValues: [String]?
        public var dimensions: TextMap<Payload>?
        public var reserveAmount: Amount?
        public var reservationID: String?
        public var reservationTTLSeconds: Int64?
        public var reservationExpiresAt: Timestamp?
        public var reservationMetadata: TextMap<String>?

        public init(
            customerID: CustomerID, featureID: FeatureID? = nil, currencyID: String? = nil, resourceID: String? = nil,
            requestedUsage: Amount? = nil, requestedValues: [String]? = nil, dimensions: TextMap<Payload>? = nil,
            reserveAmount: Amount? = nil, reservationID: String? = nil, reservationTTLSeconds: Int64? = nil,
            reservationExpiresAt: Timestamp? = nil, reservationMetadata: TextMap<String>? = nil
        ) {
            self.customerID = customerID
            self.featureID = featureID
            self.currencyID = currencyID
            self.resourceID = resourceID
            self.requestedUsage = requestedUsage
            self.requestedValues = requestedValues
            self.dimensions = dimensions
            self.reserveAmount = reserveAmount
            self.reservationID = reservationID
            self.reservationTTLSeconds = reservationTTLSeconds
            self.reservationExpiresAt = reservationExpiresAt
            self.reservationMetadata = reservationMetadata
        }

        public static let shape = Shape(
            required("customerId", \.customerID, .customerID, "The customer.", aliases: ["id"]),
            optional("featureId", \.featureID, .featureID, "The feature; this or currencyId."),
            optional("currencyId", \.currencyID, .currencyID, "The credit currency; this or featureId."),
            optional("resourceId", \.resourceID, .resourceID, "The resource; the customer itself when left out."),
            optional(
                "requestedUsage", \.requestedUsage, .nonnegativeAmount, "How much is about to be used; 0 when left out."
            ),
            optional(
                "requestedValues", \.requestedValues, .requestedValues, "The values of an ENUM feature that are wanted."
            ),
            optional("dimensions", \.dimensions, .dimensions, "Of the usage; taken and not looked at."),
            optional("reserveAmount", \.reserveAmount, .positiveAmount, "Credits to hold; with reservationId."),
            optional(
                "reservationId", \.reservationID, .text(1...255, in: .bytes),
                "Your id of the hold: a repeat answers the same."),
            optional(
                "reservationTtlSeconds", \.reservationTTLSeconds, .integer(reservationSeconds),
                "How long to hold; 3600 when left out."),
            optional(
                "reservationExpiresAt", \.reservationExpiresAt, .timestamp, "Until when to hold, at most a day ahead."),
            optional(
                "reservationMetadata", \.reservationMetadata, .encodedMetadata,
                "Notes on the hold: texts by name, as an object or as its JSON."),
            make: Self.init, check: check)

        private static func check(_ input: Self, _ path: FieldPath) throws(InputProblem) {
            guard (input.featureID == nil) != (input.currencyID == nil) else {
                throw InputProblem([
                    "exactly one of 'featureId' and 'currencyId' is required, got \(input.featureID == nil ? "none" : "both")"
                ])
            }
            let reserves: [(String, Bool)] = [
                ("reserveAmount", input.reserveAmount != nil), ("reservationId", input.reservationID != nil),
                ("reservationTtlSeconds", input.reservationTTLSeconds != nil),
                ("reservationExpiresAt", input.reservationExpiresAt != nil),
                ("reservationMetadata", input.reservationMetadata != nil),
            ]
            let given = reserves.filter(\.1).map(\.0)
            guard let first = given.first else { return }
            guard input.currencyID != nil else {
                throw InputProblem(["'\(path.member(first))' goes with 'currencyId' only; leave it out for a feature"])
            }
            guard input.reserveAmount != nil, input.reservationID != nil else {
                let missing = input.reserveAmount == nil ? "reserveAmount" : "reservationId"
                throw InputProblem(["'\(path.member(missing))' is required to reserve credits: it goes with '\(first)'"]
                )
            }
            guard input.reservationTTLSeconds == nil || input.reservationExpiresAt == nil else {
                throw InputProblem([
                    "'reservationTtlSeconds' and 'reservationExpiresAt' exclude each other; give one of them"
                ])
            }
        }
    }

    public typealias Output = EntitlementAccess

    public static let row = OperationRow(
        .checkEntitlement, of: Self.self,
        summary: "Whether a customer may use a feature or credits now, and why not; holds credits when asked to.",
        effect: .read, subject: .customer("customerId"),
        route: .get("/api/v1/customers/{customerId}/entitlements/check"),
        // A check that holds credits changes what others may use.
        changingFields: ["reserveAmount", "reservationId"],
        errors: [.customCurrencyNotFound, .customerNotFound, .duplicatedEntity],
        example: OperationRow.Example(
            ["customerId": "customer-acme", "featureId": "feature-storage", "requestedUsage": 4],
            after: RevokePromotionalEntitlements.row.example.after))
}

extension FieldKind where Value == [String] {
    /// A list, or a text with commas, as it stands in a URL.
    static var requestedValues: FieldKind {
        let list = FieldKind<[String]>.enumValues
        return FieldKind(
            expected: list.expected, type: "text, or a list of values", bounds: list.bounds, fields: [],
            decode: { (payload, path) throws(InputProblem) in
                guard case .string(let text) = payload else { return try list.decode(payload, path) }
                let values = text.split(separator: ",", omittingEmptySubsequences: false)
                return try list.decode(.array(values.map { .string(String($0)) }), path)
            },
            encode: list.encode)
    }
}

extension FieldKind where Value == TextMap<String> {
    /// A map of texts, or its JSON in a text, as it stands in a URL.
    static var encodedMetadata: FieldKind {
        let plain = FieldKind<TextMap<String>>.metadata
        return FieldKind(
            expected: plain.expected, type: plain.type, bounds: plain.bounds, fields: [],
            decode: { (payload, path) throws(InputProblem) in
                guard case .string(let text) = payload else { return try plain.decode(payload, path) }
                let decoded: Payload
                do throws(Payload.JSONError) {
                    decoded = try Payload(json: text)
                } catch {
                    throw .expected("a JSON object of texts", at: path, got: InputProblem.shown(text))
                }
                return try plain.decode(decoded, path)
            },
            encode: plain.encode)
    }
}
