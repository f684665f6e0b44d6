import Foundation
import Logging
import TidemillCore
import TidemillOperations
import TidemillRuns
import TidemillStore
import TidemillTestSupport

@testable import TidemillApp

/// A store with everything that the examples of operators' rows name, asked in this process.
final class OperatorKit {
    static let now = Timestamp(rfc3339: "2026-10-01T12:00:00Z") ?? Timestamp(microseconds: 0)

    let folder: TemporaryFolder
    let app: AppAssembly
    let host: OperatorBackend

    init(scripts: String = "job { name = \"nightly\", run = function() end }\n") throws {
        folder = try TemporaryFolder()
        try folder.write("scripts/jobs.lua", scripts)
        try folder.write("config.toml", "environment = \"test\"\n")
        let app = try AppAssembly(
            AppConfig.load(path: folder.path("config.toml")), durability: .unsynced, clock: StandingClock(Self.now))
        self.app = app
        host = try OperatorBackend(
            app, scripts: LateScripts { try ScriptsInForce(app, logger: Logger(label: "test")) })
        try app.store.write { try Self.fill($0) }
    }

    deinit {
        // What is left of a test's folder harms nobody.
        try? app.store.close()
    }

    private static func fill(_ connection: any SQLConnection) throws {
        func id(_ example: Payload) -> String { example["id"]?.text ?? "" }
        let ended = DeliveryID(id(OperatorExample.delivery))
        let lost = DeliveryID(id(OperatorExample.lostDelivery))
        try DeliveryLedger.register(
            [ended, lost].map {
                NewDelivery(id: $0, inbox: "inbox", name: "a.json", size: 2, modifiedAt: now, receivedAt: now)
            }, owner: "worker", spool: "elsewhere", on: connection)
        _ = try DeliveryLedger.finish(ended, owner: "worker", as: .done, at: now, on: connection)
        try connection.execute(
            """
            INSERT INTO reprocesses(id, asked_at, asked_by, reason, script_version, step, last_block, position,
              at_delivery, at_record, counts, finished_at)
            VALUES ($1, $2, 'ann', 'mended', '9f86d081884c', 'done', 0, 0, '', 0, '{}', $2)
            """, [.text(id(OperatorExample.reprocess)), .integer(now.microseconds)])
        let runs = RunTable(connection)
        for (place, example) in [OperatorExample.run, OperatorExample.waitingRun, OperatorExample.parkedRun]
            .enumerated()
        {
            let trigger = RunTrigger(.fire, cause: "fire:\(place)", scheduledAt: now, causedAt: now)
            try runs.insert(
                RunTable.New(.job, "nightly", trigger: trigger, dueAt: now), id: RunID(id(example)), now: now)
        }
        try connection.execute(
            "UPDATE runs SET state = 'failed', attempt = 1, ended_at = $2, message = 'no' WHERE id = $1",
            [.text(id(OperatorExample.run)), .integer(now.microseconds)])
        try connection.execute(
            "UPDATE runs SET state = 'parked', attempt = 1, ended_at = $2, message = 'no answer' WHERE id = $1",
            [.text(id(OperatorExample.parkedRun)), .integer(now.microseconds)])
        try connection.execute(
            "INSERT INTO script_versions(id, files, state, problems, created_at) VALUES ($1, $2, 'good', NULL, $3)",
            [
                .text((OperatorExample.scripts["version"]?.text ?? "") + "0000"), .text(#"{"a.lua":"-- a"}"#),
                .integer(now.microseconds),
            ])
        for (record, (code, value)) in [("wrong_type", "x"), ("wrong_type", "y"), ("rule_error", "z")].enumerated() {
            try connection.execute(
                """
                INSERT INTO rejected_records(delivery, record, line, kind, code, message, customer_id, payload,
                  received_at, rejected_at, state)
                VALUES ($1, $2, $2, 'event', $3, $4, $5, $6, $7, $8, 'open')
                """,
                [
                    .text(ended.text), .integer(Int64(record + 1)), .text(code),
                    .text("'dimensions.n' must be a number, got \"\(value)\" in line \(record)"), .text("c-\(value)"),
                    .blob(Data("{}".utf8)), .integer(now.microseconds),
                    .integer(now.microseconds + Int64(record)),
                ])
        }
    }

    @discardableResult
    func call(_ id: OperationID, _ input: Payload) throws -> Payload {
        try host.performNow(id, input, in: CallContext(.person, now: Self.now, actor: "ann"))
    }

    func failure(_ id: OperationID, _ input: Payload, dryRun: Bool = false) -> OperationError? {
        do throws(OperationError) {
            _ = try host.performNow(id, input, in: CallContext(.person, now: Self.now, dryRun: dryRun, actor: "ann"))
            return nil
        } catch {
            return error
        }
    }

    func dump() throws -> StoreDump { try StoreDump(app.store) }
}
