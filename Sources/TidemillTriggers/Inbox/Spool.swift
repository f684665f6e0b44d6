import CSpool
import Glibc
public import Logging
public import TidemillCore

/// Where the spool is and how it takes files: the table `[spool]` of the configuration.
public struct SpoolSettings: Sendable {
    /// The spool's folder.
    public var path: String
    /// The inboxes' paths as configured: absolute, or below the spool.
    public var inboxes: [String]
    /// How long a file that is written in place must be unchanged.
    public var settle: Duration
    /// How often the folders are listed even if nothing is reported.
    public var rescan: Duration
    /// The largest file that is taken, in bytes.
    public var sizeMax: Int64

    public init(
        path: String, inboxes: [String] = ["inbox"], settle: Duration = .seconds(2), rescan: Duration = .seconds(10),
        sizeMax: Int64 = 256 << 20
    ) {
        self.path = path
        self.inboxes = inboxes
        self.settle = settle
        self.rescan = rescan
        self.sizeMax = sizeMax
    }

    /// An inbox's folder.
    public func folder(ofInbox inbox: String) -> String {
        inbox.hasPrefix("/") ? inbox : "\(path)/\(inbox)"
    }
}

/// The spool's folders, opened, and this worker's place among those that share them. All of it lies on one filesystem,
/// because claiming is a rename.
///
/// ```
/// inbox/           producers write or rename files here      tmp/   for producers that write first and rename then
/// work/            ID__NAME: claimed, in progress            work/.owners/   one locked file a worker
/// done/YYYY-MM-DD/ NAME and NAME.result.json                 failed/ NAME and NAME.error.json
/// out/             what jobs emit                            .store  the id of the store that these deliveries go to
///                                                            .spool  the spool's own id: its deliveries carry it
/// ```
public final class Spool: Sendable {
    public let settings: SpoolSettings
    public let instance: WorkerInstance
    /// Made with the spool: deliveries belong to it wherever the folder is moved.
    public let id: String
    public let work: Directory
    let root: Directory
    let tmp: Directory
    let done: Directory
    let failed: Directory
    let out: Directory
    let owners: Directory
    let logger: Logger

    static let storeFile = ".store"
    static let idFile = ".spool"

    /// Opens the spool, making what is missing. Throws `foreign` when it belongs to another store, `layout` when an
    /// inbox is on another filesystem.
    public init(_ settings: SpoolSettings, storeID: String, logger: Logger) throws(SpoolError) {
        cspool_ignore_lease_breaks()
        self.settings = settings
        self.logger = logger
        try Directory.create(settings.path)
        root = try Directory(settings.path)
        try Self.claim(root, for: storeID)
        id = try Self.stamp(root, Self.idFile, Base32.text(.random(in: 0...UInt64.max), digits: 13))
        tmp = try root.folder("tmp")
        work = try root.folder("work")
        done = try root.folder("done")
        failed = try root.folder("failed")
        out = try root.folder("out")
        owners = try work.folder(".owners")
        for inbox in settings.inboxes {
            let path = settings.folder(ofInbox: inbox)
            try Directory.create(path)
            try Self.checkFilesystem(path, work)
        }
        for folder in [tmp, done, failed] { try Self.checkFilesystem(folder.path, work) }
        let tags = Dictionary(grouping: Set(settings.inboxes), by: ClaimID.inboxTag)
        if let clash = tags.values.first(where: { $0.count > 1 }) {
            throw SpoolError(
                .layout, "the inboxes \(clash.sorted().joined(separator: " and ")) cannot be told apart; rename one")
        }
        instance = try WorkerInstance(owners: owners)
    }

