import Foundation
import TidemillCore
import TidemillEngine
import TidemillOperations
import TidemillScripting
import TidemillStore

/// What is allowed and seldom meant: credits that cost nobody anything, and policies that nobody ever asks.
enum RechargeWarning {
    static func find(_ config: AppConfig, _ ruleSet: RuleSet?) throws -> [String] {
        let policies = ruleSet?.policies ?? []
        let store = try existingStore(config)
        var warnings = try unknownCurrencies(policies, ruleSet?.catalog, store)
        guard config.payments.gateway == .none else { return warnings }
        let isEnabled = try store?.read { try RechargeStatus.isEnabledAnywhere(on: $0) } ?? false
        guard !policies.isEmpty || isEnabled else { return warnings }
        warnings.append(
            "payments.gateway is \"none\": auto-recharge grants credits, and nobody is charged for them; give [payments] a gateway = \"http\" with its url, or keep it so where credits are free"
        )
        return warnings
    }

    /// No wallet is of a currency that does not exist.
    private static func unknownCurrencies(
        _ policies: [RechargeDeclaration], _ catalog: Payload?, _ store: SQLiteStore?
    ) throws -> [String] {
        guard !policies.isEmpty else { return [] }
        var known = Set((catalog?["currencies"]?.items ?? []).compactMap { $0["id"]?.text })
        if let store { known.formUnion(try store.read { try RechargeStatus.currencies(on: $0) }) }
        return policies.filter { !known.contains($0.currencyID) }.map { policy in
            let hint = Suggestion.hint(for: policy.currencyID, in: known.sorted())
            return
                "\(policy.file):\(policy.line): recharge \"\(policy.name)\" is for the credit currency \"\(policy.currencyID)\", which does not exist\(hint): nobody ever asks it"
        }
    }

    /// `check` creates no store, and says elsewhere what is wrong with one.
    static func existingStore(_ config: AppConfig) throws -> SQLiteStore? {
        guard FileManager.default.fileExists(atPath: config.store.path) else { return nil }
        do { return try SQLiteStore(path: config.store.path, environment: config.environment) } catch is StoreError {
            return nil
        }
    }
}
