import TidemillOperations

/// What the door counts: requests by route, operations by outcome, checks by what they answered.
struct DoorMetrics: Sendable {
    let registry: MetricRegistry

    private static let bounds: [Double] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10]
    private static let requests = Metric(
        "tidemill_http_requests_total", .counter, "Requests that were answered.", labels: ["route", "status"])
    private static let durations = Metric(
        "tidemill_http_request_duration_seconds", .histogram, "From a request's head to its answer.",
        labels: ["route"], bounds: bounds)
    private static let operations = Metric(
        "tidemill_operations_total", .counter, "Operations that came by HTTP.", labels: ["operation", "outcome"])
    private static let operationDurations = Metric(
        "tidemill_operation_duration_seconds", .histogram, "An operation, from when it was read to its answer.",
        labels: ["effect"], bounds: bounds)
    private static let checks = Metric(
        "tidemill_entitlement_checks_total", .counter, "Entitlement checks that were answered.", labels: ["granted"])
    private static let checkDurations = Metric(
        "tidemill_entitlement_check_duration_seconds", .histogram, "An entitlement check.",
        bounds: [0.000001, 0.00001, 0.0001, 0.00025] + bounds)
    private static let ignored = Metric(
        "tidemill_http_ignored_fields_total", .counter,
        "Fields of requests that this version does not know and passed over.", labels: ["operation"])

    func answered(_ route: String, _ status: Int, after duration: Duration) {
        registry.add(Self.requests, [route, "\(status / 100)xx"])
        registry.observe(Self.durations, [route], duration)
    }

    func performed(_ row: OperationRow, _ answer: Payload?, _ error: (any Error)?, after duration: Duration) {
        let outcome: String
        switch error {
        case nil: outcome = "ok"
        case let error as OperationError: outcome = error.isStoreFailure ? "failed" : "refused"
        case is WireError: outcome = "refused"
        default: outcome = "failed"
        }
        registry.add(Self.operations, [row.id.rawValue, outcome])
        registry.observe(Self.operationDurations, [row.effect.isWrite ? "write" : "read"], duration)
        guard row.id == .checkEntitlement, case .boolean(let isGranted)? = answer?["isGranted"] else { return }
        registry.add(Self.checks, [isGranted ? "true" : "false"])
        registry.observe(Self.checkDurations, [], duration)
    }

    func passedOver(_ fields: [String], _ row: OperationRow) {
        guard !fields.isEmpty else { return }
        registry.add(Self.ignored, [row.id.rawValue], by: Double(fields.count))
    }
}
