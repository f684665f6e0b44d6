import TidemillCore
import TidemillEngine
import TidemillOperations
import TidemillScripting

/// The recharge policies of one script version; where it has none for a currency, the customer's own numbers decide.
struct ScriptPolicies: RechargePolicies {
    let host: PolicyHost?
    let version: String?

    func policy(for currencyID: String) -> any RechargePolicy {
        guard let host, let declared = host.policy(for: currencyID) else { return ThresholdPolicy() }
        return ScriptPolicy(host: host, declared: declared)
    }
}

/// A policy in Lua: blocks the caller while it thinks, for as long as a rule may.
struct ScriptPolicy: RechargePolicy {
    let host: PolicyHost
    let declared: RechargeDeclaration

    var source: PolicySource? {
        PolicySource(
            name: declared.name, scriptVersion: host.version.text, place: "\(declared.file):\(declared.line)")
    }

    func decide(
        _ wallet: RechargeView, _ history: WalletHistory
    ) throws(RechargePolicyFailure) -> RechargeProposal? {
        do throws(ScriptFailure) {
            let decision = try host.decideRecharge(declared.name, wallet: wallet.payload, now: wallet.now) {
                window throws(EffectError) in
                do {
                    return Payload(try history.consumed(within: window))
                } catch {
                    throw .raised(code: OperationError.Code.storeUnavailable.rawValue, message: "\(error)")
                }
            }
            return decision.map { RechargeProposal($0, of: declared.name) }
        } catch {
            throw RechargePolicyFailure(.failed, error.description, kind: error.kind.rawValue)
        }
    }
}

extension RechargeProposal {
    init(_ decision: RechargeDecision, of policy: String) {
        let goal: Goal =
            switch decision.purchase {
            case .targetBalance(let target): .targetBalance(target)
            case .amount(let amount): .amount(amount)
            }
        let expiration: RechargeExpiry? =
            switch decision.expiration {
            case .at(let instant): .at(instant)
            case .after(let duration): .after(seconds: duration.components.seconds)
            case .months(let months): .months(Int64(months))
            case nil: nil
            }
        self.init(goal, reason: decision.reason ?? "policy \"\(policy)\"", expiration: expiration)
    }
}
