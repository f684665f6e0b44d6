import TidemillCore
import TidemillOperations
import TidemillScripting
import TidemillStigg

/// What scripts ask for that Stigg does not have.
enum ServiceWarning {
    static func find(_ config: AppConfig, _ ruleSet: RuleSet) -> [String] {
        guard config.client.backend == .stigg else { return [] }
        let folder = ScriptFolder(path: config.scripts.path)
        let contents = folder.read()
        var warnings: [String] = []
        for source in contents.sources where !source.isTest {
            for (number, line) in source.text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
                for (name, why) in refused(in: line) {
                    warnings.append(
                        "\(folder.displayName)/\(source.name):\(number + 1): client.\(name): \(why)")
                }
            }
        }
        let emitted = EmittedTypes(in: contents.sources)
        func look(_ place: String, _ patterns: [NamePattern], _ source: TriggerSource?) {
            guard source == .engine, !emitted.hasOthers else { return }
            for pattern in patterns where !emitted.literals.contains(where: { pattern.matches($0) }) {
                warnings.append(
                    "\(place) is on \"\(pattern.text)\" from the engine, and with client.backend = \"stigg\" the engine sends nothing: have Stigg send webhooks to this worker, and take source = \"inbox\""
                )
            }
        }
        for job in ruleSet.jobs { look("\(job.file):\(job.line): job \"\(job.name)\"", job.on, job.source) }
        for rule in ruleSet.grantRules {
            look("\(rule.file):\(rule.line): grant \"\(rule.name)\"", rule.on, rule.source)
        }
        for policy in ruleSet.policies {
            warnings.append(
                "\(policy.file):\(policy.line): recharge \"\(policy.name)\" is asked about wallets of this program, and with client.backend = \"stigg\" they are Stigg's: nobody asks it; Stigg's own auto-recharge is set by saveAutoRecharge"
            )
        }
        if ruleSet.catalog != nil {
            warnings.append(
                "the scripts declare a catalog, and with client.backend = \"stigg\" it is not written: the catalog is Stigg's"
            )
        }
        return warnings
    }

    /// Operations that a line names and Stigg does not have.
    private static func refused(in line: Substring) -> [(name: String, why: String)] {
        let code = line.split(separator: "--", maxSplits: 1, omittingEmptySubsequences: false).first ?? line
        return code.split(separator: "client.", omittingEmptySubsequences: false).dropFirst().compactMap { rest in
            let name = String(rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber) })
            guard let id = OperationID(rawValue: name) else { return nil }
            if let why = Offer.refusal(id) { return (name, why) }
            return OperationTable.row(id).report == .events
                ? (name, "events are not forwarded to Stigg yet: report them to Stigg itself") : nil
        }
    }
}
