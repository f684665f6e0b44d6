import Foundation
public import TidemillCore
public import TidemillOperations
public import TidemillScripting

/// One loaded script version as ingest sees it. Deliveries and `reportEvent` take turns on its Lua state.
public final class LoadedRules: EventRules {
    public let ruleSet: RuleSet
    public let ruleNames: [String]
    private let lock = NSLock()

    public init(_ ruleSet: RuleSet) {
        self.ruleSet = ruleSet
        ruleNames = ruleSet.rules.map(\.name)
    }

    public var state: OpaquePointer? { ruleSet.state }
    public var version: ScriptVersionID { ruleSet.version }

    public func exclusively<T>(_ body: () throws -> T) rethrows -> T {
        lock.lock()
        defer { lock.unlock() }
        return try body()
    }
}
