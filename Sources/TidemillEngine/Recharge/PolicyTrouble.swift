import TidemillCore
import TidemillOperations

/// A policy that could not decide about a wallet.
struct PolicyTrouble: Sendable, Hashable {
    /// The policy is asked again after so long, or when scripts change: not with every batch that consumes.
    static let againSeconds: Int64 = 60

    var at: Timestamp
    var policy: String
    var version: String
    var message: String

    var againAt: Timestamp { at.advanced(bySeconds: Self.againSeconds) }
}

extension RechargePolicyFailure {
    /// The same with the place of the policy, for answers that only the wallet shows to mean nothing.
    func at(_ source: PolicySource?) -> RechargePolicyFailure {
        guard let place = source?.place, !place.isEmpty else { return self }
        return RechargePolicyFailure(code, "\(place): \(message)", kind: kind)
    }
}
