import Foundation

/// The scripts folder on disk. Reading follows no link that leaves it and stops at its bounds.
public struct ScriptFolder: Sendable, Hashable {
    /// The largest file, and how many there may be.
    public static let fileSizeMax = 1 << 20
    public static let filesMax = 1000

    public let path: String

    public init(path: String) {
        self.path = path
    }

    /// What messages call the folder: its last path component.
    public var displayName: String {
        let name = (path as NSString).lastPathComponent
        return name.isEmpty || name == "/" ? "scripts" : name
    }

    /// What a folder held at one instant.
    public struct Contents: Sendable, Hashable {
        /// In path order, `lib/` included, tests left out.
        public var sources: [ScriptSource]
        /// Files that cannot be taken as they are.
        public var problems: [ScriptProblem]

        public init(sources: [ScriptSource], problems: [ScriptProblem]) {
            self.sources = sources
            self.problems = problems
        }
    }

    /// Reads every `*.lua` but tests. A folder that does not exist is a problem, not an empty script version.
    public func read() -> Contents { read(tests: false) }

    /// Reads every `*_test.lua`.
    public func readTests() -> Contents { read(tests: true) }

    private func read(tests: Bool) -> Contents {
        var contents = Contents(sources: [], problems: [])
        var listing: [(name: String, path: String)] = []
        var count = 0
        list(folder: path, prefix: "", depth: 0, into: &listing, count: &count, problems: &contents.problems)
        // Definitions for editors are no scripts.
        for (name, file) in listing where name.hasSuffix("_test.lua") == tests && !name.hasSuffix(".d.lua") {
            if contents.sources.count == Self.filesMax {
                report("more than \(Self.filesMax) scripts; remove some", name, &contents.problems)
                break
            }
            if let text = text(of: file, name: name, problems: &contents.problems) {
                contents.sources.append(ScriptSource(name: name, text: text))
            }
        }
        contents.sources = contents.sources.inPathOrder
        return contents
    }

    /// A short text that changes when a script is added, removed or written: names, sizes, inodes and times of change.
    /// Cheap enough to be taken every second.
    public func fingerprint() -> String {
        var listing: [(name: String, path: String)] = []
        var problems: [ScriptProblem] = []
        var count = 0
        list(folder: path, prefix: "", depth: 0, into: &listing, count: &count, problems: &problems)
        return listing.map { name, file in
            var status = stat()
            guard stat(file, &status) == 0 else { return "\(name)?" }
            let time = status.st_mtim
            return "\(name):\(status.st_size):\(status.st_ino):\(time.tv_sec).\(time.tv_nsec)"
        }.joined(separator: "\n")
    }

    private func report(_ message: String, _ name: String, _ problems: inout [ScriptProblem]) {
        problems.append(ScriptProblem(file: "\(displayName)/\(name)", line: 0, message: message))
    }

    private func list(
        folder: String, prefix: String, depth: Int, into listing: inout [(name: String, path: String)],
        count: inout Int, problems: inout [ScriptProblem]
    ) {
        let entries: [String]
        do {
            entries = try FileManager.default.contentsOfDirectory(atPath: folder)
        } catch {
            let place = prefix.isEmpty ? path : "\(displayName)/\(prefix)"
            problems.append(
                ScriptProblem(
                    file: place, line: 0, message: "the scripts folder cannot be read",
                    hint: "create it, or set scripts.path in config.toml"))
            return
        }
        for entry in entries.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
            count += 1
            // Editors leave hidden files; a folder full of other things is not walked for ever.
            guard !entry.hasPrefix("."), count <= Self.filesMax * 20 else { continue }
            let file = "\(folder)/\(entry)"
            var status = stat()
            guard lstat(file, &status) == 0 else { continue }
            if status.st_mode & S_IFMT == S_IFLNK {
                guard let target = realpath(file), let root = realpath(path), target.hasPrefix(root + "/") else {
                    if entry.hasSuffix(".lua") || stat(file, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR {
                        report("a link that leaves the scripts folder", prefix + entry, &problems)
                    }
                    continue
                }
                guard stat(file, &status) == 0 else { continue }
            }
            if status.st_mode & S_IFMT == S_IFDIR {
                guard depth < 8 else {
                    report("folders are nested more than 8 deep", prefix + entry, &problems)
                    continue
                }
                list(
                    folder: file, prefix: "\(prefix)\(entry)/", depth: depth + 1, into: &listing, count: &count,
                    problems: &problems)
            } else if entry.hasSuffix(".lua") {
                guard status.st_mode & S_IFMT == S_IFREG else {
                    report("not a regular file", prefix + entry, &problems)
                    continue
                }
                listing.append((prefix + entry, file))
            }
        }
    }

    private func realpath(_ path: String) -> String? {
        guard let resolved = Glibc.realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    private func text(of file: String, name: String, problems: inout [ScriptProblem]) -> String? {
        // O_NONBLOCK: a pipe that took the file's place does not hold the worker.
        let descriptor = open(file, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else {
            report("cannot be read: \(String(cString: strerror(errno)))", name, &problems)
            return nil
        }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: Self.fileSizeMax + 1)
        var filled = 0
        while filled < bytes.count {
            let count = bytes.withUnsafeMutableBytes {
                Glibc.read(descriptor, $0.baseAddress! + filled, $0.count - filled)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                report("cannot be read: \(String(cString: strerror(errno)))", name, &problems)
                return nil
            }
            if count == 0 { break }
            filled += count
        }
        guard filled <= Self.fileSizeMax else {
            report("larger than 1 MiB", name, &problems)
            return nil
        }
        guard let text = String(validating: bytes[..<filled], as: UTF8.self) else {
            let line = bytes[..<filled].firstInvalidUTF8Line
            problems.append(
                ScriptProblem(
                    file: "\(displayName)/\(name)", line: line, message: "not valid UTF-8",
                    hint: "save the file as UTF-8"))
            return nil
        }
        return text
    }
}

extension ArraySlice<UInt8> {
    /// The line, from 1, on which the bytes stop being UTF-8.
    fileprivate var firstInvalidUTF8Line: Int {
        for (number, line) in split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated()
        where String(validating: line, as: UTF8.self) == nil {
            return number + 1
        }
        return 0
    }
}
