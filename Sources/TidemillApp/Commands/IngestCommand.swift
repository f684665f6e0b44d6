import ArgumentParser
import Foundation
import Logging
import TidemillCore
import TidemillEngine
import TidemillIngest
import TidemillOperations
import TidemillScripting
import TidemillStore
import TidemillTriggers
import TidemillWorker

/// `tidemill ingest FILE...`: event files through the rules, without the spool. An interrupted file goes on where it was
/// when the command is repeated.
struct IngestCommand: TidemillCommand {
    static let configuration = CommandConfiguration(
        commandName: "ingest", abstract: "Pushes event files through the rules, and waits for the result.",
        discussion: """
            .json files hold one document, .ndjson and .jsonl one record a line, .csv a header and one record a row; any of \
            them may be compressed (.gz, .zst). - reads standard input, keeps it in a file beside the store first, and then \
            takes that. Records that are known already are counted as \
            duplicates; a command that was interrupted goes on where it was when it is repeated. When a rule fails on too many records, \
            the file is held and all ingest is paused, the worker's too: mend the rule or `tidemill resume ingest`, then \
            repeat the command.
            """)

    @Argument(
        help: ArgumentHelp("Files of events, usage reports and webhooks; - reads standard input.", valueName: "file|-"),
        completion: .file())
    var files: [String]

    @Option(
        help: ArgumentHelp("What standard input holds, compressed or not: ndjson, csv or json.", valueName: "format"))
    var format: InputFormat?

    @Flag(help: "Take a file again whose content was taken longer ago than events are deduplicated.")
    var again = false

    @OptionGroup var options: GlobalOptions

    /// How many files are handed over together: small ones share a transaction.
    private static let groupMax = 500

    func perform(_ output: Output) async throws {
        try checkNames()
        let app = try AppAssembly(options)
        guard app.config.client.backend == .embedded else {
            throw CommandFailure(
                .wrongUse, code: "not_on_stigg",
                "with client.backend = \"stigg\" files of records are not forwarded to Stigg yet: report events and usage there, "
                    + "and let webhooks drop into an inbox of `tidemill run`")
        }
        let named = try files.filter { $0 != "-" }.map { try IncomingFile($0) }
        let scripts = try ScriptsInForce(app, logger: app.logger(output))
        if let pause = try pause(app, scripts) {
            throw CommandFailure(.failed, code: "paused", Self.text(pause))
        }
        // Read when all else is known to be good: it cannot be read twice.
        let input = try files.contains("-") ? InputCopy(format, app.config) : nil
        let incoming = try named + (input.map { [try IncomingFile($0)] } ?? [])
        let owner = CommandOwner.current
        let bar = ProgressBar(
            total: incoming.map(\.size).reduce(0, +), terminal: output.terminal, isJSON: output.isJSON)
        let work = try app.ingest(rules: { scripts.rules }, progress: bar.advance)
        var results: [Payload] = []
        var needsAttention = false
        for start in stride(from: 0, to: incoming.count, by: Self.groupMax) {
            let group = Array(incoming[start..<min(start + Self.groupMax, incoming.count)])
            if let pause = try pause(app, scripts) {
                bar.clear()
                let left = incoming.count - start
                Output.write(
                    "\(left) file\(left == 1 ? " is" : "s are") not taken: \(Self.text(pause))\n", to: .standardError)
                if let input { InputCopy.remove(input.path, app.config) }
                needsAttention = true
                break
            }
            let now = app.clock.now
            let deliveries = try app.store.write { connection in
                try group.map { try $0.register(owner: owner, isAgain: again, now: now, on: connection) }
            }
            let paths = Dictionary(deliveries.map { ($0.id, $0.path) }) { $1 }
            if let input, group.contains(where: { $0.input != nil }), !paths.values.contains(input.path) {
                // An earlier command kept the same bytes, and it is that file that is gone on with.
                InputCopy.remove(input.path, app.config)
            }
            for delivery in deliveries { bar.begin(delivery.id, name: delivery.name) }
            let outcomes = try await work.processor.process(deliveries)
            try app.store.write { connection in
                for outcome in outcomes {
                    try Self.finish(
                        outcome, owner: owner, under: scripts.version, now: app.clock.now, on: connection)
                }
            }
            let ended = try app.store.read { connection in
                try outcomes.map { ($0, try DeliveryLedger.find($0.id, on: connection)) }
            }
            for (outcome, delivery) in ended {
                let result = IngestResult(outcome, delivery)
                results.append(result.payload)
                needsAttention = needsAttention || result.needsAttention
                bar.clear()
                if !output.isJSON { output.show(.null) { result.line(output.terminal) } }
                guard let path = paths[outcome.id] else { continue }
                if outcome.state == .done || input?.size == 0 {
                    InputCopy.remove(path, app.config)
                } else if let input, path.hasPrefix(input.beginning) {
                    output.note(input.remark(outcome.state, path))
                }
            }
        }
        do {
            try work.engine.settleRuns(now: app.clock.now)
        } catch let error as StoreError {
            // The files are taken; what is left to merge is merged with the next ones, or by a worker.
            app.logger(output).warning("merging known identities: \(error)")
        }
        bar.clear()
        if output.isJSON { output.show(.array(results)) { "" } }
        if needsAttention { throw CommandFailure.reported }
    }

