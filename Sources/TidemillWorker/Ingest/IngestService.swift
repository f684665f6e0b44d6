public import ServiceLifecycle

/// The ingest loop as a service: on a graceful shutdown it claims nothing more, stops between two batches, and leaves
/// what it has in hand to the next worker.
public struct IngestService: Service {
    private let loop: IngestLoop

    public init(_ loop: IngestLoop) {
        self.loop = loop
    }

    public func run() async throws {
        try await withGracefulShutdownHandler {
            _ = try await loop.run()
        } onGracefulShutdown: {
            loop.requestStop()
        }
    }
}
