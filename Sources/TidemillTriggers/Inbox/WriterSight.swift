import CSpool
import Glibc

/// How far a worker sees whether somebody still writes a file.
public enum WriterSight: Sendable, Hashable {
    /// The kernel tells of any file (leases).
    case all
    /// The kernel tells of this user's own files; others' are seen by open and close events.
    case events
    /// Nobody tells.
    case none

    /// What follows from it, for the log and for `check`.
    public var meaning: String {
        switch self {
        case .all: "open files are seen"
        case .events:
            "the kernel tells this user nothing about writers of other users' files (that takes their owner, or CAP_LEASE); they are seen by open and close events from the worker's start on. Rename finished files in from spool/tmp/"
        case .none:
            "nothing tells whether a file is still being written, neither leases nor events: one that was quiet for spool.settle is taken, and what is written to it later is reported, not counted. Rename finished files in from spool/tmp/"
        }
    }

    /// What is to be seen of the files in `folder`.
    static func of(_ folder: Directory) -> WriterSight {
        // What other machines write shows neither in leases nor in events here.
        if cspool_is_remote(folder.descriptor) == 1 { return .none }
        return cspool_may_lease_all() == 1 ? .all : .events
    }

    /// Of each inbox, what `check` has to say: those where something is not seen, though others can write there.
    public static func gaps(_ settings: SpoolSettings) throws(SpoolError) -> [(inbox: String, sight: WriterSight)] {
        var gaps: [(inbox: String, sight: WriterSight)] = []
        for inbox in settings.inboxes {
            let path = settings.folder(ofInbox: inbox)
            var status = stat()
            guard stat(path, &status) == 0 else { continue }
            let folder = try Directory(path)
            var sight = of(folder)
            if sight == .events, !hasEvents(folder) { sight = .none }
            let isOurs = status.st_uid == geteuid() && status.st_mode & (S_IWGRP | S_IWOTH) == 0
            if sight == .none || (sight == .events && !isOurs) { gaps.append((inbox, sight)) }
        }
        return gaps
    }

    /// Whether the kernel gives this user a watch now.
    private static func hasEvents(_ folder: Directory) -> Bool {
        let descriptor = inotify_init1(Int32(IN_CLOEXEC))
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return inotify_add_watch(
            descriptor, "/proc/self/fd/\(folder.descriptor)", UInt32(IN_CREATE | IN_ONLYDIR)) >= 0
    }
}

extension Spool {
    var sight: WriterSight { WriterSight.of(work) }

    /// Whether a claimed file may grow yet: nobody can tell that it has no writer.
    public func mayGrow(_ claim: ClaimID, name: String) -> Bool {
        work.mayHaveWriter(claim.workName(name))
    }

    /// A claimed file as it is now; nil when it is gone.
    public func claimedFile(_ claim: ClaimID, name: String) throws(SpoolError) -> InboxFile? {
        try work.file(claim.workName(name))
    }
}

extension Directory {
    /// Whether somebody has the file open for writing, as far as it cannot be ruled out.
    func mayHaveWriter(_ name: String) -> Bool {
        let file = openat(descriptor, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard file >= 0 else { return true }
        defer { close(file) }
        return cspool_has_writer(file) != 0
    }
}
