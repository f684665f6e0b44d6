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

extension RechargeEvaluation {
    /// Records that a script could not decide. Announced once for each script version, however often it is tried.
    func note(
        _ failure: RechargePolicyFailure, of source: PolicySource, _ memory: inout RechargeMemory,
        _ consent: RechargeConsent
    ) throws {
        memory.failure = PolicyTrouble(
            at: scope.now, policy: source.name, version: source.scriptVersion, message: failure.message)
        guard memory.announcedVersion != source.scriptVersion else { return }
        memory.announcedVersion = source.scriptVersion
        try scope.announcePolicyFailure(consent, source, failure)
    }
}

extension RechargePolicyFailure {
    /// The same with the place of the policy, for answers that only the wallet shows to mean nothing.
    func at(_ source: PolicySource?) -> RechargePolicyFailure {
        guard let place = source?.place, !place.isEmpty else { return self }
        return RechargePolicyFailure(code, "\(place): \(message)", kind: kind)
    }
}
