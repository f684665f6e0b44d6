import CSpool
import Dispatch
import Glibc
import Logging
public import TidemillCore

/// One watched folder: finds its complete files and claims them. Not Sendable: whoever scans owns it.
public final class Inbox {
    /// The path as configured.
    public let name: String
    public let path: String
    private let tag: String
    private let spool: Spool
    private let logger: Logger
    private var folder: Directory?
    private var machine: InboxStateMachine
    private let rules: InboxRules
    private var inotify: Inotify?
    private var watch: Int32?
    private var isMissing = false
    private var isPolling = false
    /// Whether open and close events are followed: where the kernel may not be asked about every owner's files.
    private var followsOpens: Bool
    private var hasToldSight = false
    /// Names that this worker itself renamed back into the inbox: their arrival proves nothing.
    private var putBack: Set<String> = []
    /// Names whose files could not be opened for a reason that is not theirs.
    private var unreachable: Set<String> = []

    /// The most complete files that one look returns.
    public static let candidatesMax = 16_384
    /// How often a folder without kernel events is listed.
    static let pollInterval = Duration.seconds(1)

    init(
        _ name: String, spool: Spool, inotify: Inotify?, start: ContinuousClock.Instant, followsOpens: Bool = false
    ) {
        self.followsOpens = followsOpens
        self.name = name
        self.spool = spool
        self.inotify = inotify
        logger = spool.logger
        path = spool.settings.folder(ofInbox: name)
        tag = ClaimID.inboxTag(name)
        rules = InboxRules(sizeMax: spool.settings.sizeMax)
        machine = InboxStateMachine(
            rules: rules, settle: spool.settings.settle, limit: Self.candidatesMax, start: start)
    }

    // MARK: - Looking

    /// Lists the folder: watch first, list second, so that nothing arrives between the two unseen.
    public func look(now: ContinuousClock.Instant) throws(SpoolError) -> InboxStateMachine.Look {
        let isFirst = folder == nil && !isMissing
        noteEvents()
        guard let folder = try resolve(isFirst: isFirst) else {
            var look = InboxStateMachine.Look()
            look.next = now.advanced(by: min(.milliseconds(500), spool.settings.rescan))
            return look
        }
        machine.begin(now: now)
        try folder.forEachName { (name, isText) throws(SpoolError) in
            guard machine.needsStatus(name: name, isText: isText), let file = try folder.file(name) else { return }
            machine.consider(file)
        }
        noteEvents()
        var look = machine.end()
        if watch == nil {
            look.next = min(look.next ?? now.advanced(by: Self.pollInterval), now.advanced(by: Self.pollInterval))
        }
        return look
    }

    private func noteEvents() {
        guard let inotify, let watch else { return }
        let report = inotify.drain(watch)
        if report.mustResolve {
            machine.forgetEvents()
            // A moved folder keeps its watch; it must not speak for the one that takes its place.
            if Directory.identity(of: path) != folder?.identity { leaveFolder() }
        }
        for event in report.events {
            if case .movedIn(let name) = event, putBack.remove(name) != nil {
                machine.note(.closedAfterWrite(name))
            } else {
                machine.note(event)
            }
        }
    }

    private func leaveFolder() {
        if let watch { inotify?.unwatch(watch) }
        watch = nil
        folder = nil
        putBack.removeAll()
    }

    /// The folder that the path means now, watched; nil while there is none.
    private func resolve(isFirst: Bool) throws(SpoolError) -> Directory? {
        let current = Directory.identity(of: path)
        if let folder, let current, folder.identity == current {
            if watch == nil { startWatching(folder) }
            return folder
        }
        leaveFolder()
        machine.forgetEvents()
        guard current != nil else {
            if !isMissing { logger.warning("inbox \(path) is gone; waiting until it is there again") }
            isMissing = true
            return nil
        }
        let opened = try Directory(path)
        try Spool.checkFilesystem(path, spool.work)
        if !isFirst { logger.notice("inbox \(path) is another folder now; watching that one") }
        isMissing = false
        folder = opened
        startWatching(opened)
        return opened
    }

    private func startWatching(_ folder: Directory) {
        watch = inotify?.watch(folder, opens: followsOpens)
        if watch == nil, !isPolling {
            isPolling = true
            logger.warning(
                "inbox \(path) is polled every \(Self.pollInterval): the kernel gives no watch for it (fs.inotify.max_user_instances, max_user_watches)"
            )
        } else if watch != nil, isPolling {
            isPolling = false
            logger.notice("inbox \(path) is watched again")
        }
    }

    // MARK: - Claiming

    /// What `claim` did.
    public struct Claims: Sendable {
        /// Claimed, and on disk: both folders are synced.
        public var files: [ClaimedFile] = []
        /// When those that somebody still writes may be complete.
        public var next: ContinuousClock.Instant?
    }