    /// What the spool's file `name` says; `text`, where this is the first to write it.
    @discardableResult
    static func stamp(_ root: Directory, _ name: String, _ text: String) throws(SpoolError) -> String {
        if try root.text(of: name) == nil {
            let hidden = "\(name).\(getpid()).\(UInt32.random(in: 0...UInt32.max))"
            do {
                try root.write(hidden, through: hidden + ".new", durably: true) { try $0.write(text + "\n") }
            } catch let error as SpoolError {
                throw error
            } catch {
                throw SpoolError(.unavailable, "cannot write \(root.path)/\(name): \(error)")
            }
            // Of two workers that both found none, one renames first; the other's is dropped.
            if try root.rename(hidden, to: root, as: name) != .done { try root.remove(hidden) }
            try root.sync()
        }
        let found = try root.text(of: name).map { String($0.prefix { $0 != "\n" }) } ?? ""
        guard !found.isEmpty else {
            throw SpoolError(
                .layout, "\(root.path)/\(name) is empty; restore it, or remove it if the spool is a new one")
        }
        return found
    }

    /// Writes the store's id into a new spool, or compares it.
    private static func claim(_ root: Directory, for storeID: String) throws(SpoolError) {
        let found = try stamp(root, storeFile, storeID)
        guard found == storeID else {
            throw foreign(root.path, found, storeID)
        }
    }

    static func foreign(_ path: String, _ found: String, _ storeID: String) -> SpoolError {
        SpoolError(
            .foreign,
            "the spool \(path) belongs to the store \(found.escapingControls), the configured one is \(storeID): a delivery could count twice; set store.url back, or use another spool.path"
        )
    }

    /// The id that the spool at `path` is stamped with; nil where no worker of this release has opened one.
    public static func id(at path: String) throws(SpoolError) -> String? {
        guard Directory.identity(of: path) != nil, let text = try Directory(path).text(of: idFile) else { return nil }
        return String(text.prefix { $0 != "\n" })
    }

    static func checkFilesystem(_ path: String, _ work: Directory) throws(SpoolError) {
        guard let mine = Directory.identity(of: path) else { throw .system("look at the folder \(path)") }
        guard mine.device == work.identity?.device else {
            throw apart(path, work.path)
        }
        try checkRename(path, work)
    }

    /// One filesystem may be mounted twice, a volume for each folder: renaming from one to the other fails all the same,
    /// and only trying shows it. A folder takes part, for names that begin with a point are passed over by all.
    static func checkRename(_ path: String, _ work: Directory) throws(SpoolError) {
        let name = ".rename-\(Base32.text(.random(in: 0...UInt64.max), digits: 13))"
        guard mkdirat(work.descriptor, name, 0o700) == 0 else {
            // A full disk is waited for; renames are tried at the next start.
            if errno == ENOSPC || errno == EDQUOT { return }
            throw .system("make a folder in \(work.path)")
        }
        let folder: Directory
        do {
            folder = try Directory(path)
            guard case .done = try work.rename(name, to: folder, as: name) else { return }
        } catch {
            _ = try? work.removeFolder(name)
            throw error
        }
        try folder.removeFolder(name)
    }

    static func apart(_ path: String, _ work: String) -> SpoolError {
        SpoolError(
            .layout, "\(path) and \(work) are on different filesystems; claiming is a rename and needs them on one")
    }

    /// Writes a file into `out/`, whole or not at all; `syncOut` puts it on disk, with all others since.
    public func emit(_ name: String, _ body: (inout FileText) throws -> Void) throws {
        try out.write(name, through: ".\(name).tmp", durably: false, body)
    }

    public func syncOut() throws(SpoolError) { try out.syncFilesystem() }

    // MARK: - Recovery

    /// Every claimed file in `work/`, by claim id.
    public func claimedFiles() throws(SpoolError) -> [ClaimedFile] {
        let inboxes = Dictionary(uniqueKeysWithValues: settings.inboxes.map { (ClaimID.inboxTag($0), $0) })
        var files: [ClaimedFile] = []
        for workName in try work.names() {
            guard let (claim, name) = ClaimID.parse(workName: workName), let file = try work.file(workName),
                file.kind == .regular
            else { continue }
            files.append(
                ClaimedFile(
                    claim: claim, name: name, inbox: inboxes[claim.inbox], size: file.size, modifiedAt: file.modifiedAt)
            )
        }
        return files.sorted { $0.claim.text < $1.claim.text }
    }

