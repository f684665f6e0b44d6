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
        if let doubt { warnings.append("auto-recharge waits: \(doubt)") }
        return warnings
    }

    var payload: Payload {
        .object([
            "enabled": .integer(enabled), "open": .object(open.mapValues { .integer($0) }), "capped": .integer(capped),
            "clock": doubt.map { .string($0) } ?? .null,
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
        if capped > 0 { parts.append("\(TextTable.grouped(capped)) at their cap") }
        return parts.joined(separator: ", ")
    }
}

/// Credits that cost nobody anything are allowed, and seldom meant.
enum RechargeWarning {
    static func find(_ config: AppConfig, _ declarations: [Declaration]) throws -> [String] {
        guard config.payments.gateway == .none else { return [] }
        let hasPolicy = declarations.contains { $0.kind == .recharge }
        guard try hasPolicy || isEnabledAnywhere(config) else { return [] }
        return [
            "payments.gateway is \"none\": auto-recharge grants credits, and nobody is charged for them; give [payments] a gateway = \"http\" with its url, or keep it so where credits are free"
        ]
    }

    /// `check` creates no store, and says elsewhere what is wrong with one.
    private static func isEnabledAnywhere(_ config: AppConfig) throws -> Bool {
        guard FileManager.default.fileExists(atPath: config.store.path) else { return false }
        do {
            let store = try SQLiteStore(path: config.store.path, environment: config.environment)
            return try store.read { try RechargeStatus.isEnabledAnywhere(on: $0) }
        } catch is StoreError {
            return false
        }
    }
}
