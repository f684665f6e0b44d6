import Glibc
import Synchronization
import TidemillCore

/// The place of a socket in the file system. What another process listens on is left alone; what a process left behind that
/// is gone is taken away. The server binds a name of its own beside it, which becomes the place's when it listens, and the
/// place is given up only where what stands there is still this server's.
final class SocketFile: Sendable {
    /// What a socket's address holds, without its end.
    static let pathMax = 107

    /// The name to bind.
    let hidden: String
    private let path: String
    private let state: Mutex<State>

    private struct State {
        /// The folder; locked while somebody begins or ends: of two at once, one waits for what the other comes to.
        var folder: Int32
        /// Device and number of the socket that is this server's.
        var own: (device: dev_t, number: ino_t)?
        var problem: DoorError?
    }

    init(_ path: String) throws(DoorError) {
        self.path = path
        guard path.utf8.count <= Self.pathMax else {
            throw DoorError(
                message:
                    "the path has \(path.utf8.count) bytes, and a socket's may have \(Self.pathMax); give a shorter one, such as unix:/run/tidemill.sock"
            )
        }
        let parent = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        hidden = "\(parent)/.\(getpid())"
        guard hidden.utf8.count <= Self.pathMax else {
            throw DoorError(
                message:
                    "the folder's path has \(parent.utf8.count) bytes, which is too long for a socket in it; give a shorter one, such as unix:/run/tidemill.sock"
            )
        }
        let descriptor = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw DoorError(
                message: errno == ENOENT
                    ? "there is no folder \(parent.escapingControls); make it first"
                    : "the folder \(parent.escapingControls) cannot be opened: \(Self.words(errno))")
        }
        state = Mutex(State(folder: descriptor))
        guard flock(descriptor, LOCK_EX) == 0, access(parent, W_OK | X_OK) == 0 else {
            throw DoorError(
                message:
                    "nothing can be made in the folder \(parent.escapingControls): \(Self.words(errno)); let this process write there, or give another path"
            )
        }
        try clear()
    }

    deinit { state.withLock { _ = close($0.folder) } }

    /// The server listens: others may look now, and find somebody. False where the place cannot be had.
    func listens() -> Bool {
        state.withLock { state in
            defer { flock(state.folder, LOCK_UN) }
            var status = stat()
            guard lstat(hidden, &status) == 0, rename(hidden, path) == 0 else {
                state.problem = DoorError(message: "the socket cannot be put there: \(Self.words(errno))")
                unlink(hidden)
                return false
            }
            state.own = (status.st_dev, status.st_ino)
            return true
        }
    }

    /// Gives the place up, where it is still the server's. While the server listens, no other socket has its number.
    func leave() {
        state.withLock { state in
            guard let own = state.own else { return }
            state.own = nil
            flock(state.folder, LOCK_EX)
            defer { flock(state.folder, LOCK_UN) }
            var status = stat()
            guard lstat(path, &status) == 0, status.st_dev == own.device, status.st_ino == own.number else { return }
            unlink(path)
        }
    }

    /// Why the server ended at once.
    func check() throws(DoorError) {
        if let problem = state.withLock({ $0.problem }) { throw problem }
    }

    private func clear() throws(DoorError) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        let kind = status.st_mode & S_IFMT
        guard kind == S_IFSOCK else {
            let what = kind == S_IFDIR ? "folder" : kind == S_IFLNK ? "link" : "file"
            throw DoorError(
                message: "there is a \(what) of that name, which is no socket; move it away, or give another path")
        }
        switch listener() {
        case .none: guard unlink(path) == 0 || errno == ENOENT else { throw unremovable(errno) }
        case .some(let who):
            throw DoorError(message: "\(who) listens there; end that one, or give another path")
        }
    }

    private func unremovable(_ code: Int32) -> DoorError {
        DoorError(
            message:
                "a process that is gone left a socket there, and it cannot be removed: \(Self.words(code)); remove it, or give another path"
        )
    }

    /// Who listens there; nil for nobody.
    private func listener() -> String? {
        let client = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        guard client >= 0 else { return "a process that could not be asked (\(Self.words(errno)))" }
        defer { close(client) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(client, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard status == 0 else {
            switch errno {
            case ECONNREFUSED, ENOENT: return nil
            // It has as many that wait as it takes.
            case EAGAIN: return "another process"
            case EPROTOTYPE: return "another process, with datagrams,"
            case let code: return "a process that cannot be asked (\(Self.words(code)))"
            }
        }
        // Process, user and group of who listens.
        var credentials: [Int32] = [0, 0, 0]
        var size = socklen_t(MemoryLayout<Int32>.size * credentials.count)
        guard getsockopt(client, SOL_SOCKET, SO_PEERCRED, &credentials, &size) == 0, credentials[0] > 0 else {
            return "another process"
        }
        return "process \(credentials[0])" + (Self.name(of: credentials[0]).map { " (\($0))" } ?? "")
    }

    /// What a process is called; nil where it is not to be had.
    private static func name(of process: Int32) -> String? {
        guard let file = fopen("/proc/\(process)/comm", "r") else { return nil }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 64)
        guard fgets(&line, Int32(line.count), file) != nil else { return nil }
        let bytes = line.prefix { $0 != 0 && $0 != CChar(bitPattern: UInt8(ascii: "\n")) }
        return String(decoding: bytes.map { UInt8(bitPattern: $0) }, as: UTF8.self).escapingControls
    }

    private static func words(_ code: Int32) -> String { String(cString: strerror(code)) }
}
