public import Logging
import ServiceLifecycle
import Synchronization

/// A door that listens, until it is told to stop.
public final class OpenDoor: Sendable {
    /// Under which it is reached.
    public let url: String
    private let desk: DoorDesk
    private let group: ServiceGroup
    private let running: Task<Void, any Error>

    /// Begins to listen; throws where it cannot.
    public init(_ settings: DoorSettings, _ desk: DoorDesk, logger: Logger) async throws {
        self.desk = desk
        let (listening, told) = AsyncStream<String>.makeStream()
        let service = DoorService(door: HTTPDoor(settings, desk, logger: logger)) {
            told.yield($0)
            told.finish()
        }
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        var configuration = ServiceGroupConfiguration(
            services: [.init(service: service, successTerminationBehavior: .gracefullyShutdownGroup)], logger: quiet)
        configuration.maximumGracefulShutdownDuration = settings.grace
        let group = ServiceGroup(configuration: configuration)
        let running = Task {
            defer { told.finish() }
            try await group.run()
        }
        self.group = group
        self.running = running
        guard let url = await listening.first(where: { _ in true }) else {
            try await running.value
            throw DoorError(message: "the server ended before it listened")
        }
        self.url = url
    }

    /// Takes no more connections, and ends those without a request in progress. Returns at once.
    public func beginStop() {
        desk.beginStop()
        // Nothing to await here: `stop` does.
        Task { [group] in await group.triggerGracefulShutdown() }
    }

    /// Returns when what was in progress is answered, or the grace time is over.
    public func stop() async {
        await group.triggerGracefulShutdown()
        // Whoever stops it has nothing more to ask of it.
        try? await running.value
    }
}

private struct DoorService: Service {
    let door: HTTPDoor
    let listening: @Sendable (String) -> Void

    func run() async throws { try await door.run(listening: listening) }
}
