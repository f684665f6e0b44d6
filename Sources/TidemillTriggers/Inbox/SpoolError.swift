import Glibc

/// What went wrong in the spool's folders.
public struct SpoolError: Error, Sendable, CustomStringConvertible {
    public enum Code: String, Sendable {
        /// A folder cannot be opened, read or written.
        case unavailable
        /// The disk or a quota is full.
        case full
        /// The spool belongs to another store.
        case foreign
        /// The folders are not laid out as claiming by rename needs it.
        case layout
        /// The folder is a copy of another spool, id and all.
        case copy
    }

    public let code: Code
    public let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The folder at `path` has the id of a spool that is still at `original`.
    public init(copyOf original: String, at path: String) {
        self.init(
            .copy,
            "the spool \(path) is a copy of \(original): both have the same id, and the files in work/ would be taken twice; use the original, or remove .spool and the files of work/ in the copy"
        )
    }

    /// The spool at `place` has the id of one that was open at `original`, whose worker `owner` has deliveries in hand and
    /// never had its lock here.
    public init(cloneOf original: String, at place: String, missing owner: String) {
        self.init(
            .copy,
            "the spool \(place) has the id of \(original), and deliveries are in the hands of a worker that was never here (\(owner)): one spool is a copy of the other, and its deliveries would be taken twice. Here, remove .spool and the files of work/: then it is a spool of its own. If it is the same spool, moved here without its work/.owners, and no worker runs there any more, make the empty file work/.owners/\(owner)"
        )
    }

    /// A system call's failure: what was tried, and `errno`'s own words.
    static func system(_ attempt: String, _ number: Int32 = errno) -> SpoolError {
        let words = String(cString: strerror(number))
        switch number {
        case ENOSPC, EDQUOT: return SpoolError(.full, "cannot \(attempt): \(words); free some space")
        case EACCES, EPERM, EROFS:
            return SpoolError(.unavailable, "cannot \(attempt): \(words); check the owner and mode of the folder")
        case EXDEV:
            return SpoolError(
                .layout,
                "cannot \(attempt): the two folders are on different filesystems, or on two mounts of one; mount the whole spool as one volume, not folder by folder"
            )
        default: return SpoolError(.unavailable, "cannot \(attempt): \(words)")
        }
    }

    /// Whether the same call may succeed later without anyone changing the configuration.
    public var isTransient: Bool {
        switch code {
        case .unavailable, .full: true
        case .foreign, .layout, .copy: false
        }
    }

    public var description: String { message }
}
