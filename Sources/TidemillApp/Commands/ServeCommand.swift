import ArgumentParser
import Foundation
import Logging
import TidemillCore
import TidemillOperations
import TidemillServer
import TidemillWorker

/// `tidemill serve`: HTTP without a worker, or a server for other people's tests.
struct ServeCommand: TidemillCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serves HTTP without a worker; with --memory a server for tests, whose clock they move.",
        discussion: """
            Without --memory it needs [http] and serves the store: files in the spool wait for a worker. With --memory it \
            keeps nothing, takes any key and charges nobody; PUT /clock moves its clock, POST /snapshots keeps its state.
            """)

    @Flag(help: "Keep everything in memory, and forget it at the end.")
    var memory = false

    @Option(
        help: ArgumentHelp("With --memory: where its clock stands (default: 2026-01-01T00:00:00Z).", valueName: "t"))
    var clock: String?

    @Option(help: ArgumentHelp("With --memory: the folder of scripts whose rules and jobs run.", valueName: "folder"))
    var scripts: String?

    @Option(help: ArgumentHelp("Where to listen (default: http.listen, or 127.0.0.1:7411).", valueName: "address"))
    var listen: String?

    @OptionGroup var options: GlobalOptions

    func validate() throws {
        guard memory || (clock == nil && scripts == nil) else {
            throw ValidationError("--clock and --scripts go with --memory")
        }
    }

    func perform(_ output: Output) async throws {
        let signals = SignalWatch()
        if memory { try await serveMemory(output, signals) } else { try await serveStore(output, signals) }
        output.show(.object(["stopped": true])) { "" }
    }

    private func place() throws -> DoorSettings.Listen? {
        guard let listen else { return nil }
        guard let place = DoorSettings.Listen(listen) else {
            throw CommandFailure(
                .wrongUse, code: "usage", "--listen must be an address with a port such as 127.0.0.1:7411")
        }
        return place
    }

    // MARK: - The store

    private func serveStore(_ output: Output, _ signals: SignalWatch) async throws {
        var config = try options.loadConfig()
        guard var http = config.http else {
            throw CommandFailure(
                .wrongUse, code: "config", "\(config.file) has no [http]: add it, or serve --memory (docs/http.md)")
        }
        if let place = try place() { http.door.listen = place }
        config.http = http
        let logger = AppAssembly.logger(config, output)
        let door = try await ServedApp(config, http, logger: logger)
        do {
            let app = try AppAssembly(config, metrics: door.registry)
            let scripts = try ScriptsInForce(app, logger: logger)
            try door.serve(app, try app.ingest(rules: { scripts.rules }), scripts)
            logger.info("listening on \(door.url)")
            await signals.wait(grace: config.worker.shutdownGrace, logger: logger)
        } catch {
            await door.stop()
            throw error
        }
        await door.stop()
    }

    // MARK: - Memory

    private func serveMemory(_ output: Output, _ signals: SignalWatch) async throws {
        var config = AppConfig()
        config.log.format = .auto
        let start: Timestamp
        if let clock {
            guard let instant = Timestamp(rfc3339: clock) else {
                throw CommandFailure(
                    .wrongUse, code: "usage", "--clock must be an instant such as 2026-01-01T00:00:00Z")
            }
            start = instant
        } else {
            start = TestClock.start
        }
        let logger = AppAssembly.logger(config, output)
        let empty = try ScratchFolder.forTest()
        defer { empty.remove() }
        config.scripts.path = scripts.map { URL(filePath: $0).standardizedFileURL.path } ?? empty.url.path
        let world = try MemoryWorld(config, at: start, logger: logger)
        var settings = DoorSettings()
        if let place = try place() { settings.listen = place }
        settings.grace = .seconds(5)
        let clock = SystemWallclock()
        let desk = DoorDesk(
            settings, keys: KeyRing([], anyone: KeyRing.Holder(name: "test", scope: .operator)), health: DoorHealth(),
            receiver: WebhookReceiver([]) { clock.now }, registry: MetricRegistry(), laboratory: world)
        world.begin(at: desk)
        let door: OpenDoor
        do { door = try await OpenDoor(settings, desk, logger: logger) } catch let error as DoorError {
            throw CommandFailure(.failed, code: "http", error.message)
        }
        logger.info("listening on \(door.url)")
        await signals.wait(grace: settings.grace, logger: logger)
        await door.stop()
    }
}
