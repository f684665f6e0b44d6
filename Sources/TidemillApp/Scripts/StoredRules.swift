import Foundation
import TidemillCore
import TidemillIngest
import TidemillOperations
import TidemillScripting
import TidemillStore

/// The filters and mappings of a version that is kept in the store, with the limits and `[vars]` of now.
final class StoredRules: EventRules {
    private let ruleSet: RuleSet
    private let lock = NSRecursiveLock()
    let ruleNames: [String]
    let rulePlaces: [String]

    /// `version`: its hash, or the beginning of it.
    init(_ version: String, _ app: AppAssembly, for operation: OperationID) throws {
        let asked = version.escapingControls
        let stored = try app.store.read { connection -> StoredScriptVersion in
            let found = try ScriptVersions.ids(beginning: version, on: connection)
            guard found.count == 1, let stored = try ScriptVersions.load(found[0], on: connection) else {
                throw OperationError(
                    .notFound,
                    found.isEmpty
                        ? "\(operation.rawValue): there is no script version \"\(asked)\"; listScriptVersions lists them"
                        : "\(operation.rawValue): more than one script version begins with \"\(asked)\"; give more of it"
                )
            }
            return stored
        }
        guard stored.state == .good else {
            throw OperationError(
                .brokenScripts,
                "\(operation.rawValue): script version \(stored.id.text.prefix(12)) is broken: \(stored.problems ?? "")"
            )
        }
        let folder = ScriptFolder(path: app.config.scripts.path)
        ruleSet = try ScriptLoader(app.config, folder, clock: app.clock, lookup: try app.lookup()) { _ in }
            .load(stored.sources)
        ruleNames = ruleSet.rules.map(\.name)
        rulePlaces = ruleSet.rules.map { "\($0.file):\($0.line)" }
    }

    var state: OpaquePointer? { ruleSet.state }
    var version: ScriptVersionID { ruleSet.version }

    func exclusively<T>(_ body: () throws -> T) rethrows -> T {
        lock.lock()
        defer { lock.unlock() }
        return try body()
    }
}