    /// Claims `files` by renaming each into `work/`. Of several workers exactly one gets a file. Those that somebody
    /// still has open, or that changed since the look, stay.
    public func claim(
        _ files: some Sequence<InboxFile>, at instant: Timestamp, now: ContinuousClock.Instant
    ) throws(SpoolError) -> Claims {
        var claims = Claims()
        guard let folder else { return claims }
        do throws(SpoolError) {
            for file in files {
                switch try claim(file, in: folder, at: instant, now: now) {
                case .claimed(let claimed): claims.files.append(claimed)
                case .stillWritten:
                    let next = machine.isStillWritten(file, now: now)
                    claims.next = min(claims.next ?? next, next)
                case .gone: break
                }
            }
        } catch {
            // What is claimed is claimed; the next file meets the same trouble with nothing in hand.
            guard !claims.files.isEmpty else { throw error }
            logger.warning("claiming stopped: \(error)")
        }
        if !claims.files.isEmpty {
            // Once a batch, before the first commit that names the claims. Where it fails the files stay in `work/`, and
            // recovery finds them again.
            try spool.work.sync()
            try folder.sync()
        }
        return claims
    }

    /// The kernel does not say whether the file has a writer: from here on events are followed, as far as there are any.
    private func tellSight() {
        guard !hasToldSight else { return }
        hasToldSight = true
        if !followsOpens, let folder {
            followsOpens = true
            startWatching(folder)
        }
        if watch == nil || spool.sight == .none {
            logger.warning("inbox \(path): \(WriterSight.none.meaning)")
        } else {
            logger.notice("inbox \(path): \(WriterSight.events.meaning)")
        }
    }

    private enum Attempt {
        case claimed(ClaimedFile)
        case stillWritten
        case gone
    }

    private func claim(
        _ file: InboxFile, in folder: Directory, at instant: Timestamp, now: ContinuousClock.Instant
    ) throws(SpoolError) -> Attempt {
        // Asked before it is opened here, which the kernel reports, too.
        let isHeld = watch.map { followsOpens && inotify?.isHeldOpen(file, in: $0, now: now) == true } ?? false
        let descriptor = openat(folder.descriptor, file.name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else {
            let reason = errno
            // Gone: another worker won.
            if reason == ENOENT || reason == ELOOP { return .gone }
            switch FileFault(reason) {
            // It fails, alone and by name, when it is read.
            case .file: return try move(file, in: folder, at: instant, descriptor: nil)
            // Its disk or server does not answer: it stays, and the others go on.
            case .place:
                tellUnreachable(file.name, reason)
                return .stillWritten
            case .shared: throw .system("open \(folder.path)/\(file.name.escapingControls)", reason)
            }
        }
        defer { close(descriptor) }
        var status = stat()
        // A candidate may have waited its turn for a while: what changed since is judged anew by the next look.
        guard fstat(descriptor, &status) == 0, InboxFile(name: file.name, status) == file
        else { return .stillWritten }
        var mayGrow = false
        switch cspool_has_writer(descriptor) {
        case 0: break
        case 1: return .stillWritten
        default:
            tellSight()
            if isHeld { return .stillWritten }
            mayGrow = true
        }
        let attempt = try move(file, in: folder, at: instant, descriptor: descriptor)
        guard mayGrow, case .claimed(var claimed) = attempt else { return attempt }
        claimed.mayGrow = true
        return .claimed(claimed)
    }

    /// Said once for a name, as long as no more than a few are so.
    private func tellUnreachable(_ name: String, _ reason: Int32) {
        guard unreachable.count < 1000, unreachable.insert(name).inserted else { return }
        logger.error(
            "\(path)/\(name.escapingControls) cannot be opened now: \(String(cString: strerror(reason))); it stays, and is tried again"
        )
    }

    private func move(
        _ file: InboxFile, in folder: Directory, at instant: Timestamp, descriptor: Int32?
    ) throws(SpoolError) -> Attempt {
        let claim = spool.instance.nextClaim(at: instant, inbox: tag)
        let workName = claim.workName(file.name)
        let open = watch.flatMap { followsOpens ? inotify?.openEntry(file.name, in: $0) : nil }
        guard try folder.rename(file.name, to: spool.work, as: workName) == .done else { return .gone }
        // From here no producer can reach it by name: what it is now, it stays, unless one still has it open.
        let moved = try spool.work.file(workName)
        let isSame =
            moved.map { $0.inode == file.inode && $0.size == file.size && $0.modified == file.modified } ?? false
        let hasWriter = descriptor.map { cspool_has_writer($0) == 1 } ?? false
        if isSame, !hasWriter, let moved, rules.judge(claimed: moved) == .acceptable {
            return .claimed(
                ClaimedFile(claim: claim, name: file.name, inbox: name, size: moved.size, modifiedAt: moved.modifiedAt))
        }
        putBack.insert(file.name)
        switch try spool.work.rename(workName, to: folder, as: file.name) {
        case .done, .missing:
            if let open, let watch { inotify?.restore(open, file.name, in: watch) }
            return .stillWritten
        case .exists:
            // The producer has put another file under the name: this one is what it was.
            putBack.remove(file.name)
            guard let moved, moved.kind == .regular else {
                logger.error(
                    "\(spool.work.path)/\(workName.escapingControls) is no regular file; look at it and remove it")
                return .gone
            }
            return .claimed(
                ClaimedFile(claim: claim, name: file.name, inbox: name, size: moved.size, modifiedAt: moved.modifiedAt))
        }
    }
}

extension InboxRules {
    /// The same rules once the name in `work/` is longer.
    fileprivate func judge(claimed file: InboxFile) -> Verdict {
        var file = file
        file.name = "x.json"
        return judge(file)
    }
}
