import CLuaSupport
public import TidemillCore
public import TidemillOperations

/// Decisions of policies and grant rules: one synchronous call each, on the thread that owns the state.
extension RuleSet {
    /// Asks the policy of this name about a wallet. Nil: buy nothing. Whatever else it does, an error, a time-out or a
    /// nonsensical answer, is a failure and never a charge.
    /// - Parameters:
    ///   - wallet: by the names of scripts.md, without `consumed`.
    ///   - now: what `time.now()` says.
    public func decideRecharge(
        _ name: String, wallet: Payload, now: Timestamp, consumed: @escaping WalletConsumption
    ) throws(ScriptFailure) -> RechargeDecision? {
        callbacks.consumed = consumed
        defer { callbacks.consumed = nil }
        let place = policies.first { $0.name == name }.map { ($0.file, $0.line) }
        let answer = try decide(name, place, wallet, isWallet: true, now: now)
        do {
            return try RechargeDecision(answer)
        } catch {
            throw ScriptFailure(
                .answer, "recharge \"\(name)\": \(error.message)", file: place?.0 ?? "", line: place?.1 ?? 0)
        }
    }

    /// Asks the grant rule of this name what to grant for a trigger; empty: nothing.
    public func decideGrant(_ name: String, trigger: Payload, now: Timestamp) throws(ScriptFailure) -> [GrantAnswer] {
        let place = grantRules.first { $0.name == name }.map { ($0.file, $0.line) }
        let answer = try decide(name, place, trigger, isWallet: false, now: now)
        do {
            return try GrantAnswer.read(answer)
        } catch {
            throw ScriptFailure(
                .answer, "grant \"\(name)\": \(error.message)", file: place?.0 ?? "", line: place?.1 ?? 0)
        }
    }

    private func decide(
        _ name: String, _ place: (file: String, line: Int)?, _ question: Payload, isWallet: Bool, now: Timestamp
    ) throws(ScriptFailure) -> Payload {
        guard let place, let function = functions[name] else {
            throw ScriptFailure(.error, "there is no policy or grant rule \"\(name)\" in script version \(version)")
        }
        var decision = cls_decision()
        timed(isWallet ? "policy" : "grant") {
            question.json.withText { cls_decide(state, function, $0, isWallet, now.microseconds, &decision) }
        }
        guard !decision.done else { return Payload(decision.nodes, count: decision.node_count) }
        var failure = ScriptFailure(decision.failure)
        if failure.line == 0 {
            failure.file = place.file
            failure.line = place.line
        }
        throw failure
    }
}
