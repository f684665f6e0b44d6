public import TidemillCore

/// Reports raw events, which the rules filter and map and the meters count.
public enum ReportEvent: ClientOperation {
    /// One event with its fields at the top, or `events` with up to 1000. Each is handed on exactly as it came: an
    /// event's identity is the event as delivered.
    public struct Input: Shaped {
        public var events: [Payload]

        private static let many = Shape(
            required(
                "events", \.events, .list(of: .delivered(UsageEvent.self, "event"), "events", 1...1000),
                "The events; or give the fields of a single event instead."),
            make: Self.init)

        public static let shape = Shape<Self>(
            describedAs: many.fields,
            read: { (payload, path) throws(InputProblem) in
                guard case .object(let members) = payload, members["events"] == nil, !members.isEmpty else {
                    return try many.read(payload, path)
                }
                _ = try UsageEvent.shape.read(payload, path)
                return Input(events: [payload])
            },
            write: { input, nulls in many.write(input, nulls) })
    }

    public struct Output: Shaped {
        public init() {}
        public static let shape = Shape(make: Self.init)
    }

    public static let row = OperationRow(
        .reportEvent, of: Self.self,
        summary: "Reports one raw event, or up to 1000: they pass the filters and mappings and are metered.",
        effect: .write, subject: .nobody,
        route: .post("/api/v1/events"), reports: .events, records: "events", isLong: true,
        errors: [.operationNotAvailable, .ruleError, .ruleAnswer, .ruleTimeout, .ruleMemory],
        example: OperationRow.Example([
            "customerId": "customer-acme", "eventName": "llm.inference", "idempotencyKey": "request-1",
            "timestamp": "2026-10-01T00:00:00Z", "dimensions": ["tokens": 1200],
        ]))
}

/// A raw usage event.
public struct UsageEvent: Shaped {
    public var customerID: CustomerID
    public var eventName: String
    public var idempotencyKey: String
    public var resourceID: String?
    public var timestamp: Timestamp?
    public var dimensions: TextMap<Payload>?

    public static let shape = Shape(
        required("customerId", \.customerID, .customerID, "Who used it."),
        required("eventName", \.eventName, .text(1...255, in: .bytes), "What happened, such as \"llm.inference\"."),
        required("idempotencyKey", \.idempotencyKey, .idempotencyKey, "A repeat of the same event changes nothing."),
        optional("resourceId", \.resourceID, .resourceID, "The resource, where a customer has several."),
        optional("timestamp", \.timestamp, .timestamp, "When it happened; on arrival when left out."),
        optional("dimensions", \.dimensions, .dimensions, "What meters and rules read."),
        make: Self.init)
}
