import ArgumentParser
import TidemillCore
import TidemillOperations
import TidemillScripting
import TidemillStore

/// What a shell can ask for while a command is typed: names that only the table, the scripts or the store know.
enum CompletedName: String, CaseIterable, ExpressibleByArgument {
    case operations, jobs, pauses, customers, deliveries, runs, groups, codes
}

/// Looks up names that begin as what was typed.
struct NameCompletion {
    /// More are no help in choosing.
    static let namesMax = 50

    /// The configuration that tells where store and scripts are.
    let configPath: String

    /// None where nothing can be looked up: whoever presses the tabulator wants no error in the middle of a line.
    func names(_ kind: CompletedName, beginning prefix: String) -> [String] {
        let found = (try? all(kind, beginning: prefix)) ?? []
        return Array(found.lazy.filter { $0.utf8.starts(with: prefix.utf8) && Self.isPlain($0) }.prefix(Self.namesMax))
    }

    private func all(_ kind: CompletedName, beginning prefix: String) throws -> [String] {
        switch kind {
        case .operations: return OperationTable.rows.map(\.id.rawValue)
        case .jobs: return try jobs()
        case .pauses: return PauseTarget.parts.map(\.rawValue) + ((try? jobs()) ?? [])
        case .codes: return AttentionCode.allCases.map(\.rawValue)
        // Each bucket is a place of its own in the key: 256 short looks, however many customers there are.
        case .customers:
            return try stored(
                """
                WITH RECURSIVE buckets(number) AS (
                    VALUES(0) UNION ALL SELECT number + 1 FROM buckets WHERE number < \(Bucket.count - 1))
                SELECT customers.id FROM buckets CROSS JOIN customers
                WHERE customers.bucket = buckets.number AND customers.id >= $1 AND customers.id < $2
                """, prefix)
        case .deliveries: return try newest("deliveries", by: "received_at", prefix)
        case .runs: return try newest("runs", by: "sequence", prefix)
        case .groups:
            return try stored(
                "SELECT DISTINCT code FROM rejected_records WHERE state = 'open' AND code >= $1 AND code < $2", prefix)
        }
    }

    private func jobs() throws -> [String] {
        let config = try AppConfig.load(path: configPath)
        let folder = ScriptFolder(path: config.scripts.path)
        let rules = try ScriptLoader(config, folder, clock: SystemWallclock(), log: { _ in }).load(folder.read())
        return rules.jobs.map(\.name) + rules.grantRules.map(\.name)
    }

    /// Where nothing is typed the newest; else whatever begins so, which is little: ids are random.
    private func newest(_ table: String, by column: String, _ prefix: String) throws -> [String] {
        let order = prefix.isEmpty ? " ORDER BY \(column) DESC" : ""
        return try stored("SELECT id FROM \(table) WHERE id >= $1 AND id < $2\(order)", prefix)
    }

    private func stored(_ sql: String, _ prefix: String) throws -> [String] {
        let path = try AppConfig.load(path: configPath).store.path
        // Beyond every text that begins so.
        let bounds: [SQLValue] = [.text(prefix), .text(prefix + "\u{10FFFF}")]
        return try SQLiteStore.glance(at: path) { connection in
            try connection.rows("\(sql) LIMIT \(Self.namesMax)", bounds) { $0.text(0) }
        }
    }

    /// Shells take words apart and expand them: a customer may be called `$(reboot)`, and is not offered.
    static func isPlain(_ name: String) -> Bool {
        !name.isEmpty && name.count <= 200
            && name.unicodeScalars.allSatisfy { scalar in
                scalar.isASCII
                    ? scalar.properties.isAlphabetic || scalar.properties.numericType != nil
                        || "-_.,:@/+=%".unicodeScalars.contains(scalar)
                    : scalar.properties.isAlphabetic
            }
    }
}

extension CompletionKind {
    /// Names that are looked up when they are asked for, by the configuration that the line names.
    static func names(_ kind: CompletedName) -> CompletionKind {
        .custom { words, _, prefix in
            let names = NameCompletion(configPath: GlobalOptions.configPath(typed: words)).names(
                kind, beginning: prefix)
            // What stands behind a colon is a description to this one.
            return CompletionShell.requesting == .zsh ? names.map { $0.replacing(":", with: "\\:") } : names
        }
    }
}
