import Foundation
import TidemillCore
import TidemillEngine
import TidemillOperations
import TidemillRuns
import TidemillScripting
import TidemillStore

/// What `status` shows, as numbers, and what is kept beside it. Nothing here counts a table that grows.
extension DoorState.Served {
    func gauges(into registry: MetricRegistry) throws {
        let now = app.clock.now
        let answer = try host.performNow(.getStatus, [:], in: CallContext(.engine("metrics"), now: now))
        let status = try GetStatus.Output.shape.decode(answer, as: "the status")
        spool(status, registry)
        runs(status, registry)
        wallets(status, registry)
        registry.replace(
            .attention,
            with: AttentionCode.allCases.map { code in
                ([code.rawValue], Double(status.attention.count { $0.code == code }))
            })
        let names = status.paused.map(\.name)
        let parts = PauseTarget.parts.map(\.rawValue)
        registry.replace(
            .paused,
            with: parts.map { ([$0], names.contains($0) ? 1 : 0) }
                + [(["jobs"], Double(names.count { !parts.contains($0) }))])
        registry.replace(
            .scriptsInfo, with: status.scripts.map { [([String($0.version.prefix(12))], 1)] } ?? [])
        registry.set(.scriptsProblems, to: Double(scripts.problems))
        try app.store.read { try kept(now, registry, on: $0) }
        files(registry)
    }

    private func spool(_ status: StatusReport, _ registry: MetricRegistry) {
        registry.replace(
            .spoolFiles,
            with: [
                (["waiting"], Double(status.inbox.files)), (["refused"], Double(status.inbox.refused)),
                (["claimed"], Double(status.deliveries["claimed"] ?? 0)),
                (["held"], Double(status.deliveries["held"] ?? 0)),
            ])
        registry.set(.oldestFile, to: Double(status.inbox.oldestSeconds ?? 0))
        registry.set(.rejectedOpen, to: Double(status.rejected))
    }

    private func runs(_ status: StatusReport, _ registry: MetricRegistry) {
        registry.replace(
            .runs,
            with: [
                (["waiting"], Double(status.runs.waiting)), (["running"], Double(status.runs.running)),
                (["failed"], Double(status.runs.failed)), (["quarantined"], Double(status.runs.quarantined)),
                (["parked"], Double(status.runs.parked)),
            ])
        registry.set(.messagesUnwritten, to: Double(status.runs.unwrittenMessages))
        if let at = status.runs.lastTick { registry.set(.scheduleTick, to: Self.seconds(at)) }
    }

    private func wallets(_ status: StatusReport, _ registry: MetricRegistry) {
        let stopped = status.recharges.open["stopped"] ?? 0
        registry.replace(
            .wallets,
            with: [
                (["enabled"], Double(status.recharges.enabled)), (["capped"], Double(status.recharges.capped)),
                (["stopped"], Double(stopped)), (["idle"], Double(status.recharges.idle)),
                (["stuck"], Double(status.recharges.stuck.count { $0.state != "stopped" })),
            ])
    }

    private func kept(_ now: Timestamp, _ registry: MetricRegistry, on connection: any SQLConnection) throws {
        let (table, failing, names) = (RunTable(connection), FailingJobs(connection), jobNames)
        registry.replace(
            .jobFailures, with: try names.map { ([$0], Double(try failing.find($0)?.failures ?? 0)) })
        registry.replace(
            .jobSuccess,
            with: try names.compactMap { name in try table.lastDone(name).map { ([name], Self.seconds($0)) } })
        let since = try RechargeStatus.unknownSince(on: connection)
        let age = since.map { max(0, now.microseconds - $0.microseconds) } ?? 0
        registry.set(.rechargeUnknownAge, to: Double(age) / 1_000_000)
        if let at = try ScriptVersions.takenAt(on: connection) { registry.set(.scriptsChange, to: Self.seconds(at)) }
        for (metric, number, isInstant) in [
            (Metric.eventsStored, Sequences.Kept.eventsStored, false), (.verified, .verifiedAt, true),
            (.verifyDifferences, .verifyDifferences, false), (.backedUp, .backedUpAt, true),
        ] {
            guard let value = try Sequences.find(number, on: connection) else { continue }
            registry.set(metric, to: isInstant ? Double(value) / 1_000_000 : Double(value))
        }
    }

    /// Of the scripts in force, as many as a metric has room for.
    private var jobNames: [String] {
        let runs = scripts.runs
        return Array((runs.jobs.map(\.name) + runs.grantRules.map(\.name)).prefix(Metric.jobFailures.setsMax))
    }

    private func files(_ registry: MetricRegistry) {
        let store = app.config.store.path
        registry.replace(.storeSize, with: [(["database"], Self.bytes(store)), (["wal"], Self.bytes(store + "-wal"))])
        registry.replace(
            .diskFree,
            with: [
                (["store"], Self.room(URL(filePath: store).deletingLastPathComponent().path)),
                (["spool"], Self.room(app.config.spool.path)),
            ])
    }

    private static func seconds(_ instant: Timestamp) -> Double { Double(instant.microseconds) / 1_000_000 }

    /// What is not there takes no room.
    private static func bytes(_ path: String) -> Double {
        let size = try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int64
        return Double(size ?? 0)
    }

    /// Zero where nobody tells.
    private static func room(_ path: String) -> Double {
        let size = try? FileManager.default.attributesOfFileSystem(forPath: path)[.systemFreeSize] as? Int64
        return Double(size ?? 0)
    }
}
