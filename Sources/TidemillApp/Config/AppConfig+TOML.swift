import Foundation
import TOMLKit
import TidemillCore
import TidemillIngest
import TidemillOperations
import TidemillScripting

extension AppConfig {
    /// Reads the file at `path`; throws all its problems.
    static func load(
        path: String, environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(ConfigProblems) -> AppConfig {
        let (config, problems) = look(at: path, environment: environment)
        guard problems.isEmpty else { throw ConfigProblems(problems) }
        return config
    }

    /// Reads `text` as the content of `file`, which gives relative paths their folder; throws all its problems.
    static func parse(
        _ text: String, file: String, environment: [String: String] = [:]
    ) throws(ConfigProblems) -> AppConfig {
        let (config, problems) = look(at: text, file: file, environment: environment)
        guard problems.isEmpty else { throw ConfigProblems(problems) }
        return config
    }

    /// As `load`, for `tidemill check`: bad settings keep their defaults, so that the check can go on with the scripts.
    static func look(
        at path: String, environment: [String: String] = ProcessInfo.processInfo.environment
    ) -> (AppConfig, [ConfigProblem]) {
        func refused(_ code: ConfigProblem.Code, _ message: String, hint: String) -> (AppConfig, [ConfigProblem]) {
            (AppConfig(), [ConfigProblem(code, file: path, line: 0, message, hint: hint)])
        }
        guard let data = FileManager.default.contents(atPath: path) else {
            guard FileManager.default.fileExists(atPath: path) else {
                return refused(
                    .unreadable, "there is no such configuration file",
                    hint: "make a project with `tidemill init`, where an empty file would do, "
                        + "or give one with --config PATH or TIDEMILL_CONFIG")
            }
            return refused(
                .unreadable, "the configuration file cannot be read",
                hint: "expected a file that this user may read")
        }
        guard let text = String(data: data, encoding: .utf8), !data.contains(0) else {
            return refused(.syntax, "the file is not UTF-8 text", hint: "save it as UTF-8")
        }
        return look(at: text, file: path, environment: environment)
    }

    private static func look(
        at text: String, file: String, environment: [String: String]
    ) -> (AppConfig, [ConfigProblem]) {
        var config = AppConfig()
        config.file = file
        let table: TOMLTable
        do {
            // Where the parser would end the process, it gets to see what stands before, and nothing of it or after it.
            let stop = TOMLFault.first(in: text)
            table = try TOMLTable(string: stop?.before ?? text)
            if let stop { return (config, [stop.fault.problem(in: file)]) }
        } catch {
            return (config, [syntaxProblem(error, file: file)])
        }
        let reader = ConfigReader(file: file, lines: TOMLKeyLines(text), environment: environment)
        if case .table(let members) = TOMLNode(table) {
            var root = ConfigTable(members, at: "", reader)
            config.read(&root)
            root.finish()
        }
        config.checkTogether(reader)
        config.resolvePaths(reader)
        // Who serves needs the secrets of `[http]`; whoever looks at the store does not.
        let unset = Dictionary(grouping: reader.unset) { $0.message.prefix { $0 != "." } }
        config.http?.unset = unset["http"] ?? []
        config.client.unset += unset["client"] ?? []
        let others = unset.filter { !["http", "client"].contains($0.key) }.flatMap(\.value)
        return (
            config, (reader.problems + others).sorted { ($0.line, $0.message) < ($1.line, $1.message) }
        )
    }

    private static func syntaxProblem(_ error: any Error, file: String) -> ConfigProblem {
        guard let error = error as? TOMLParseError else {
            return ConfigProblem(.syntax, file: file, line: 0, "the file is no TOML: \(error)")
        }
        return ConfigProblem(
            .syntax, file: file, line: error.source.begin.line, "not TOML: \(error.description)",
            hint: "see https://toml.io for the syntax")
    }

    mutating func read(_ root: inout ConfigTable) {
        let day = Duration.seconds(86_400)
        root.string(
            "environment", &environment,
            "Stamped into the store; another name on the same store refuses to start.")
        root.table("worker") {
            $0.integer(
                "concurrency", in: 1...256, &worker.concurrency,
                "Jobs that compute at the same time, each in a Lua state of its own.")
            $0.duration(
                "shutdown_grace", in: .zero...day, &worker.shutdownGrace,
                "How long a shutdown waits for what is at work.")
        }
        root.table("scripts") {
            $0.string(
                "path", &scripts.path,
                "The folder of scripts.")
            $0.boolean(
                "reload", &scripts.reload,
                "Whether changed scripts take over while the worker runs.")
        }
        root.table("spool") {
            $0.string(
                "path", &spool.path,
                "Producers write into its inbox; beside it is what became of it.")
            $0.duration(
                "settle", in: .zero...day, &spool.settle,
                "Quiet time before a file that is written in place is taken.")
            $0.duration(
                "rescan", in: .milliseconds(100)...day, &spool.rescan,
                "How often the inboxes are listed, beside what the system tells.")
            $0.size(
                "max_file", in: 1...(1 << 40), &spool.maxFile,
                "The largest file, and the most that a compressed one holds.")
            $0.duration(
                "keep_done", in: .zero...(day * 10_000), &spool.keepDone,
                "How long done files are kept.")
            if let inboxes = $0.tables("inbox", { Self.inbox(&$0) }) { spool.inboxes = inboxes }
        }
        root.table("store") {
            $0.string(
                "url", &store.url,
                "`sqlite:` and the path of the store.")
        }
        root.table("client") {
            $0.choice(
                "backend", &client.backend,
                "Who performs operations: this program's engine, or Stigg's service.")
            $0.optionalString(
                "base_url", &client.baseURL,
                "Of stigg: where its API is; STIGG_BASE_URL, or https://api.stigg.io.")
            $0.secret(
                "key", &client.key,
                "Of stigg: the server key; STIGG_API_KEY when left out.")
            if client.backend == .stigg { client.complete($0) }
        }
        root.table("events") {
            $0.duration(
                "dedupe_window", in: .seconds(1)...(day * 10_000), &events.dedupeWindow,
                "How long a repeated key is known again; not shorter than spool.keep_done.")
            $0.duration(
                "keep", in: .seconds(1)...(day * 10_000), &events.keep,
                "How long events are kept.")
            $0.duration(
                "max_future", in: .zero...(day * 400), &events.maxFuture,
                "How far ahead of their arrival events may be dated.")
        }
        root.table("payments") {
            $0.choice(
                "gateway", &payments.gateway,
                "none: nobody is charged; http: a service of yours that charges.")
            $0.optionalString(
                "url", &payments.url,
                "Where that service is asked.")
            $0.secret(
                "secret", &payments.secret,
                "Sent to it as a bearer token.")
            $0.duration(
                "timeout", in: .milliseconds(1)...(day), &payments.timeout,
                "Of one request.")
            $0.duration(
                "key_lifetime", in: .seconds(1)...(day * 400), &payments.keyLifetime,
                "How long the service remembers a key; older charges are looked up first.")
        }
        root.table("recharge") {
            $0.integer(
                "max_per_wallet_per_day", in: 0...1_000_000, &recharge.maxPerWalletPerDay,
                "Recharges of one wallet in a day, beside each customer's own settings.")
            $0.integer(
                "max_per_hour", in: 0...1_000_000_000, &recharge.maxPerHour,
                "Recharges in an hour; beyond it all pause until `tidemill resume recharge`.")
        }
        root.table("decisions") {
            $0.choice(
                "policies", &decisions.policies,
                "Which answers of recharge policies are kept; acted: none of those that buy nothing.")
            $0.duration(
                "keep_policies", in: day...(day * 10_000), &decisions.keepPolicies,
                "How long they are kept.")
            $0.duration(
                "keep_runs", in: day...(day * 3000), &decisions.keepRuns,
                "Runs with their journals, from their end; failed ones three times as long.")
        }
        root.table("alerts") {
            $0.percentages(
                "usage", &alerts.usage,
                "Shares of a limit, in percent, that are announced when usage reaches them.")
            $0.percentages(
                "credits_remaining", &alerts.creditsRemaining,
                "What is left of granted credits, in percent, that is announced when it falls to them.")
        }
        root.table("billing") {
            $0.percentage(
                "tax_percentage", &billing.taxPercentage,
                "Of estimates and invoices whose subscription has no tax of its own.")
            $0.boolean(
                "tax_inclusive", &billing.taxInclusive,
                "Whether prices contain it.")
            $0.string(
                "tax_name", &billing.taxName,
                "What it is called.")
            $0.duration(
                "grace", in: .zero...(day * 3), &billing.grace,
                "So long usage still joins the invoice of a period that has ended.")
            $0.duration(
                "invoice_due", in: .zero...(day * 3650), &billing.invoiceDue,
                "When invoices are due; what is not paid by then shows in `tidemill status`.")
        }
        root.table("limits") {
            $0.size(
                "memory", in: (1 << 20)...(1 << 36), &limits.memory,
                "Of each script state.")
            $0.duration(
                "rule_time", in: .milliseconds(1)...(.seconds(60)), &limits.ruleTime,
                "Processor time of one filter, mapping or decision.")
            $0.duration(
                "job_time", in: .milliseconds(1)...day, &limits.jobTime,
                "Processor time of one run.")
        }
        readHTTP(&root)
        root.payloads(
            "vars", &vars,
            "Scripts read them as vars.NAME.")
        root.table("log") {
            $0.choice(
                "level", &log.level,
                "The least that is logged.")
            $0.choice(
                "format", &log.format,
                "auto: pretty at a terminal, json otherwise.")
        }
    }

    private static func inbox(_ table: inout ConfigTable) -> Inbox {
        var inbox = Inbox()
        table.string(
            "path", &inbox.path,
            "The folder, below spool.path or anywhere.")
        table.choices(
            "accept", &inbox.accept,
            "The kinds of records that it takes; operation only where files may do anything.")
        table.names(
            "ignore", &inbox.ignore,
            "Unknown fields to pass over although they look like known ones.")
        return inbox
    }

    /// Settings that are fine alone and wrong together.
    private func checkTogether(_ reader: ConfigReader) {
        if events.dedupeWindow < spool.keepDone {
            reader.report(
                .conflict, at: "events.dedupe_window",
                "events.dedupe_window (\(DurationText.text(events.dedupeWindow))) is shorter than spool.keep_done (\(DurationText.text(spool.keepDone)))",
                hint: "a file moved back from done/ would count twice; raise the one or lower the other")
        }
        if events.keep < events.dedupeWindow {
            reader.report(
                .conflict, at: "events.keep",
                "events.keep (\(DurationText.text(events.keep))) is shorter than events.dedupe_window (\(DurationText.text(events.dedupeWindow)))",
                hint: "raw events are kept at least as long as their identities")
        }
        if !store.url.hasPrefix("sqlite:") || store.path.isEmpty {
            reader.report(
                .value, at: "store.url", "store.url must be \"sqlite:\" and a path, got \"\(store.url.prefix(60))\"",
                hint: "write it as \"sqlite:var/tidemill.db\"")
        }
        if payments.gateway == .http && payments.url == nil {
            reader.report(
                .conflict, at: "payments.gateway", "payments.gateway is \"http\", but payments.url is missing",
                hint: "add url = \"https://…\" to [payments]")
        }
        if payments.gateway == .http, let text = payments.url {
            let url = URL(string: text)
            if url?.host()?.isEmpty != false || !["http", "https"].contains(url?.scheme?.lowercased()) {
                reader.report(
                    .value, at: "payments.url", "payments.url must be an http or https URL with a host",
                    hint: "write it as \"https://payments.example.com/charges\"")
            }
        }
        if client.backend == .stigg { checkClient(reader) }
        if spool.inboxes.isEmpty {
            reader.report(
                .value, at: "spool.inbox", "spool.inbox is empty",
                hint: "add [[spool.inbox]] with a path, or leave it out")
        }
        for (index, webhook) in (http?.webhooks ?? []).enumerated()
        where !spool.inboxes.contains(where: { $0.path == webhook.inbox && $0.accept.contains(.webhook) }) {
            reader.report(
                .conflict, at: "http.webhook[\(index)].inbox",
                "http.webhook \"\(webhook.name)\" writes into \"\(webhook.inbox)\", which is no inbox that accepts webhooks",
                hint: "name the path of a [[spool.inbox]] whose accept has \"webhook\"")
        }
        var seen: [String: Int] = [:]
        for (index, inbox) in spool.inboxes.enumerated() {
            let path = reader.resolve(inbox.path)
            if seen[path] != nil {
                reader.report(
                    .conflict, at: "spool.inbox[\(index)].path", "two inboxes have the path \"\(inbox.path)\"",
                    hint: "give each its own folder")
            }
            seen[path] = index
        }
        for name in ["work", "done", "failed", "tmp", "out"] where spool.inboxes.contains(where: { $0.path == name }) {
            reader.report(
                .conflict, at: "spool.inbox", "an inbox cannot be \"\(name)\": the worker keeps that folder itself",
                hint: "choose another path, such as \"inbox\"")
        }
    }

    private mutating func resolvePaths(_ reader: ConfigReader) {
        scripts.path = reader.resolve(scripts.path)
        spool.path = reader.resolve(spool.path)
        store.url = "sqlite:" + reader.resolve(store.path)
        http?.resolvePaths(reader)
    }
}
