import CSpool
import Glibc
import TidemillCore

/// An open folder. Every operation on its entries goes through its descriptor and follows no link, so that a path that
/// is renamed or replaced meanwhile cannot redirect it.
public final class Directory: Sendable {
    /// For messages and for handing a path on; never joined to reach an entry.
    public let path: String
    let descriptor: Int32

    /// Opens the folder at `path`.
    public convenience init(_ path: String) throws(SpoolError) {
        try self.init(path, under: AT_FDCWD, name: path)
    }

    private init(_ path: String, under parent: Int32, name: String) throws(SpoolError) {
        self.path = path
        descriptor = openat(
            parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | (parent == AT_FDCWD ? 0 : O_NOFOLLOW))
        guard descriptor >= 0 else { throw .system("open the folder \(path.escapingControls)") }
    }

    deinit { close(descriptor) }

    /// Makes the folder at `path`, and those above it, where they are missing: 0750.
    public static func create(_ path: String) throws(SpoolError) {
        guard mkdir(path, 0o750) != 0, errno != EEXIST else { return }
        guard errno == ENOENT, let slash = path.dropLast(path.hasSuffix("/") ? 1 : 0).lastIndex(of: "/"),
            slash > path.startIndex
        else { throw .system("make the folder \(path.escapingControls)") }
        try create(String(path[..<slash]))
        guard mkdir(path, 0o750) == 0 || errno == EEXIST else {
            throw .system("make the folder \(path.escapingControls)")
        }
    }

    /// The folder `name` in this one, made where it is missing: 0750.
    public func folder(_ name: String) throws(SpoolError) -> Directory {
        if mkdirat(descriptor, name, 0o750) != 0, errno != EEXIST {
            throw .system("make the folder \(path)/\(name.escapingControls)")
        }
        return try Directory("\(path)/\(name)", under: descriptor, name: name)
    }

    /// Device and inode: whether two paths mean the same folder.
    var identity: FolderIdentity? {
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_nlink > 0 else { return nil }
        return FolderIdentity(status)
    }

    static func identity(of path: String) -> FolderIdentity? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return FolderIdentity(status)
    }

    /// An entry's state, links not followed; nil when there is none.
    public func file(_ name: String) throws(SpoolError) -> InboxFile? {
        var status = stat()
        guard fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
            if errno == ENOENT { return nil }
            throw .system("look at \(path)/\(name.escapingControls)")
        }
        return InboxFile(name: name, status)
    }

    /// Every entry but `.` and `..`, in no order. A name that is not UTF-8 comes with its bytes replaced and marked.
    func forEachName(_ body: (_ name: String, _ isText: Bool) throws(SpoolError) -> Void) throws(SpoolError) {
        // A descriptor of its own: reading moves a position that copies would share.
        let copy = openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard copy >= 0 else { throw .system("list the folder \(path)") }
        guard let stream = fdopendir(copy) else {
            let reason = errno
            close(copy)
            throw .system("list the folder \(path)", reason)
        }
        defer { closedir(stream) }
        while true {
            errno = 0
            guard let entry = readdir(stream) else {
                if errno != 0 { throw .system("list the folder \(path)") }
                return
            }
            let (name, isText) = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { text in
                    String(validatingCString: text).map { ($0, true) } ?? (String(cString: text), false)
                }
            }
            if name != ".", name != ".." { try body(name, isText) }
        }
    }

    public func names() throws(SpoolError) -> [String] {
        var names: [String] = []
        try forEachName { (name, isText) throws(SpoolError) in if isText { names.append(name) } }
        return names
    }

    enum Renaming { case done, missing, exists }

    /// Moves an entry and never replaces one.
    func rename(_ name: String, to folder: Directory, as newName: String) throws(SpoolError) -> Renaming {
        guard cspool_rename_exclusive(descriptor, name, folder.descriptor, newName) != 0 else { return .done }
        switch errno {
        case ENOENT: return .missing
        case EEXIST: return .exists
        default:
            throw .system("move \(path)/\(name.escapingControls) to \(folder.path)/\(newName.escapingControls)")
        }
    }

    /// Removes a file or link; true when it was there.
    @discardableResult
    func remove(_ name: String) throws(SpoolError) -> Bool {
        guard unlinkat(descriptor, name, 0) != 0 else { return true }
        if errno == ENOENT { return false }
        throw .system("remove \(path)/\(name.escapingControls)")
    }

    /// Removes an empty folder; false when it is not empty or not there.
    @discardableResult
    func removeFolder(_ name: String) throws(SpoolError) -> Bool {
        guard unlinkat(descriptor, name, AT_REMOVEDIR) != 0 else { return true }
        if errno == ENOENT || errno == ENOTEMPTY || errno == EEXIST { return false }
        throw .system("remove \(path)/\(name.escapingControls)")
    }

    /// Writes a whole file under a hidden name and moves it to `name`: a reader sees all of it or nothing. Replaces.
    func write(
        _ name: String, through hidden: String, durably: Bool, _ body: (inout FileText) throws -> Void
    ) throws {
        let file = openat(descriptor, hidden, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o640)
        guard file >= 0 else { throw SpoolError.system("write \(path)/\(hidden.escapingControls)") }
        defer { close(file) }
        var text = FileText(descriptor: file, path: "\(path)/\(name.escapingControls)")
        try body(&text)
        try text.flush()
        if durably, fsync(file) != 0 { throw SpoolError.system("sync \(path)/\(name.escapingControls)") }
        guard renameat(descriptor, hidden, descriptor, name) == 0 else {
            throw SpoolError.system("rename \(path)/\(hidden.escapingControls)")
        }
    }

    /// The content of a small file; nil when there is none.
    func text(of name: String) throws(SpoolError) -> String? {
        let file = openat(descriptor, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard file >= 0 else {
            if errno == ENOENT { return nil }
            throw .system("read \(path)/\(name)")
        }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = bytes.withUnsafeMutableBytes { read(file, $0.baseAddress, $0.count) }
        guard count >= 0 else { throw .system("read \(path)/\(name)") }
        return String(decoding: bytes[..<count], as: UTF8.self)
    }

    /// Puts the folder's entries on disk.
    func sync() throws(SpoolError) {
        guard fsync(descriptor) == 0 else { throw .system("sync the folder \(path)") }
    }

    /// Puts the whole filesystem on disk.
    func syncFilesystem() throws(SpoolError) {
        guard cspool_sync_filesystem(descriptor) == 0 else { throw .system("sync the filesystem of \(path)") }
    }
}

struct FolderIdentity: Hashable {
    let device: UInt64
    let inode: UInt64

    init(_ status: stat) {
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
    }
}

/// Text on its way into a file, written in pieces of 64 KiB however long it gets.
public struct FileText {
    private let descriptor: Int32
    private let path: String
    private var bytes: [UInt8] = []

    init(descriptor: Int32, path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    public mutating func write(_ text: String) throws(SpoolError) {
        bytes.append(contentsOf: text.utf8)
        if bytes.count >= 65_536 { try flush() }
    }

    mutating func flush() throws(SpoolError) {
        var start = 0
        while start < bytes.count {
            let written = bytes.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress! + start, $0.count - start)
            }
            if written < 0 {
                if errno == EINTR { continue }
                throw .system("write \(path)")
            }
            start += written
        }
        bytes.removeAll(keepingCapacity: true)
    }
}