    /// Before anything is read: what a name does not say cannot be taken.
    private func checkNames() throws {
        guard files.count(where: { $0 == "-" }) <= 1 else {
            throw CommandFailure(.wrongUse, code: "usage", "standard input (-) can be read once; name it once")
        }
        guard format == nil || files.contains("-") else {
            throw CommandFailure(
                .wrongUse, code: "usage",
                "--format says what standard input (-) holds; the name of a file says it itself")
        }
        for file in files where file != "-" && DeliveryFormat(name: IncomingFile.name(of: file).lowercased()) == nil {
            let shown = file.escapingControls
            throw CommandFailure(
                .wrongUse, code: "usage",
                "\(shown): the name must end in \(DeliveryFormat.endingsText); rename it, or say what it holds: `tidemill ingest - --format ndjson < \(shown)`"
            )
        }
    }

    /// The pause in force. One that the brake made under other scripts ends here: these are to be tried.
    private func pause(_ app: AppAssembly, _ scripts: ScriptsInForce) throws -> Pause? {
        guard let pause = try app.store.read({ try Pauses.find(Pauses.ingest, on: $0) }) else { return nil }
        guard let failed = pause.scriptVersion, failed != scripts.version else { return pause }
        return try app.store.write { connection in
            try IngestBrake.scriptsChanged(to: scripts.version, at: app.clock.now, on: connection)
            return try Pauses.find(Pauses.ingest, on: connection)
        }
    }

    private static func text(_ pause: Pause) -> String {
        "ingest is paused by \(pause.pausedBy.escapingControls): \(pause.reason.escapingControls); `tidemill resume ingest` lets it go on"
    }

    /// Leaves in the store what became of a file.
    static func finish(
        _ outcome: DeliveryOutcome, owner: String, under version: ScriptVersionID, now: Timestamp,
        on connection: any SQLConnection
    ) throws {
        switch outcome.state {
        case .done:
            _ = try DeliveryLedger.finish(outcome.id, owner: owner, as: .done, at: now, on: connection)
        case .failed(let code, let message):
            _ = try DeliveryLedger.finish(
                outcome.id, owner: owner, as: .failed, code: code, message: message, at: now, on: connection)
        case .held(let rule, let message):
            try DeliveryLedger.hold(outcome.id, owner: owner, rule: rule, message: message, on: connection)
            // Scripts that have taken over meanwhile did not fail.
            guard try ScriptVersions.current(on: connection)?.id == version else { return }
            try IngestBrake.pull(because: message, under: version, at: now, on: connection)
        // Nothing has failed: the row stays open, and the command goes on with it when it is repeated.
        case .unreachable, .incomplete, .retryLater, .lost: break
        }
    }
}

/// A file named on the command line.
struct IncomingFile {
    let path: String
    let name: String
    let size: Int64
    let modifiedAt: Timestamp
    /// What it was made of; nil for a file that a person named.
    var input: InputCopy?

