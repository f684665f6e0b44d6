public import TidemillCore
public import TidemillStore

/// The bounds of ingest.
public struct IngestOptions: Sendable {
    /// `events.max_future`, seconds: how far after its arrival an event's timestamp may lie.
    public var maxFuture: Int64
    /// `events.dedupe_window`, seconds.
    public var dedupeWindow: Int64
    /// The largest record, bytes: the API's limit of an event.
    public var recordLengthMax: Int
    /// The most bytes that a compressed file of an inbox may hold: `spool.max_file`, as for what is not compressed.
    public var contentBytesMax: Int64 = 256 << 20
    /// Records and bytes of one batch: about 20 ms of writing, so that other processes get in between (storage.md).
    public var batchRecordsMax: Int
    public var batchBytesMax: Int
    /// The brake of promise 7 of architecture.md: more than this share of the events of a batch with at least
    /// `brakeRecordsMin` failing in one rule holds the delivery.
    public var brakeRecordsMin: Int
    public var brakePercent: Int
    /// `[[spool.inbox]] ignore`, by the inbox's path: unknown top-level fields that are passed over, however near they are
    /// to known ones. Under "" those of files that come by a command.
    public var ignoredFields: [String: Set<String>] = [:]

    public init(
        maxFuture: Int64 = EventBounds.maxFuture, dedupeWindow: Int64 = EventBounds.dedupeWindow,
        recordLengthMax: Int = 1 << 20,
        batchRecordsMax: Int = DeliveryCare.batchRecordsMax, batchBytesMax: Int = 1 << 20, brakeRecordsMin: Int = 100,
        brakePercent: Int = 20
    ) {
        self.maxFuture = maxFuture
        self.dedupeWindow = dedupeWindow
        self.recordLengthMax = recordLengthMax
        self.batchRecordsMax = batchRecordsMax
        self.batchBytesMax = batchBytesMax
        self.brakeRecordsMin = brakeRecordsMin
        self.brakePercent = brakePercent
    }
}
