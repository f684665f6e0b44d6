import Foundation
import TidemillIngest
import TidemillStigg

extension AppConfig.Client {
    /// What the environment says where the file says nothing: the names that Stigg's own clients read.
    mutating func complete(_ table: ConfigTable) {
        let environment = table.reader.environment
        if baseURL == nil { baseURL = environment[Self.urlVariable].flatMap { $0.isEmpty ? nil : $0 } }
        if key == nil, !table.names(secret: "key") {
            key = environment[Self.keyVariable].flatMap { $0.isEmpty ? nil : Secret($0) }
            if key == nil {
                table.reader.reportUnset(
                    at: "client.backend",
                    "client.backend is \"stigg\", and the variable \(Self.keyVariable) is not set",
                    hint: "export \(Self.keyVariable), or name another with key_env, or a file with key_file")
            }
        }
    }
}

extension AppConfig {
    /// What does not go with a service elsewhere.
    func checkClient(_ reader: ConfigReader) {
        do {
            _ = try ServiceSettings(baseURL: client.baseURL ?? Client.standardURL, key: client.key?.value ?? "none")
        } catch {
            reader.report(.value, at: "client.base_url", "\(error)")
        }
        if payments.gateway != .none {
            reader.report(
                .conflict, at: "payments.gateway",
                "payments.gateway does not go with client.backend = \"stigg\": recharges by this program are for its own wallets",
                hint: "leave [payments] out; Stigg's own auto-recharge is set by saveAutoRecharge")
        }
        for (index, inbox) in spool.inboxes.enumerated() where !inbox.accept.isSubset(of: [.webhook]) {
            reader.report(
                .conflict, at: "spool.inbox[\(index)].accept",
                "spool.inbox \"\(inbox.path)\" takes records that client.backend = \"stigg\" does not forward yet",
                hint: "write accept = [\"webhook\"] for it, and report events and usage to Stigg itself")
        }
    }
}
