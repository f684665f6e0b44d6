public import TidemillCore

/// What runs here: program, store, spools, their workers, pauses.
public enum GetSystem: ClientOperation {
    public typealias Input = Nothing
    public struct Output: Shaped {
        public var version: String
        public var commit: String?
        public var environment: String
        public var backend: String
        public var now: Timestamp
        public var store: StoreEntry
        public var spools: [SpoolEntry]
        public var paused: [PauseEntry]
        public var scripts: ScriptsInForceEntry?

        public init(
            version: String, commit: String? = nil, environment: String, backend: String, now: Timestamp,
            store: StoreEntry, spools: [SpoolEntry], paused: [PauseEntry], scripts: ScriptsInForceEntry? = nil
        ) {
            self.version = version
            self.commit = commit
            self.environment = environment
            self.backend = backend
            self.now = now
            self.store = store
            self.spools = spools
            self.paused = paused
            self.scripts = scripts
        }

        public static let shape = Shape(
            required("version", \.version, .anyText, "The program's."),
            optional("commit", \.commit, .anyText, "What it was built from, with + when files had changed since."),
            required("environment", \.environment, .anyText, "Stamped into the store."),
            required("backend", \.backend, .anyText, "What performs operations."),
            required("now", \.now, .timestamp, "By the clock of this machine."),
            required("store", \.store, .object("store"), "The store."),
            required(
                "spools", \.spools, .list(of: .object("spool"), "spools", 0...OperatorPaging.itemsMax),
                "Every spool that a worker opened."),
            required(
                "paused", \.paused, .list(of: .object("pause"), "pauses", 0...OperatorPaging.itemsMax),
                "What is paused."),
            optional("scripts", \.scripts, .object("scripts in force"), "The scripts in force."),
            make: Self.init)
    }

    public static let row = OperationRow(
        operator: .getSystem, of: Self.self,
        summary: "What runs here: program, store, spools, their workers, pauses.",
        effect: .read,
        example: OperationRow.Example([:]))
}

/// The store.
public struct StoreEntry: Shaped {
    public var path: String
    public var bytes: Int64
    public var logBytes: Int64
    public var schema: Int64
    public var freeBytes: Int64?

    public init(path: String, bytes: Int64, logBytes: Int64, schema: Int64, freeBytes: Int64? = nil) {
        self.path = path
        self.bytes = bytes
        self.logBytes = logBytes
        self.schema = schema
        self.freeBytes = freeBytes
    }

    public static let shape = Shape(
        required("path", \.path, .anyText, "Its file."),
        required("bytes", \.bytes, .count, "The file's size."),
        required("logBytes", \.logBytes, .count, "The size of its log."),
        required("schema", \.schema, .count, "The number of the last migration."),
        optional("freeBytes", \.freeBytes, .count, "What is left of its disk."),
        make: Self.init)
}

/// A spool.
public struct SpoolEntry: Shaped {
    public var id: String
    public var host: String
    public var path: String
    public var openedAt: Timestamp
    public var isOwn: Bool
    public var workers: Int64?

    public init(id: String, host: String, path: String, openedAt: Timestamp, isOwn: Bool, workers: Int64? = nil) {
        self.id = id
        self.host = host
        self.path = path
        self.openedAt = openedAt
        self.isOwn = isOwn
        self.workers = workers
    }

    public static let shape = Shape(
        required("id", \.id, .anyText, "Its id."),
        required("host", \.host, .anyText, "Where it was opened last."),
        required("path", \.path, .anyText, "Its folder."),
        required("openedAt", \.openedAt, .timestamp, "When."),
        required("isOwn", \.isOwn, .boolean, "Whether it is the configuration's."),
        required("workers", \.workers, .orNull(.count), "Workers on it; null where that cannot be seen."),
        make: Self.init)
}
