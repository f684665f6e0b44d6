import Logging
import TidemillCore
import TidemillEngine
import TidemillIngest
import TidemillOperations
import TidemillServer
import TidemillStore
import TidemillTriggers
import TidemillVersion

/// The HTTP door of a process: it listens from the beginning, and answers everything once the store is open.
final class ServedApp: Sendable {
    private let door: OpenDoor
    private let desk: DoorDesk
    private let state = DoorState()
    let registry: MetricRegistry
    var url: String { door.url }

    /// Nil where the configuration has no `[http]`.
    static func open(_ config: AppConfig, logger: Logger) async throws -> ServedApp? {
        guard let http = config.http else { return nil }
        return try await ServedApp(config, http, logger: logger)
    }

    init(_ config: AppConfig, _ http: AppConfig.HTTP, logger: Logger) async throws {
        guard http.unset.isEmpty else { throw ConfigProblems(http.unset) }
        registry = MetricRegistry()
        var settings = http.door
        settings.grace = config.worker.shutdownGrace
        settings.dashboard = DashboardSettings(
            environment: config.environment, host: Spool.hostName, version: TidemillVersion.number,
            timezone: http.door.dashboard.timezone)
        let room = ProcessStart.allowConnections(settings.connectionsMax)
        if room < settings.connectionsMax {
            logger.warning(
                "http.max_connections is \(settings.connectionsMax), and the limit of open files leaves room for \(room); raise it (LimitNOFILE= of the service)"
            )
            settings.connectionsMax = room
        }
        let keys = KeyRing(
            http.keys.compactMap { key in
                key.key.map { (KeyRing.Holder(name: key.name, scope: key.scope), $0.value) }
            })
        let clock = SystemWallclock()
        let receiver = WebhookReceiver(http.webhooks.compactMap { Self.source($0, config) }) { clock.now }
        let state = state
        desk = DoorDesk(
            settings, keys: keys,
            health: DoorHealth(unready: { state.unready() }, gauges: { try state.gauges(into: $0) }),
            receiver: receiver, registry: registry)
        do {
            door = try await OpenDoor(settings, desk, logger: logger)
        } catch let error as DoorError {
            throw CommandFailure(.failed, code: "http", "http.listen: \(error.message)")
        }
    }

    private static func source(_ webhook: AppConfig.Webhook, _ config: AppConfig) -> WebhookSource? {
        guard let verify = webhook.verify else { return nil }
        return WebhookSource(
            name: webhook.name, folder: AppAssembly.spoolSettings(config).folder(ofInbox: webhook.inbox),
            verification: verify, secrets: webhook.secrets.map(\.value), header: webhook.header,
            typeHeader: webhook.typeHeader, idHeader: webhook.idHeader, bodyMax: webhook.maxBody,
            recordMax: IngestOptions().recordLengthMax,
            payments: webhook.payments)
    }

    /// The store is open: everything is answered from now on.
    func serve(_ app: AppAssembly, _ ingest: AppAssembly.Ingest, _ scripts: ScriptsInForce) throws {
        let configured = app.config.http?.keys.map(\.name) ?? []
        let stored = try app.store.read { try AccessKeys.names(on: $0) }
        if let name = KeyRing.clash(configured, stored) {
            throw CommandFailure(
                .wrongUse, code: "http",
                "http.key \"\(name.escapingControls)\" is also a key of the store, and the audit could not tell them apart; rename it, or run `tidemill keys revoke` without it in the configuration"
            )
        }
        let host = OperatorBackend(app, beside: ingest, scripts: LateScripts(scripts))
        state.begin(DoorState.Served(app: app, host: host, scripts: scripts))
        let brakes = DedicatedThread(name: "tidemill-http-brake")
        desk.serve(
            ServedBackend(
                store: app.store, writes: ingest.engine, isElsewhere: app.service != nil, now: { app.clock.now },
                written: { id in
                    if OperationTable.row(id).report == .events { try await Self.brake(app, ingest, brakes) }
                },
                answerAtOnce: { (id, input, context) throws(OperationError) in
                    guard app.service == nil else { return nil }
                    return try ingest.engine.answerAtOnce(id, input, in: context)
                },
                perform: { (id, input, context) throws(OperationError) in
                    let done = try host.performKeyed(id, input, in: context)
                    // What was found is told, whatever keeps it from being noted.
                    if id == .verify { try? app.noteVerified(done.answer) }
                    return done
                }))
    }

    /// Promise 7 of architecture.md for events that came by HTTP.
    private static func brake(
        _ app: AppAssembly, _ ingest: AppAssembly.Ingest, _ thread: DedicatedThread
    ) async throws {
        guard let alarm = ingest.called.takeAlarm() else { return }
        try await thread.run {
            try app.store.write { connection in
                try IngestBrake.pull(
                    because: alarm.message, under: alarm.version, at: app.clock.now, on: connection)
            }
        }
    }

    func beginStop() { door.beginStop() }
    func stop() async { await door.stop() }
}
