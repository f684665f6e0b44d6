import Glibc
public import TidemillCore

/// An entry of a folder as one look at it showed it.
public struct InboxFile: Sendable, Hashable {
    public enum Kind: String, Sendable {
        case regular = "a file"
        case folder = "a folder"
        case link = "a symbolic link"
        case pipe = "a named pipe"
        case socket = "a socket"
        case device = "a device"
    }

    public var name: String
    /// Whether the name is UTF-8; if not, `name` is for people only.
    public var nameIsText = true
    public var kind: Kind
    public var inode: UInt64
    public var size: Int64
    /// Nanoseconds since 1970, as the filesystem has it.
    public var modified: Int64
    public var links: Int

    public init(
        name: String, nameIsText: Bool = true, kind: Kind = .regular, inode: UInt64, size: Int64, modified: Int64,
        links: Int = 1
    ) {
        self.name = name
        self.nameIsText = nameIsText
        self.kind = kind
        self.inode = inode
        self.size = size
        self.modified = modified
        self.links = links
    }

    init(name: String, _ status: stat) {
        self.init(
            name: name, kind: Kind(mode: status.st_mode), inode: UInt64(status.st_ino), size: Int64(status.st_size),
            modified: Int64(status.st_mtim.tv_sec) &* 1_000_000_000 &+ Int64(status.st_mtim.tv_nsec),
            links: Int(status.st_nlink))
    }

    public var modifiedAt: Timestamp { Timestamp(microseconds: modified / 1000) }
    public var modifiedSeconds: Int64 { modified.flooredDivision(by: 1_000_000_000) }

    /// The order in which files of one inbox start: modification time, then name by its bytes.
    public static func startsBefore(_ left: InboxFile, _ right: InboxFile) -> Bool {
        if left.modified != right.modified { return left.modified < right.modified }
        return left.name.utf8.lexicographicallyPrecedes(right.name.utf8)
    }
}

extension InboxFile.Kind {
    init(mode: mode_t) {
        switch mode & S_IFMT {
        case S_IFREG: self = .regular
        case S_IFDIR: self = .folder
        case S_IFLNK: self = .link
        case S_IFIFO: self = .pipe
        case S_IFSOCK: self = .socket
        default: self = .device
        }
    }
}

/// An entry that will not be taken, and why.
public struct Refusal: Sendable, Hashable, CustomStringConvertible {
    public let name: String
    public let reason: String

    public init(name: String, reason: String) {
        self.name = name
        self.reason = reason
    }

    public var description: String { "\(name.escapingControls): \(reason)" }
}

/// Which entries of an inbox are deliveries.
public struct InboxRules: Sendable {
    /// The longest name, in bytes: claim id, suffix and `.result.json` are added to it, and 255 is the filesystem's bound.
    public static let nameBytesMax = 200
    /// Endings that say "not finished" by themselves.
    static let unfinishedSuffixes = [".tmp", ".part", ".temp", ".partial", ".crdownload", ".swp", "~"]

    public let sizeMax: Int64

    public init(sizeMax: Int64) {
        self.sizeMax = sizeMax
    }

    public enum Verdict: Sendable, Hashable {
        case acceptable
        /// Hidden or unfinished by its name: nobody is told.
        case ignored
        /// More than one link: a maildir-style producer removes the other in a moment; refused if it stays so.
        case linkedElsewhere(reason: String)
        case refused(reason: String)
    }

    /// Judges by the name alone, before anything is looked at: nil when the entry decides.
    public func judge(name: String, isText: Bool) -> Verdict? {
        if name.hasPrefix(".") || Self.unfinishedSuffixes.contains(where: name.hasSuffix) { return .ignored }
        guard isText else { return .refused(reason: "the name is not UTF-8; rename it") }
        if name.unicodeScalars.contains(where: \.isUnprintable) {
            return .refused(reason: "the name has control characters; rename it")
        }
        guard let first = name.unicodeScalars.first, first.properties.isAlphabetic || first == "_" || first.isDigit,
            !name.contains("\\")
        else { return .refused(reason: "a name begins with a letter, a digit or _, and has no backslash; rename it") }
        if name.utf8.count > Self.nameBytesMax {
            return .refused(
                reason: "the name has \(name.utf8.count) bytes, \(Self.nameBytesMax) at most; give it a shorter one")
        }
        guard DeliveryFormat(name: name) != nil else {
            return .refused(
                reason: "the name must end in \(DeliveryFormat.endingsText); rename it or take it away")
        }
        return nil
    }

    public func judge(_ file: InboxFile) -> Verdict {
        if let verdict = judge(name: file.name, isText: file.nameIsText) { return verdict }
        guard file.kind == .regular else {
            return .refused(reason: "it is \(file.kind.rawValue), not a regular file; put the file itself here")
        }
        if file.size > sizeMax {
            return .refused(
                reason: "it has \(file.size) bytes, spool.max_file allows \(sizeMax); split it or raise the limit")
        }
        if file.links > 1 {
            return .linkedElsewhere(
                reason: "it has \(file.links) names (hard links); remove the others, or put a copy here")
        }
        return .acceptable
    }
}

extension Unicode.Scalar {
    fileprivate var isDigit: Bool { ("0"..."9").contains(self) }
}
