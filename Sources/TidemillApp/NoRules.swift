import TidemillCore
import TidemillOperations
final class NoRules: EventRules {
    var state: OpaquePointer? { nil }
    let version = ScriptVersionID("none")
    let ruleNames: [String] = []
    func exclusively<T>(_ body: () throws -> T) rethrows -> T { try body() }
}