    /// Who else works here. List rows and files first and the workers after them: then whoever is missing is dead.
    public func otherWorkers() throws(SpoolError) -> OtherWorkers {
        try OtherWorkers(owners: owners, except: instance.tag)
    }

    /// Puts claims on disk whose folders could not be synced by themselves: all lies on one filesystem.
    public func syncClaims() throws(SpoolError) { try work.syncFilesystem() }

    /// Whether a claimed file is still in `work/`.
    public func isInWork(_ claim: ClaimID, name: String) throws(SpoolError) -> Bool {
        try work.file(claim.workName(name)) != nil
    }

    /// Where a claimed file's bytes are.
    public func workPath(_ claim: ClaimID, name: String) -> String { "\(work.path)/\(claim.workName(name))" }

    // MARK: - Status

    /// What lies in the inboxes, for `status`.
    public struct Waiting: Sendable {
        /// How many files will be taken, and since when the oldest waits.
        public var files = 0
        public var oldest: Timestamp?
        /// How many entries will not be taken, and why one of them.
        public var refused = 0
        public var refusal: Refusal?
        /// Inboxes that are not there, though the spool is, or cannot be read.
        public var unreadable: [String] = []
    }

    /// How many workers are on the spool now, by their locks.
    public static func liveWorkers(_ settings: SpoolSettings) throws(SpoolError) -> Int {
        let owners = "\(settings.path)/work/.owners"
        guard Directory.identity(of: owners) != nil else { return 0 }
        return try OtherWorkers(owners: try Directory(owners), except: "").live.count
    }

    /// Of the files that wait in the inboxes or are in work, the one that is oldest; nil where there is none.
    public static func oldestFile(_ settings: SpoolSettings) throws(SpoolError) -> Timestamp? {
        var oldest = try waiting(settings).oldest
        let path = "\(settings.path)/work"
        guard Directory.identity(of: path) != nil else { return oldest }
        let work = try Directory(path)
        for name in try work.names() where ClaimID.parse(workName: name) != nil {
            guard let file = try work.file(name) else { continue }
            oldest = min(oldest ?? file.modifiedAt, file.modifiedAt)
        }
        return oldest
    }

    /// Looks at the inboxes without claiming anything.
    public static func waiting(_ settings: SpoolSettings) throws(SpoolError) -> Waiting {
        let rules = InboxRules(sizeMax: settings.sizeMax)
        var waiting = Waiting()
        for inbox in settings.inboxes {
            let path = settings.folder(ofInbox: inbox)
            guard Directory.identity(of: settings.path) != nil else { continue }
            let folder: Directory
            do { folder = try Directory(path) } catch {
                waiting.unreadable.append(error.message)
                continue
            }
            try folder.forEachName { (name, isText) throws(SpoolError) in
                var verdict = rules.judge(name: name, isText: isText)
                if verdict == nil {
                    guard let file = try folder.file(name) else { return }
                    verdict = rules.judge(file)
                    if verdict == .acceptable {
                        waiting.files += 1
                        waiting.oldest = min(waiting.oldest ?? file.modifiedAt, file.modifiedAt)
                    }
                }
                switch verdict {
                case .refused(let reason), .linkedElsewhere(let reason):
                    waiting.refused += 1
                    waiting.refusal = waiting.refusal ?? Refusal(name: name, reason: reason)
                case .acceptable, .ignored, nil: break
                }
            }
        }
        return waiting
    }
}

/// A file in `work/`.
public struct ClaimedFile: Sendable, Hashable {
    public let claim: ClaimID
    public let name: String
    /// The inbox it came from, as configured; nil when that inbox is no longer configured.
    public let inbox: String?
    public let size: Int64
    public let modifiedAt: Timestamp
    /// It was claimed although nobody could tell that it has no writer.
    public var mayGrow = false
}
