import Glibc

/// Where a spool is: two places with one id are one spool that was moved, or a copy of it.
public struct SpoolPlace: Sendable, Hashable {
    public let host: String
    public let path: String
    public let device: UInt64
    public let inode: UInt64
}

extension Spool {
    /// Where this worker has it open.
    public var place: SpoolPlace { Self.place(root) }

    private static func place(_ folder: Directory) -> SpoolPlace {
        let identity = folder.identity
        return SpoolPlace(
            host: hostName, path: Self.fullPath(folder.path), device: identity?.device ?? 0,
            inode: identity?.inode ?? 0)
    }

    /// Whether another folder at `path` carries the same id: one of the two was copied from the other.
    public func isCopied(at path: String) -> Bool {
        guard let identity = Directory.identity(of: path), identity != root.identity else { return false }
        // A folder that cannot be read now is no proof of a copy.
        return (try? Self.id(at: path)) == id
    }

    /// Whether a worker has, or had and left, its lock in this folder.
    public func hasLock(of owner: String) throws(SpoolError) -> Bool { try owners.file(owner) != nil }

    private static func fullPath(_ path: String) -> String {
        guard let resolved = realpath(path, nil) else { return path }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    public static var hostName: String {
        var name = utsname()
        guard uname(&name) == 0 else { return "localhost" }
        return withUnsafePointer(to: &name.nodename) {
            $0.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: $0.pointee)) {
                String(cString: $0)
            }
        }
    }

    // MARK: - Rows without a spool

    /// Whether a delivery of this row is this spool's, as far as the folders tell: its file is in `work/`, the lock of
    /// its owner lies here, or its file was kept here. For rows of programs that did not note the spool.
    public func holds(_ claim: ClaimID, name: String, owner: String, finished: FinishedFile?) throws(SpoolError) -> Bool
    {
        if try work.file(claim.workName(name)) != nil { return true }
        if try hasLock(of: owner) { return true }
        guard let finished else { return false }
        return try ResultFiles(self).holds(finished)
    }
}
