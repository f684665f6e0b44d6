import TidemillCore
import TidemillOperations
import TidemillScripting
import TidemillStore

extension ListScriptVersions: OperatorOperation {
    static func perform(
        _ input: Input, by host: OperatorBackend, in context: CallContext
    ) throws -> Listing<ScriptVersionEntry> {
        let found = try host.app.store.read { connection in
            let current = try ScriptVersions.currentID(on: connection)
            return try ScriptVersions.list(
                before: input.after.map { ($0.createdAt, ScriptVersionID($0.id)) }, limit: Int(input.limit) + 1,
                on: connection
            ).map { ScriptVersionEntry($0, current: current) }
        }
        return Listing(found, limit: input.limit) { Cursor(createdAt: $0.createdAt, id: $0.version) }
    }
}

extension GetScriptVersion: OperatorOperation {
    static func perform(_ input: Input, by host: OperatorBackend, in context: CallContext) throws -> ScriptVersionEntry
    {
        try host.app.store.read { connection in
            let found = try ScriptVersions.ids(beginning: input.version, on: connection)
            guard found.count == 1, let version = try ScriptVersions.load(found[0], on: connection) else {
                let asked = input.version.escapingControls
                throw OperationError(
                    .notFound,
                    found.isEmpty
                        ? "getScriptVersion: there is no script version \"\(asked)\"; listScriptVersions lists them"
                        : "getScriptVersion: more than one version begins with \"\(asked)\"; give more of it")
            }
            var entry = ScriptVersionEntry(version, current: try ScriptVersions.currentID(on: connection))
            entry.files = version.sources.map { ScriptFileEntry(name: $0.name, text: $0.text) }
            return entry
        }
    }
}

extension ScriptVersionEntry {
    fileprivate init(_ version: StoredScriptVersion, current: ScriptVersionID?) {
        self.init(
            version: version.id.text, state: version.state.rawValue, createdAt: version.createdAt,
            isInForce: version.id == current,
            problems: version.problems.map { $0.split(separator: "\n").map(String.init) })
    }
}
