import TidemillCore
import TidemillOperations

/// What the door counts: requests by route, operations by outcome, checks by what they answered.
struct DoorMetrics: Sendable {
    let registry: MetricRegistry

    func answered(_ route: String, _ status: Int, after duration: Duration) {
        registry.add(.requests, [route, "\(status / 100)xx"])
        registry.observe(.requestDuration, [route], duration)
    }

    /// What of an answer is counted; nil for most.
    static func isGranted(_ answer: Payload, of row: OperationRow) -> Bool? {
        guard row.id == .checkEntitlement, case .boolean(let isGranted)? = answer["isGranted"] else { return nil }
        return isGranted
    }

    func performed(
        _ row: OperationRow, isGranted: Bool? = nil, _ error: (any Error)? = nil, after duration: Duration
    ) {
        let outcome: String
        switch error {
        case nil: outcome = "ok"
        case let error as OperationError: outcome = error.isStoreFailure ? "failed" : "refused"
        case is WireError: outcome = "refused"
        default: outcome = "failed"
        }
        registry.add(.operations, [row.id.rawValue, outcome])
        registry.observe(.operationDuration, [row.effect.isWrite ? "write" : "read"], duration)
        guard let isGranted else { return }
        registry.add(.entitlementChecks, [isGranted ? "true" : "false"])
        registry.observe(.entitlementCheckDuration, [], duration)
    }

    func passedOver(_ fields: [String], _ row: OperationRow) {
        guard !fields.isEmpty else { return }
        registry.add(.ignoredFields, [row.id.rawValue], by: Double(fields.count))
    }
}
