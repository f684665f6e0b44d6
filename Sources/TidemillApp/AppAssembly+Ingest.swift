import TidemillCore
import TidemillEngine
import TidemillIngest
import TidemillOperations
import TidemillStore
import TidemillTriggers

extension AppAssembly {
    /// What turns records into effects: the engine, the backend for records that are no events, and the processor.
    struct Ingest {
        let engine: EventEngine
        let backend: EmbeddedBackend
        let processor: DeliveryProcessor
        let retry: RejectedRetry
    }

    /// `rules` is asked before each call, so that new scripts take over between two.
    func ingest(
        rules: @escaping @Sendable () -> any EventRules,
        progress: @escaping @Sendable (DeliveryID, Int64) -> Void = { _, _ in }
    ) throws -> Ingest {
        let entrance = EventEntrance()
        let backend = EmbeddedBackend(store: store, events: entrance, settings: config.engineSettings)
        let performer = RecordPerformer(backend: backend)
        let engine = try EventEngine(store: store, options: engineOptions) { kind, payload, origin, connection in
            try performer.perform(kind, payload, origin, on: connection)
        }
        var options = IngestOptions(
            maxFuture: config.events.maxFuture.components.seconds,
            dedupeWindow: config.events.dedupeWindow.components.seconds)
        options.ignoredFields = ignoredFields
        entrance.open(EventReporter(sink: engine, options: options, rules: rules))
        let processor = DeliveryProcessor(
            store: store, sink: engine, options: options, clock: clock, rules: rules, progress: progress)
        let retry = RejectedRetry(store: store, sink: engine, options: options, clock: clock, rules: rules)
        return Ingest(engine: engine, backend: backend, processor: processor, retry: retry)
    }

    /// Which kinds of record an inbox takes, by its configured path; a file that came by a command may hold all.
    func accepts(_ inbox: String) -> Set<RecordKind> {
        if inbox.isEmpty { return Set(RecordKind.allCases) }
        return config.spool.inboxes.first { $0.path == inbox }?.accept ?? [.event, .usage, .webhook]
    }

    /// What each inbox passes over. A file that comes by a command is one that some inbox takes: it may hold what any of
    /// them passes over.
    private var ignoredFields: [String: Set<String>] {
        let inboxes = config.spool.inboxes
        return Dictionary(inboxes.map { ($0.path, $0.ignore) }) { $1 }
            .merging(["": inboxes.reduce(into: []) { $0.formUnion($1.ignore) }]) { $1 }
    }

    /// What keys the values of UNIQUE meters; made with the store's first use.
    func identityKey() throws -> [UInt8] { try reading().identityKey }

    /// The engine for commands that read: it takes no records.
    func reading() throws -> EventEngine {
        try EventEngine(store: store, options: engineOptions) { _, _, _, _ in
            throw Rejection(code: "unavailable", message: "this command takes no records")
        }
    }

    /// Performs every operation but `reportEvent`.
    func backend() -> EmbeddedBackend { EmbeddedBackend(store: store, settings: config.engineSettings) }

    private var engineOptions: EventEngine.Options {
        EventEngine.Options(
            dedupeWindow: config.events.dedupeWindow.components.seconds,
            keep: config.events.keep.components.seconds, settings: config.engineSettings)
    }
}
