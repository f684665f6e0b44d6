import TidemillCore
import TidemillEngine
import TidemillOperations

extension RechargeStatus {
    /// What a person should look at.
    var attention: [AttentionEntry] {
        var attention = stuck.map { episode in
            let wallet = "\(episode.customerID), \(episode.currencyID)"
            let detail = episode.detail.map { ": \($0)" } ?? ""
            guard episode.state != "stopped" else {
                return AttentionEntry(
                    .rechargeStopped,
                    "auto-recharge of \(wallet) has stopped\(detail); look at the gateway, grant what was paid for, and enable it again with saveAutoRecharge"
                )
            }
            return AttentionEntry(
                episode.state == "pending" ? .rechargePending : .rechargeUnanswered,
                "auto-recharge of \(wallet) is \(episode.state) since \(episode.since.secondsDescription)\(detail)")
        }
        if let doubt {
            attention.append(AttentionEntry(.clockDoubted, "schedules and auto-recharge wait: \(doubt)"))
        }
        if let first = failing.first {
            let others = failingCount > 1 ? ", and for \(failingCount - 1) more wallets" : ""
            attention.append(
                AttentionEntry(
                    .policyFailing,
                    "the recharge policy \"\(first.policy)\" fails for \(first.customerID), \(first.currencyID)\(others): \(first.message); nothing is bought until it is mended"
                ))
        }
        return attention
    }
}

extension RechargeReport {
    init(_ status: RechargeStatus) {
        self.init(
            enabled: status.enabled, open: status.open, capped: status.capped, idle: status.idle, clock: status.doubt,
            policiesFailing: status.failingCount,
            failing: status.failing.map {
                FailingPolicyEntry(
                    customerID: $0.customerID.text, currencyID: $0.currencyID, policy: $0.policy,
                    scriptVersion: $0.scriptVersion, at: $0.at, message: $0.message)
            },
            stuck: status.stuck.map {
                StuckRechargeEntry(
                    customerID: $0.customerID.text, currencyID: $0.currencyID, state: $0.state, since: $0.since,
                    detail: $0.detail)
            })
    }
}
