import Glibc
import TidemillCore

extension Spool {
    /// Why the spool could not be opened as it stands, in words; makes nothing that is missing, and tries the renames by
    /// which files are claimed.
    /// - Parameter storeID: the store that deliveries go to; nil: there is none yet.
    public static func problems(_ settings: SpoolSettings, storeID: String?) -> [String] {
        guard Directory.exists(settings.path) else {
            return Directory.refusal(toMake: settings.path).map { ["the spool \(settings.path) cannot be made: \($0)"] }
                ?? []
        }
        if let why = Directory.refusal(toWrite: settings.path) {
            return ["the spool \(settings.path) cannot be used: \(why)"]
        }
        var problems: [String] = []
        do {
            if let storeID, let found = try Directory(settings.path).text(of: storeFile) {
                let id = String(found.prefix { $0 != "\n" })
                if id != storeID { problems.append(foreign(settings.path, id, storeID).message) }
            }
        } catch {
            problems.append(error.message)
        }
        let isWorkUsable = Directory.refusal(toWrite: "\(settings.path)/work") == nil
        let own = (["tmp", "work", "done", "failed", "out"] + (isWorkUsable ? ["work/.owners"] : []))
            .map { "\(settings.path)/\($0)" }
        let inboxes = settings.inboxes.map { settings.folder(ofInbox: $0) }
        // What is not there yet is made on the spool's filesystem.
        let base = Directory.exists("\(settings.path)/work") ? "\(settings.path)/work" : settings.path
        for path in own + inboxes {
            guard Directory.exists(path) else {
                if let why = Directory.refusal(toMake: path) { problems.append("\(path) cannot be made: \(why)") }
                continue
            }
            if let why = Directory.refusal(toWrite: path) {
                problems.append("\(path) cannot be used: \(why)")
            } else if Directory.identity(of: path)?.device != Directory.identity(of: base)?.device,
                !path.hasSuffix("/out")
            {
                problems.append(apart(path, base).message)
            } else if path != base, !path.hasSuffix("/out"), problems.isEmpty {
                do {
                    try checkRename(path, Directory(base))
                } catch {
                    problems.append(error.message)
                }
            }
        }
        return problems
    }
}

extension Directory {
    /// Whether anything is there.
    static func exists(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 || errno != ENOENT
    }

    /// Why files cannot be written into the folder; nil where they can.
    static func refusal(toWrite path: String) -> String? {
        var status = stat()
        guard stat(path, &status) == 0 else { return String(cString: strerror(errno)) }
        guard status.st_mode & S_IFMT == S_IFDIR else { return "\(path) is no folder" }
        guard faccessat(AT_FDCWD, path, R_OK | W_OK | X_OK, AT_EACCESS) == 0 else {
            return "\(String(cString: strerror(errno))); check the owner and mode of \(path)"
        }
        return nil
    }

    /// Why the folder, and those above it that are missing, cannot be made; nil where they can.
    public static func refusal(toMake path: String) -> String? {
        var path = path
        while !exists(path) {
            guard let slash = path.dropLast(path.hasSuffix("/") ? 1 : 0).lastIndex(of: "/") else {
                return refusal(toWrite: ".")
            }
            path = slash == path.startIndex ? "/" : String(path[..<slash])
        }
        return refusal(toWrite: path)
    }
}
