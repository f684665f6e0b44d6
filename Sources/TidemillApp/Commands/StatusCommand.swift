import ArgumentParser
import Foundation
import TidemillCore
import TidemillOperations
import TidemillScripting
import TidemillStore
import TidemillTriggers

/// `tidemill status`: one screen; exit 1 when a person should look.
struct StatusCommand: TidemillCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "One screen: spool, rejected records, pauses, scripts; exit 1 when unhealthy.")

    @OptionGroup var options: GlobalOptions

    func perform(_ output: Output) throws {
        let app = try AppAssembly(options)
        let status = try Status(app)
        output.show(status.payload) { status.text(output.terminal) }
        if !status.warnings.isEmpty { throw CommandFailure.reported }
    }
}

/// What `status` shows, and what of it is unhealthy.
struct Status {
    let deliveries: [Delivery.State: Int64]
    let inbox: (files: Int, oldest: Timestamp?)
    let rejected: Int64
    let pauses: [Pause]
    let scripts: StoredScriptVersion?
    let isFolderInForce: Bool
    let now: Timestamp
    let environment: String

    /// A file that waits longer than this is not being taken.
    private static let waitingMax: Int64 = 300

    init(_ app: AppAssembly) throws {
        let current = ScriptVersionID(of: ScriptFolder(path: app.config.scripts.path).read().sources)
        (deliveries, rejected, pauses, scripts) = try app.store.read { connection in
            (
                try DeliveryLedger.counts(on: connection),
                try connection.first("SELECT COUNT(*) FROM rejected_records WHERE state = 'open'") { $0.integer(0) }
                    ?? 0,
                try Pauses.list(on: connection), try ScriptVersions.current(on: connection)
            )
        }
        isFolderInForce = scripts?.id == current
        do { inbox = try Spool.waiting(app.spoolSettings) } catch {
            throw CommandFailure(.failed, code: "spool", "\(error)")
        }
        now = app.clock.now
        environment = app.config.environment
    }

    private var oldestSeconds: Int64? {
        inbox.oldest.map { max(0, (now.microseconds - $0.microseconds) / 1_000_000) }
    }

    /// What a person should look at.
    var warnings: [String] {
        var warnings: [String] = []
        if let seconds = oldestSeconds, seconds > Self.waitingMax {
            warnings.append("a file waits in the inbox for \(seconds) s: is a worker running?")
        }
        if let held = deliveries[.held], held > 0 {
            warnings.append("\(held) deliveries are held: a rule fails on them; mend it, or `tidemill resume ingest`")
        }
        if rejected > 0 { warnings.append("\(rejected) rejected records wait for a decision: `tidemill rejected`") }
        for pause in pauses {
            warnings.append("\(pause.name) is paused by \(pause.pausedBy): \(pause.reason)")
        }
        if scripts != nil, !isFolderInForce {
            warnings.append("the scripts folder is not what is in force; `tidemill check` says whether it is broken")
        }
        return warnings.map(\.escapingControls)
    }

    var payload: Payload {
        var members: [String: Payload] = [
            "healthy": .boolean(warnings.isEmpty), "warnings": .array(warnings.map { .string($0) }),
            "environment": .string(environment), "rejected": .integer(rejected),
            "inbox": .object([
                "files": .integer(Int64(inbox.files)), "oldestSeconds": oldestSeconds.map { .integer($0) } ?? .null,
            ]),
            "deliveries": .object(
                Dictionary(uniqueKeysWithValues: deliveries.map { ($0.key.rawValue, .integer($0.value)) })),
            "paused": .array(pauses.map(\.payload)),
        ]
        if let scripts {
            members["scripts"] = .object([
                "version": .string(scripts.id.text), "isFolderInForce": .boolean(isFolderInForce),
            ])
        }
        return .object(members)
    }

    func text(_ terminal: Terminal) -> String {
        var table = TextTable(.text(warnings.isEmpty ? "healthy" : "needs attention"), .text(environment))
        let oldest = oldestSeconds.map { ", the oldest for \($0) s" } ?? ""
        table.add("inbox", "\(TextTable.grouped(inbox.files)) files waiting\(oldest)")
        let states = Delivery.State.allCases.map { "\(TextTable.grouped(deliveries[$0] ?? 0)) \($0.rawValue)" }
        table.add("deliveries", states.joined(separator: ", "))
        table.add("rejected", "\(TextTable.grouped(rejected)) records")
        table.add("scripts", scripts.map { "version \($0.id.text.prefix(12))" } ?? "none loaded yet")
        let marks = warnings.map { terminal.styled("! \($0)", .yellow) }
        return ([table.text(terminal)] + marks).joined(separator: "\n")
    }
}
