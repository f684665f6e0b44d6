public import TidemillCore

/// Everything that a person looks at first.
public enum GetStatus: ClientOperation {
    public typealias Input = Nothing
    public typealias Output = StatusReport

    public static let row = OperationRow(
        operator: .getStatus, of: Self.self,
        summary:
            "How the worker stands: spool, rejected records, pauses, runs, recharges, scripts, and what a person should look at.",
        effect: .read,
        example: OperationRow.Example([:]))
}

/// How the worker stands.
public struct StatusReport: Shaped {
    public var healthy: Bool
    public var warnings: [String]
    public var attention: [AttentionEntry]
    public var environment: String
    public var rejected: Int64
    public var inbox: InboxStatus
    public var waitingCommands: [String]
    public var filling: [String]
    public var pendingChanges: [CatalogChangeEntry]
    public var otherSpools: [OtherSpoolEntry]
    public var deliveries: TextMap<Int64>
    public var paused: [PauseEntry]
    public var recharges: RechargeReport
    public var runs: RunReport
    public var unrated: [UnratedEntry]
    public var timezones: TimezoneSource
    public var startedNothing: StartedNothingEntry?
    public var scripts: ScriptsInForceEntry?
    public var workers: Int64?
    public var work: WorkEntry?
    public var store: StoreEntry?

    public init(
        healthy: Bool, warnings: [String], attention: [AttentionEntry], environment: String, rejected: Int64,
        inbox: InboxStatus,
        waitingCommands: [String], filling: [String], pendingChanges: [CatalogChangeEntry],
        otherSpools: [OtherSpoolEntry], deliveries: TextMap<Int64>, paused: [PauseEntry], recharges: RechargeReport,
        runs: RunReport, unrated: [UnratedEntry], timezones: TimezoneSource, startedNothing: StartedNothingEntry? = nil,
        scripts: ScriptsInForceEntry? = nil, workers: Int64? = nil, work: WorkEntry? = nil, store: StoreEntry? = nil
    ) {
        self.healthy = healthy
        self.warnings = warnings
        self.attention = attention
        self.environment = environment
        self.rejected = rejected
        self.inbox = inbox
        self.waitingCommands = waitingCommands
        self.filling = filling
        self.pendingChanges = pendingChanges
        self.otherSpools = otherSpools
        self.deliveries = deliveries
        self.paused = paused
        self.recharges = recharges
        self.runs = runs
        self.unrated = unrated
        self.timezones = timezones
        self.startedNothing = startedNothing
        self.scripts = scripts
        self.workers = workers
        self.work = work
        self.store = store
    }

    public static let shape = Shape(
        required("healthy", \.healthy, .boolean, "Whether nobody needs to look."),
        required(
            "warnings", \.warnings, .list(of: .anyText, "texts", 0...OperatorPaging.itemsMax),
            "What a person should look at."),
        required(
            "attention", \.attention,
            .list(of: .object("attention entry"), "attention entries", 0...OperatorPaging.itemsMax),
            "The same, each with its code."),
        required("environment", \.environment, .anyText, "The store's."),
        required("rejected", \.rejected, .count, "Rejected records that wait for a decision."),
        required("inbox", \.inbox, .object("inbox status"), "The inboxes of this spool."),
        required(
            "waitingCommands", \.waitingCommands, .list(of: .anyText, "texts", 0...OperatorPaging.itemsMax),
            "Files that wait for their `tidemill ingest` to be repeated."),
        required(
            "filling", \.filling, .list(of: .anyText, "texts", 0...OperatorPaging.itemsMax),
            "Features whose meters are being filled in."),
        required(
            "pendingChanges", \.pendingChanges,
            .list(of: .object("catalog change"), "catalog changes", 0...OperatorPaging.itemsMax),
            "Changes of the catalog that wait for `tidemill apply`."),
        required(
            "otherSpools", \.otherSpools,
            .list(of: .object("other spool"), "other spools", 0...OperatorPaging.itemsMax),
            "Other spools with open deliveries."),
        required("deliveries", \.deliveries, .counts, "How many are in each state."),
        required(
            "paused", \.paused, .list(of: .object("pause"), "pauses", 0...OperatorPaging.itemsMax), "What is paused."),
        required("recharges", \.recharges, .object("recharge report"), "Auto-recharge."),
        required("runs", \.runs, .object("run report"), "Runs and schedules."),
        required(
            "unrated", \.unrated, .list(of: .object("unrated"), "unrateds", 0...OperatorPaging.itemsMax),
            "Usage of late that cost no credits for want of a value."),
        required("timezones", \.timezones, .object("timezone source"), "The time zone data in force."),
        optional(
            "startedNothing", \.startedNothing, .object("started nothing"),
            "Webhooks of a day that started no job and no grant rule."),
        optional("scripts", \.scripts, .object("scripts in force"), "The scripts in force; none in a new store."),
        optional("workers", \.workers, .count, "Workers of this spool that are alive."),
        optional("work", \.work, .object("work"), "What became of records lately."),
        optional("store", \.store, .object("store"), "The store, and what is left of its disk."),
        make: Self.init)
}

