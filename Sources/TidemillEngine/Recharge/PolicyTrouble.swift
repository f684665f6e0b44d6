import TidemillCore
import TidemillOperations
import TidemillStore

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

extension PolicyTrouble: ColumnValue {
    static func columns(_ name: String) -> [String] { ["at", "policy", "version", "message"].map { "\(name)_\($0)" } }
    init(_ row: any SQLRow, at column: Int) {
        self.init(
            at: row.instant(column), policy: row.text(column + 1), version: row.text(column + 2),
            message: row.text(column + 3))
    }
    func bind(to values: inout [SQLValue]) {
        values += [.instant(at), .text(policy), .text(version), .text(message)]
    }
}

extension RechargePolicyFailure {
    /// The same with the place of the policy, for answers that only the wallet shows to mean nothing.
    func at(_ source: PolicySource?) -> RechargePolicyFailure {
        guard let place = source?.place, !place.isEmpty else { return self }
        return RechargePolicyFailure(code, "\(place): \(message)", kind: kind)
    }
}
