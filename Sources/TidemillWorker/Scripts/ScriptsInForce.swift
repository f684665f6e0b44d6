import Synchronization
public import TidemillCore
public import TidemillScripting

/// The script version that rules events now. Who takes it keeps it: a change meets the next group of deliveries, not the
/// one in hand.
public final class ScriptsInForce: Sendable {
    private let current: Mutex<LoadedRules>

    init(_ rules: LoadedRules) {
        current = Mutex(rules)
    }

    public var rules: LoadedRules { current.withLock { $0 } }
    public var version: ScriptVersionID { rules.version }
    public var ruleSet: RuleSet { rules.ruleSet }

    func replace(with rules: LoadedRules) { current.withLock { $0 = rules } }
}