    static func name(of path: String) -> String { URL(filePath: path).lastPathComponent }

    /// The copy of standard input.
    init(_ input: InputCopy) throws {
        try self.init(input.path, name: input.name)
        self.input = input
    }

    init(_ path: String, name: String? = nil) throws {
        var status = stat()
        guard stat(path, &status) == 0 else {
            let number = errno
            let reason = "\(path.escapingControls): \(String(cString: strerror(number)))"
            guard case .file = FileFault(number) else {
                throw CommandFailure(.failed, code: "unreachable", "\(reason); repeat the command")
            }
            throw CommandFailure(.wrongUse, code: "usage", reason)
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw CommandFailure(
                .wrongUse, code: "usage",
                "\(path.escapingControls): expected a regular file; `tidemill ingest -` reads standard input")
        }
        // Links that a person names are followed here; ingest itself opens no link.
        self.path = URL(filePath: path).resolvingSymlinksInPath().path(percentEncoded: false)
        self.name = name ?? Self.name(of: path)
        size = Int64(status.st_size)
        modifiedAt = Timestamp(
            microseconds: Int64(status.st_mtim.tv_sec) * 1_000_000 + Int64(status.st_mtim.tv_nsec) / 1000)
    }

    /// Enters the file in the store, or goes on with what a dead command left of it.
    func register(
        owner: String, isAgain: Bool, now: Timestamp, on connection: any SQLConnection
    ) throws -> ClaimedDelivery {
        let left =
            try input?.left(on: connection)
            ?? DeliveryLedger.unfinished(source: path, size: size, modifiedAt: modifiedAt, on: connection)
        for row in left where row.isAgain == isAgain && (row.state == .held || CommandOwner.isDead(row.owner)) {
            if try DeliveryLedger.takeOver(row.id, from: row.owner, by: owner, on: connection) {
                var delivery = claimed(
                    row.id, receivedAt: row.receivedAt, owner: owner, isAgain: isAgain, ignoresBrake: row.ignoresBrake)
                delivery.path = row.source ?? path
                return delivery
            }
        }
        let id = ClaimID.unclaimed(at: now)
        let row = NewDelivery(
            id: id, inbox: "", name: name, size: size, modifiedAt: modifiedAt, receivedAt: now, isAgain: isAgain,
            source: path)
        try DeliveryLedger.register([row], owner: owner, spool: nil, on: connection)
        try AuditTrail.record(
            "ingest", ["delivery": .string(id.text), "name": .string(name), "again": .boolean(isAgain)],
            by: .person(Person.current), reason: nil, at: now, on: connection)
        return claimed(id, receivedAt: now, owner: owner, isAgain: isAgain)
    }

    private func claimed(
        _ id: DeliveryID, receivedAt: Timestamp, owner: String, isAgain: Bool, ignoresBrake: Bool = false
    ) -> ClaimedDelivery {
        // A person at the command line may do what `tidemill call` lets them do: all kinds are taken.
        ClaimedDelivery(
            id: id, inbox: "", name: name, path: path, size: size, receivedAt: receivedAt, owner: owner,
            accepts: Set(RecordKind.allCases), isAgain: isAgain, ignoresBrake: ignoresBrake)
    }
}

/// A running command as the owner of a delivery: its process, by number and start time, so that a later process of the
/// same number is another.
enum CommandOwner {
    static var current: String { "command-\(getpid())-\(ProcessIdentity.beginning(of: getpid()) ?? "")" }

    static func isDead(_ owner: String) -> Bool {
        let parts = owner.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "command", let pid = pid_t(parts[1]) else { return false }
        return ProcessIdentity.beginning(of: pid) != String(parts[2])
    }
}

/// Files that wait for their `tidemill ingest` to be repeated: it was interrupted, or held and then released. No worker
/// goes on with them.
enum WaitingCommands {
    static func find(on connection: any SQLConnection) throws -> [String] {
        try DeliveryLedger.ofCommands(on: connection).filter { CommandOwner.isDead($0.owner) }
            .map { $0.source ?? $0.name }
    }
}
