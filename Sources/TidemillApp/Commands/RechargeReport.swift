import Foundation
import TidemillCore
import TidemillEngine
import TidemillOperations
import TidemillScripting
import TidemillStore

extension RechargeStatus {
    /// What a person should look at.
    var warnings: [String] {
        var warnings = stuck.map { episode in
            let wallet = "\(episode.customerID), \(episode.currencyID)"
            let detail = episode.detail.map { ": \($0)" } ?? ""
            return episode.state == "stopped"
                ? "auto-recharge of \(wallet) has stopped\(detail); look at the gateway, grant what was paid for, and enable it again with saveAutoRecharge"
                : "auto-recharge of \(wallet) is \(episode.state) since \(episode.since.secondsDescription)\(detail)"
        }
        if let doubt { warnings.append("schedules and auto-recharge wait: \(doubt)") }
        if let first = failing.first {
            let others = failingCount > 1 ? ", and for \(failingCount - 1) more wallets" : ""
            warnings.append(
                "the recharge policy \"\(first.policy)\" fails for \(first.customerID), \(first.currencyID)\(others): \(first.message); nothing is bought until it is mended"
            )
        }
        return warnings
    }

    var payload: Payload {
        .object([
            "enabled": .integer(enabled), "open": .object(open.mapValues { .integer($0) }), "capped": .integer(capped),
            "clock": doubt.map { .string($0) } ?? .null, "policiesFailing": .integer(failingCount),
            "failing": .array(
                failing.map { wallet in
                    .object([
                        "customerId": .string(wallet.customerID.text), "currencyId": .string(wallet.currencyID),
                        "policy": .string(wallet.policy), "scriptVersion": .string(wallet.scriptVersion),
                        "at": Payload(wallet.at), "message": .string(wallet.message),
                    ])
                }),
            "stuck": .array(
                stuck.map { episode in
                    .object([
                        "customerId": .string(episode.customerID.text), "currencyId": .string(episode.currencyID),
                        "state": .string(episode.state), "since": Payload(episode.since),
                        "detail": episode.detail.map { .string($0) } ?? .null,
                    ])
                }),
        ])
    }

    /// For the screen; nil while nobody uses it.
    var line: String? {
        guard enabled > 0 || !open.isEmpty else { return nil }
        var parts = ["\(TextTable.grouped(enabled)) wallets enabled"]
        parts += open.sorted { $0.key < $1.key }.map { "\(TextTable.grouped($0.value)) \($0.key)" }
        if failingCount > 0 { parts.append("\(TextTable.grouped(failingCount)) with a failing policy") }
        if capped > 0 { parts.append("\(TextTable.grouped(capped)) at their cap") }
        return parts.joined(separator: ", ")
    }
}

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
    private static func existingStore(_ config: AppConfig) throws -> SQLiteStore? {
        guard FileManager.default.fileExists(atPath: config.store.path) else { return nil }
        do { return try SQLiteStore(path: config.store.path, environment: config.environment) } catch is StoreError {
            return nil
        }
    }
}
