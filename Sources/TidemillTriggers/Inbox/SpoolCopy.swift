import Glibc
public import TidemillCore

/// What a worker that starts now would take, copied into a spool of its own: the files of the inboxes, and what dead
/// workers left in `work/`. Nothing of the original is claimed or moved. Workers that live are stood in for as
/// long as the value does: what is in their hands is left to them.
public struct SpoolCopy: ~Copyable {
    /// Files that were copied, and their size in bytes.
    public private(set) var files = 0
    public private(set) var bytes: Int64 = 0
    /// Files that were still being written, or are gone: not copied.
    public private(set) var left: [String] = []
    /// Entries that no worker takes, or can read.
    public private(set) var refused: [Refusal] = []
    private var standIns: [Int32] = []

    private static let chunk = 1 << 20

    /// Copies into a spool that no worker has opened yet. `target` has the same inboxes in the same order. Waits until
    /// files that are written in place have been quiet for the settle time, as the worker does; `room` is how many bytes
    /// may be copied.
    public init(
        of source: SpoolSettings, to target: SpoolSettings, room: Int64, clock: any Wallclock,
        sleep: (Duration) async throws -> Void
    ) async throws {
        try Directory.create(target.path)
        // What dead workers left there is taken over by workers of the same spool only.
        if let id = try Spool.id(at: source.path) { try Spool.stamp(Directory(target.path), Spool.idFile, id) }
        for (inbox, copied) in zip(source.inboxes, target.inboxes) {
            let path = source.folder(ofInbox: inbox)
            try Directory.create(target.folder(ofInbox: copied))
            guard Directory.identity(of: path) != nil else { continue }
            let folder = try Directory(path)
            let waiting = try acceptable(in: folder, source)
            try await Self.settle(waiting, source.settle, clock: clock, sleep: sleep)
            let copies = try Directory(target.folder(ofInbox: copied))
            for file in waiting { try copy(file.name, from: folder, to: copies, room: room) }
        }
        guard Directory.identity(of: "\(source.path)/work") != nil else { return }
        try copyWork(Directory("\(source.path)/work"), to: try Directory(target.path).folder("work"), room: room)
    }

    deinit {
        for descriptor in standIns { close(descriptor) }
    }

    private mutating func acceptable(in folder: Directory, _ settings: SpoolSettings) throws -> [InboxFile] {
        let rules = InboxRules(sizeMax: settings.sizeMax)
        var names: [(String, Bool)] = []
        try folder.forEachName { (name, isText) throws(SpoolError) in names.append((name, isText)) }
        var files: [InboxFile] = []
        for (name, isText) in names {
            var verdict = rules.judge(name: name, isText: isText)
            if verdict == nil {
                guard let file = try folder.file(name) else { continue }
                verdict = rules.judge(file)
                if verdict == .acceptable { files.append(file) }
            }
            switch verdict {
            case .refused(let reason), .linkedElsewhere(let reason):
                refused.append(Refusal(name: name, reason: reason))
            case .acceptable, .ignored, nil: break
            }
        }
        return files.sorted(by: InboxFile.startsBefore)
    }

    /// Waits until the file that was written last has been quiet for the settle time.
    private static func settle(
        _ files: [InboxFile], _ settle: Duration, clock: any Wallclock, sleep: (Duration) async throws -> Void
    ) async throws {
        guard let newest = files.map(\.modifiedAt).max() else { return }
        let quiet = Duration.microseconds(clock.now.microseconds - newest.microseconds)
        // A time stamp from the future is no reason to wait longer.
        if quiet < settle { try await sleep(min(settle, settle - quiet)) }
    }

    private mutating func copyWork(_ work: Directory, to copies: Directory, room: Int64) throws {
        let owners = try copies.folder(".owners")
        var live: Set<String> = []
        if Directory.identity(of: "\(work.path)/.owners") != nil {
            let others = try OtherWorkers(owners: try Directory("\(work.path)/.owners"), except: "")
            live = others.live
        }
        for tag in live.sorted() {
            let file = openat(owners.descriptor, tag, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o640)
            guard file >= 0, flock(file, LOCK_EX | LOCK_NB) == 0 else {
                throw SpoolError.system("make a lock in \(owners.path)")
            }
            standIns.append(file)
        }
        for name in try work.names().sorted() {
            guard let (claim, _) = ClaimID.parse(workName: name), !live.contains(claim.instance),
                try work.file(name)?.kind == .regular
            else { continue }
            try copy(name, from: work, to: copies, room: room)
        }
    }

    /// Copies one file with its time stamp. One that changes meanwhile, or is gone, is left.
    private mutating func copy(_ name: String, from folder: Directory, to copies: Directory, room: Int64) throws {
        let source = openat(folder.descriptor, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard source >= 0 else {
            // A worker fails that file alone.
            let reason = String(cString: strerror(errno))
            if errno == ENOENT { return left.append(name) }
            return refused.append(
                Refusal(name: name, reason: "it cannot be read (\(reason)), and fails; check its owner and mode"))
        }
        defer { close(source) }
        var before = stat()
        guard fstat(source, &before) == 0 else {
            throw SpoolError.system("look at \(folder.path)/\(name.escapingControls)")
        }
        bytes += Int64(before.st_size)
        guard bytes <= room else {
            throw SpoolError(
                .layout,
                "the files of the inboxes take more than the \(room) bytes that are free beside the store; free some space"
            )
        }
        let target = openat(copies.descriptor, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard target >= 0 else { throw SpoolError.system("write \(copies.path)/\(name.escapingControls)") }
        defer { close(target) }
        try Self.copy(source, to: target, size: Int64(before.st_size), "\(copies.path)/\(name.escapingControls)")
        var times = [before.st_atim, before.st_mtim]
        var after = stat()
        guard futimens(target, &times) == 0, fstat(source, &after) == 0 else {
            throw SpoolError.system("copy \(folder.path)/\(name.escapingControls)")
        }
        let isSame =
            after.st_size == before.st_size && after.st_mtim.tv_sec == before.st_mtim.tv_sec
            && after.st_mtim.tv_nsec == before.st_mtim.tv_nsec
        guard isSame else {
            try copies.remove(name)
            return left.append(name)
        }
        files += 1
    }

    private static func copy(_ source: Int32, to target: Int32, size: Int64, _ path: String) throws(SpoolError) {
        var buffer = [UInt8](repeating: 0, count: Int(min(Int64(chunk), max(1, size))))
        while true {
            let count = buffer.withUnsafeMutableBytes { read(source, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .system("read for \(path)") }
            if count == 0 { return }
            var start = 0
            while start < count {
                let written = buffer.withUnsafeBytes { write(target, $0.baseAddress! + start, count - start) }
                if written < 0, errno == EINTR { continue }
                guard written >= 0 else { throw .system("write \(path)") }
                start += written
            }
        }
    }
}
