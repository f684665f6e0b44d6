import Glibc
import Synchronization
import TidemillCore

/// This worker on the spool: a locked file in `work/.owners`. The kernel drops the lock when the process ends, however
/// it ends, so that others see a death at once and without guessing by time.
public final class WorkerInstance: Sendable {
    /// Six characters: the owner of its deliveries' rows and a part of its claim ids.
    public let tag: String
    private let descriptor: Int32
    private let claims = Atomic<UInt64>(0)

    init(owners: Directory) throws(SpoolError) {
        while true {
            let tag = Base32.text(UInt64.random(in: 0..<1 << 30), digits: ClaimID.tagLength)
            let file = openat(owners.descriptor, tag, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o640)
            if file < 0, errno == EEXIST { continue }
            guard file >= 0 else { throw .system("make a lock in \(owners.path)") }
            var status = stat()
            // Another worker may have taken the file for a dead one's before it was locked; then begin again.
            if flock(file, LOCK_EX | LOCK_NB) == 0, fstat(file, &status) == 0, status.st_nlink > 0 {
                let text = "process \(getpid())\n"
                _ = text.withCString { write(file, $0, strlen($0)) }  // for people only
                self.tag = tag
                descriptor = file
                return
            }
            close(file)
        }
    }

    /// The lock file stays: whoever finds it free takes over what this worker left, and removes it then.
    deinit { close(descriptor) }

    func nextClaim(at now: Timestamp, inbox: String) -> ClaimID {
        let number = claims.wrappingAdd(1, ordering: .relaxed).newValue
        return ClaimID(
            at: now.microseconds.flooredDivision(by: 1000), instance: tag, inbox: inbox, number: number)
    }
}

/// The other workers of the spool, as their locks show them.
public struct OtherWorkers: ~Copyable {
    /// Those that hold their lock.
    public let live: Set<String>
    /// Those whose lock is free, held here until `bury`, so that only one worker takes over.
    private var dead: [(tag: String, descriptor: Int32)]
    private let owners: Directory

    init(owners: Directory, except own: String) throws(SpoolError) {
        var live: Set<String> = []
        var dead: [(tag: String, descriptor: Int32)] = []
        for tag in try owners.names() where tag != own && tag.utf8.count == ClaimID.tagLength {
            let file = openat(owners.descriptor, tag, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
            if file < 0, errno == ENOENT { continue }  // buried by another worker meanwhile
            // Anything else, too few descriptors say, tells nothing about that worker: it must not pass for dead.
            guard file >= 0 else {
                let reason = errno
                for (_, descriptor) in dead { close(descriptor) }
                throw .system("look at the lock \(owners.path)/\(tag)", reason)
            }
            var status = stat()
            if flock(file, LOCK_EX | LOCK_NB) != 0 {
                // Held, or not to be told: not dead as far as anyone knows.
                live.insert(tag)
                close(file)
            } else if fstat(file, &status) == 0, status.st_nlink > 0 {
                dead.append((tag, file))
            } else {
                close(file)
            }
        }
        self.live = live
        self.dead = dead
        self.owners = owners
    }

    public var deadTags: [String] { dead.map(\.tag) }

    /// Removes the dead workers' locks, once everything of theirs has a new owner.
    public consuming func bury() {
        for (tag, _) in dead { unlinkat(owners.descriptor, tag, 0) }
    }

    deinit {
        for (_, descriptor) in dead { close(descriptor) }
    }
}
