import CLuaSupport
public import TidemillCore
public import TidemillOperations

/// The policies and grant rules of one script version, in a state of their own on a thread of its own: what they do
/// does not hold up events or jobs.
public final class PolicyHost: Sendable {
    private let rules: RuleSet
    private let thread: DedicatedThread

    public var version: ScriptVersionID { rules.version }
    public var policies: [RechargeDeclaration] { rules.policies }
    public var grantRules: [GrantDeclaration] { rules.grantRules }

    /// Loads the scripts; blocks the caller.
    public init(_ sources: [ScriptSource], _ loader: ScriptLoader) throws(ScriptLoadError) {
        let thread = DedicatedThread(name: "tidemill-policies")
        rules = try loader.load(sources, on: thread)
        self.thread = thread
    }

    /// The policy that decides for a currency.
    public func policy(for currencyID: String) -> RechargeDeclaration? {
        policies.first { $0.currencyID == currencyID }
    }

    /// As `RuleSet.decideRecharge`. Blocks the caller for at most the limits of a rule; `consumed` is called on the
    /// policies' thread meanwhile.
    public func decideRecharge(
        _ name: String, wallet: Payload, now: Timestamp, consumed: @escaping WalletConsumption
    ) throws(ScriptFailure) -> RechargeDecision? {
        try perform { rules throws(ScriptFailure) in
            try rules.decideRecharge(name, wallet: wallet, now: now, consumed: consumed)
        }
    }

    /// As `RuleSet.decideGrant`; blocks the caller likewise.
    public func decideGrant(_ name: String, trigger: Payload, now: Timestamp) throws(ScriptFailure) -> [GrantAnswer] {
        try perform { rules throws(ScriptFailure) in
            try rules.decideGrant(name, trigger: trigger, now: now)
        }
    }

    /// Whether a rule itself says one of these, for which its answer was refused: then another answer needs another
    /// script.
    public func says(_ name: String, _ faults: [InputFault]) -> Bool {
        guard !faults.isEmpty, let function = rules.functions[name] else { return false }
        let answer = try? thread.wait { [rules] in
            var says = false
            faults.withFaults { says = cls_function_says(rules.state, function, $0.baseAddress, UInt32($0.count)) }
            return says
        }
        // Whoever cannot be asked says nothing: the run is tried again as any other.
        return answer ?? false
    }

    private func perform<T: Sendable>(
        _ body: @escaping @Sendable (RuleSet) throws(ScriptFailure) -> T
    ) throws(ScriptFailure) -> T {
        do {
            return try thread.wait { [rules] in try body(rules) }
        } catch let failure as ScriptFailure {
            throw failure
        } catch {
            throw ScriptFailure(.error, "\(error)")
        }
    }
}
