import TidemillCore
import TidemillEngine
import TidemillIngest
import TidemillOperations
import TidemillStore
import TidemillTriggers

extension AppAssembly {
    /// What turns records into effects: the engine and what decodes for it.
    struct Ingest {
        let engine: Engine
        let processor: DeliveryProcessor
        let retry: RejectedRetry
        /// What the rules failed on in calls that went on.
        let called: CalledEvents
    }

    /// `rules` is asked before each call, so that new scripts take over between two.
    func ingest(
        rules: @escaping @Sendable () -> any EventRules,
        progress: @escaping @Sendable (DeliveryID, Int64) -> Void = { _, _ in }
    ) throws -> Ingest {
        let options = ingestOptions
        let called = CalledEvents(options: options)
        let engine = try Engine(
            store: store, settings: config.engineSettings,
            events: ReportedEventDecoder(options: options, called: called, rules: rules))
        let processor = DeliveryProcessor(
            store: store, sink: engine, options: options, clock: clock, rules: rules, progress: progress)
        let retry = RejectedRetry(store: store, sink: engine, options: options, clock: clock, rules: rules)
        return Ingest(engine: engine, processor: processor, retry: retry, called: called)
    }

    var ingestOptions: IngestOptions {
        var options = IngestOptions(
            maxFuture: config.events.maxFuture.components.seconds,
            dedupeWindow: config.events.dedupeWindow.components.seconds)
        options.ignoredFields = ignoredFields
        options.contentBytesMax = config.spool.maxFile
        return options
    }

    /// Which kinds of record an inbox takes, by its configured path; a file that came by a command may hold all.
    func accepts(_ inbox: String) -> Set<RecordKind> {
        if inbox.isEmpty { return Set(RecordKind.allCases) }
        return config.spool.inboxes.first { $0.path == inbox }?.accept ?? AppConfig.Inbox().accept
    }

    /// What each inbox passes over. A file that comes by a command is one that some inbox takes: it may hold what any of
    /// them passes over.
    private var ignoredFields: [String: Set<String>] {
        let inboxes = config.spool.inboxes
        return Dictionary(inboxes.map { ($0.path, $0.ignore) }) { $1 }
            .merging(["": inboxes.reduce(into: []) { $0.formUnion($1.ignore) }]) { $1 }
    }

    /// The engine for whoever takes no events: performs every operation but `reportEvent`.
    func engine() throws -> Engine { try Engine(store: store, settings: config.engineSettings) }
}