/// What became of records lately.
public struct WorkEntry: Shaped {
    public var perSecond: Amount
    public var applied: Int64
    public var filtered: Int64
    public var duplicate: Int64
    public var rejected: Int64

    public init(perSecond: Amount, applied: Int64, filtered: Int64, duplicate: Int64, rejected: Int64) {
        self.perSecond = perSecond
        self.applied = applied
        self.filtered = filtered
        self.duplicate = duplicate
        self.rejected = rejected
    }

    public static let shape = Shape(
        required("perSecond", \.perSecond, .amount, "Records a second, over the last five full minutes."),
        required("applied", \.applied, .count, "In the last 24 hours."),
        required("filtered", \.filtered, .count, "The same."),
        required("duplicate", \.duplicate, .count, "The same."),
        required("rejected", \.rejected, .count, "The same."),
        make: Self.init)
}

/// Where time zones come from.
public struct TimezoneSource: Shaped {
    public var place: String
    public var version: String?

    public static let shape = Shape(
        required(
            "place", \.place, .anyText,
            "The folder of the machine's database, or `built in`: ICU's, which the program brings."),
        required("version", \.version, .orNull(.anyText), "Such as 2026f; null where it does not say."),
        make: Self.init)
}

extension TimezoneSource {
    public init(_ source: ZoneDatabase.Source) { self.init(place: source.place, version: source.version) }
}

/// Webhooks that nothing is `on`.
public struct StartedNothingEntry: Shaped {
    public var webhooks: Int64
    public var types: [String]

    public init(webhooks: Int64, types: [String]) {
        self.webhooks = webhooks
        self.types = types
    }

    public static let shape = Shape(
        required("webhooks", \.webhooks, .count, "How many."),
        required("types", \.types, .list(of: .anyText, "texts", 0...5), "The most frequent of their types."),
        make: Self.init)
}

/// What waits in the inboxes.
public struct InboxStatus: Shaped {
    public var files: Int64
    public var oldestSeconds: Int64?
    public var refused: Int64

    public init(files: Int64, oldestSeconds: Int64? = nil, refused: Int64) {
        self.files = files
        self.oldestSeconds = oldestSeconds
        self.refused = refused
    }

    public static let shape = Shape(
        required("files", \.files, .count, "Files that wait."),
        required("oldestSeconds", \.oldestSeconds, .orNull(.count), "How long the oldest has waited."),
        required("refused", \.refused, .count, "Files that are not taken."),
        make: Self.init)
}

/// Another spool on the same store.
public struct OtherSpoolEntry: Shaped {
    public var spool: String?
    public var open: Int64
    public var oldestSeconds: Int64
    public var host: String?
    public var path: String?
    public var isAttended: Bool?
    public var isGone: Bool

    public init(
        spool: String? = nil, open: Int64, oldestSeconds: Int64, host: String? = nil, path: String? = nil,
        isAttended: Bool? = nil, isGone: Bool
    ) {
        self.spool = spool
        self.open = open
        self.oldestSeconds = oldestSeconds
        self.host = host
        self.path = path
        self.isAttended = isAttended
        self.isGone = isGone
    }

    public static let shape = Shape(
        required("spool", \.spool, .orNull(.anyText), "Its id."),
        required("open", \.open, .count, "Deliveries that are open."),
        required("oldestSeconds", \.oldestSeconds, .count, "How long the oldest is."),
        required("host", \.host, .orNull(.anyText), "Where it was opened last."),
        required("path", \.path, .orNull(.anyText), "The same."),
        required(
            "isAttended", \.isAttended, .orNull(.boolean),
            "Whether a worker runs there; null where that cannot be seen."),
        required("isGone", \.isGone, .boolean, "Whether its folder is not there any more."),
        make: Self.init)
}

/// Usage that cost no credits.
public struct UnratedEntry: Shaped {
    public var featureID: String
    public var events: Int64
    public var problem: String

    public init(featureID: String, events: Int64, problem: String) {
        self.featureID = featureID
        self.events = events
        self.problem = problem
    }

    public static let shape = Shape(
        required("featureId", \.featureID, .anyText, "The feature."),
        required("events", \.events, .count, "How many."),
        required("problem", \.problem, .anyText, "What was wrong last."),
        make: Self.init)
}

/// The scripts in force.
public struct ScriptsInForceEntry: Shaped {
    public var version: String
    public var isFolderInForce: Bool

    public init(version: String, isFolderInForce: Bool) {
        self.version = version
        self.isFolderInForce = isFolderInForce
    }

    public static let shape = Shape(
        required("version", \.version, .anyText, "Their version."),
        required("isFolderInForce", \.isFolderInForce, .boolean, "Whether the folder holds the same."),
        make: Self.init)
}
