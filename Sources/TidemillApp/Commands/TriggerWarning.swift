import Foundation
import TidemillCore
import TidemillOperations
import TidemillScripting
import TidemillStore

/// Jobs and grant rules that probably nothing starts: a type that is misspelt, or that the engine never sends.
///
/// Producers name their webhooks as they like, so that a type is not wrong for being unknown. It is told of where it is
/// close to one that is known, or where only the engine may send it, and neither the engine nor a script does.
enum TriggerWarning {
    /// Letters in which a misspelt type differs.
    private static let distanceMax = 2

    static func find(_ config: AppConfig, _ ruleSet: RuleSet) throws -> [String] {
        let emitted = EmittedTypes(in: ScriptFolder(path: config.scripts.path).read().sources)
        let seen = try Self.seen(config)
        var warnings: [String] = []
        func look(_ place: String, _ patterns: [NamePattern], _ source: TriggerSource?) {
            for pattern in patterns {
                if let why = doubt(pattern, source, emitted, seen) { warnings.append("\(place) \(why)") }
            }
        }
        for job in ruleSet.jobs {
            let place = "\(job.file):\(job.line): job \"\(job.name)\""
            look(place, job.on, job.source)
            if let files = job.files, !mayEndAsData(files.text) {
                warnings.append(
                    "\(place) is on files \"\(files.text)\": a job takes .json files, one JSON document each, so nothing starts it"
                )
            }
        }
        for rule in ruleSet.grantRules {
            look("\(rule.file):\(rule.line): grant \"\(rule.name)\"", rule.on, rule.source)
        }
        return warnings
    }

    private static func doubt(
        _ pattern: NamePattern, _ source: TriggerSource?, _ emitted: EmittedTypes, _ seen: [String]
    ) -> String? {
        // Whoever takes everything means everything.
        let isNamed = pattern.text != "*" && EventTypes.sharedWithWebhooks.contains { pattern.matches($0) }
        if source == nil, isNamed {
            return
                "is on \"\(pattern.text)\", which the engine sends, and billers' webhooks are called so too: say source = \"engine\", or \"inbox\" for theirs"
        }
        let known = EventTypes.known + emitted.literals
        if (known + (source == .engine ? [] : seen)).contains(where: { pattern.matches($0) }) { return nil }
        let near =
            pattern.text.contains("*")
            ? nil : Suggestion.nearest(to: pattern.text, in: known, distanceMax: Self.distanceMax)
        if let near { return "is on \"\(pattern.text)\", which nothing known sends; did you mean \"\(near)\"?" }
        guard source == .engine, !emitted.hasOthers else { return nil }
        return "is on \"\(pattern.text)\" from the engine, which sends no such event, and no script emits one"
    }

    /// Types of webhooks that have come lately.
    private static func seen(_ config: AppConfig) throws -> [String] {
        guard FileManager.default.fileExists(atPath: config.store.path) else { return [] }
        do {
            let store = try SQLiteStore(path: config.store.path, environment: config.environment)
            return try store.read { try $0.rows("SELECT DISTINCT type FROM webhooks ORDER BY type") { $0.text(0) } }
        } catch is StoreError {
            // `check` says elsewhere what is wrong with the store.
            return []
        }
    }

    /// Whether a name that matches may end as files of an inbox do.
    private static func mayEndAsData(_ pattern: String) -> Bool {
        let endings = [".json", ".json.gz", ".json.zst"]
        guard let star = pattern.lastIndex(of: "*") else { return endings.contains { pattern.hasSuffix($0) } }
        let tail = pattern[pattern.index(after: star)...]
        return endings.contains { tail.hasSuffix($0) || $0.hasSuffix(tail) }
    }
}

/// The types that scripts emit, as far as their text says.
struct EmittedTypes {
    private(set) var literals: [String] = []
    /// Whether some are made while a script runs.
    private(set) var hasOthers = false

    init(in sources: [ScriptSource]) {
        for source in sources where !source.isTest {
            for call in source.text.split(separator: "emit", omittingEmptySubsequences: false).dropFirst() {
                read(call)
            }
        }
    }

    private mutating func read(_ call: Substring) {
        let rest = call.drop { $0.isWhitespace }
        guard let first = rest.first, "(\"'".contains(first) else { return }
        let argument = first == "(" ? rest.dropFirst().drop { $0.isWhitespace } : rest
        guard let quote = argument.first, quote == "\"" || quote == "'" else {
            hasOthers = true
            return
        }
        let text = argument.dropFirst()
        guard let end = text.firstIndex(of: quote) else { return }
        literals.append(String(text[..<end]))
        // `"round." .. n` begins with a literal and is none.
        if text[text.index(after: end)...].drop(while: \.isWhitespace).hasPrefix("..") { hasOthers = true }
    }
}
