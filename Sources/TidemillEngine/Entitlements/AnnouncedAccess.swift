import Crypto
import Foundation
import TidemillCore
import TidemillOperations
import TidemillStore

/// Remembers what was last told about access, so that only changes are announced. Usage is no part of it.
enum AnnouncedAccess {
    /// Notes what there is now; returns whether it differs from what was noted before.
    static func note(
        _ states: [EntitlementState], of customer: CustomerID, _ resource: String?, in scope: CallScope
    ) throws -> Bool {
        let digest = states.isEmpty ? "" : digest(of: states)
        let key: [SQLValue] =
            customer.key + [
                .text(resource ?? "")
            ]
        let known: String? = try scope.connection.value(
            "SELECT digest FROM entitlement_sets WHERE bucket = $1 AND customer_id = $2 AND resource_id = $3", key)
        guard digest != known ?? "" else { return false }
        try scope.connection.execute(
            """
            INSERT INTO entitlement_sets(bucket, customer_id, resource_id, digest) VALUES ($1, $2, $3, $4)
            ON CONFLICT (bucket, customer_id, resource_id) DO UPDATE SET digest = excluded.digest
            """, key + [.text(digest)])
        return true
    }

    private static func digest(of states: [EntitlementState]) -> String {
        let facts = states.map { state -> Payload in
            [
                "feature": .text(state.feature?.id.text), "limit": state.limit.map { Payload($0) } ?? .null,
                "unlimited": .boolean(state.hasUnlimitedUsage), "soft": .boolean(state.hasSoftLimit),
                "values": .array(state.enumValues.map { .string($0) }),
                "reset": .text(state.winner?.terms.resetPeriod?.rawValue),
                "anchor": .text(state.winner?.terms.resetConfiguration?.accordingTo.rawValue),
                "overBudget": .boolean(state.winner?.isOverBudget ?? false),
            ]
        }
        return SHA256.hash(data: Data(Payload.array(facts).json.utf8)).hexadecimal
    }
}
