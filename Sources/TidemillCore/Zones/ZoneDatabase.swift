import Foundation
import Synchronization

/// The time zones of this machine: the files of `/usr/share/zoneinfo` (or of TZDIR), which the system keeps up to date as
/// it does for cron; where there are none, those that the program was built with. A file that changes takes over within
/// half a minute.
public final class ZoneDatabase: Sendable {
    /// Where they come from, and which version that is, as far as it says.
    public struct Source: Sendable, Hashable {
        public let place: String
        public let version: String?
    }

    public static let shared = ZoneDatabase(
        ProcessInfo.processInfo.environment["TZDIR"].flatMap { $0.hasPrefix("/") ? $0 : nil } ?? "/usr/share/zoneinfo")

    private let path: String
    /// Seconds of a clock that only goes on.
    private let seconds: @Sendable () -> Int64
    private let known = Mutex<[String: ZoneEntry]>([:])
    /// More names than there are zones are somebody's mistakes: what is kept of them is given up.
    private static let entriesMax = 2000

    init(_ path: String, seconds: @escaping @Sendable () -> Int64 = ZoneDatabase.steadySeconds) {
        self.path = path
        self.seconds = seconds
    }

    private static let steadySeconds: @Sendable () -> Int64 = {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        return Int64(now.tv_sec)
    }

    /// The zone of a name; nil where the database has none.
    public func zone(_ name: String) -> Zone? { entry(name, acceptsBuiltIn: !isThere).map { Zone($0) } }

    /// A zone that was accepted once, also by a name that is none of the database's any more.
    func stored(_ name: String) -> Zone? { entry(name, acceptsBuiltIn: true).map { Zone($0) } }

    private func entry(_ name: String, acceptsBuiltIn: Bool) -> ZoneEntry? {
        if let entry = known.withLock({ $0[name] }), acceptsBuiltIn || entry.isOfFile { return entry }
        let entry: ZoneEntry
        if let file = Self.isName(name) ? "\(path)/\(name)" : nil, let read = ZoneEntry(name, file: file, seconds) {
            entry = read
        } else if acceptsBuiltIn, let zone = Self.builtIn(name) {
            entry = ZoneEntry(name, builtIn: zone, seconds)
        } else {
            return nil
        }
        return known.withLock { known in
            if known.count >= Self.entriesMax { known.removeAll() }
            known[name] = entry
            return entry
        }
    }

    /// Names are paths below the database's folder. Beside the zones lie links for the machine, and other sets of them.
    private static func isName(_ name: String) -> Bool {
        guard (1...64).contains(name.utf8.count), !name.hasPrefix("/"), !name.hasSuffix("/") else { return false }
        let isPlain = name.utf8.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "_-+/".utf8.contains(byte)
        }
        return isPlain && !name.contains("//") && !["posix/", "right/"].contains { name.hasPrefix($0) }
            && !["localtime", "posixrules", "Factory"].contains(name)
    }

    /// What the program was built with, by the names of the tz database only: Foundation also takes "BST" for Bangladesh.
    private static func builtIn(_ name: String) -> TimeZone? {
        let isName =
            ["UTC", "GMT"].contains(name) || TimeZone.knownTimeZoneIdentifiers.contains(name)
            || isName(name) && name.contains("/") && !name.hasPrefix("SystemV/")
        return isName ? TimeZone(identifier: name) : nil
    }

    private var isThere: Bool { access("\(path)/Europe/London", R_OK) == 0 || access("\(path)/UTC", R_OK) == 0 }

    /// The nearest of the database's names.
    public func suggestion(for name: String) -> String? { Suggestion.nearest(to: name, in: names) }

    /// Those of the places where people live, for suggestions: the names that Foundation knows, and those of the list that
    /// comes with the files.
    private var names: [String] {
        var names = Set(TimeZone.knownTimeZoneIdentifiers + ["UTC"])
        if let list = try? String(contentsOfFile: "\(path)/tzdata.zi", encoding: .utf8) {
            for line in list.split(separator: "\n") {
                let words = line.split(separator: " ")
                if words.first == "Z", words.count > 1 { names.insert(String(words[1])) }
                if words.first == "L", words.count > 2 { names.insert(String(words[2])) }
            }
        }
        return names.filter { zone($0) != nil }.sorted()
    }

    /// For `status` and `--version`. What is built in is that of ICU, which Foundation brings along.
    public var source: Source {
        guard isThere else { return Source(place: "built in", version: TimeZone.timeZoneDataVersion) }
        // The list begins with its version: `# version 2026f`.
        let first = FileHandle(forReadingAtPath: "\(path)/tzdata.zi").flatMap { file -> String? in
            defer { try? file.close() }
            return (try? file.read(upToCount: 64)).map { String(decoding: $0, as: UTF8.self) }
        }
        let words = first?.split(separator: "\n").first?.split(separator: " ") ?? []
        let isVersion = words.count == 3 && words[1] == "version" && words[2].utf8.count <= 16
        return Source(place: path, version: isVersion ? String(words[2]) : nil)
    }
}

/// What is known of one zone, for all who hold it.
final class ZoneEntry: Sendable {
    private enum Rules: Sendable {
        case file(ZoneRules)
        case builtIn(TimeZone)
    }

    /// What tells one state of a file from another.
    private struct Stamp: Equatable {
        let device: UInt64
        let number: UInt64
        let size: Int64
        let changedAt: Int64
        let nanoseconds: Int64
    }

    private struct State {
        var rules: Rules
        var stamp: Stamp?
        var lookedAt: Int64
    }

    /// How long a file is believed without another look.
    private static let lookSeconds: Int64 = 30

    let name: String
    let isOfFile: Bool
    private let file: String
    private let seconds: @Sendable () -> Int64
    private let state: Mutex<State>

    /// Nil where there is no such file, or it is no zone.
    init?(_ name: String, file: String, _ seconds: @escaping @Sendable () -> Int64) {
        guard let stamp = Self.stamp(of: file), let rules = Self.read(file) else { return nil }
        self.name = name
        self.file = file
        self.seconds = seconds
        isOfFile = true
        state = Mutex(State(rules: .file(rules), stamp: stamp, lookedAt: seconds()))
    }

    init(_ name: String, builtIn zone: TimeZone, _ seconds: @escaping @Sendable () -> Int64) {
        self.name = name
        self.seconds = seconds
        file = ""
        isOfFile = false
        state = Mutex(State(rules: .builtIn(zone), stamp: nil, lookedAt: seconds()))
    }

    /// Seconds ahead of UTC.
    func offset(at instant: Int64) -> Int64 {
        let rules = state.withLock { state in
            if isOfFile, seconds() - state.lookedAt >= Self.lookSeconds { look(&state) }
            return state.rules
        }
        switch rules {
        case .file(let rules): return rules.offset(at: instant)
        // Whole seconds are exact in a Date.
        case .builtIn(let zone):
            return Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: TimeInterval(instant))))
        }
    }

    /// Takes a file that has changed. One that is gone or in the middle of being replaced changes nothing.
    private func look(_ state: inout State) {
        state.lookedAt = seconds()
        guard let stamp = Self.stamp(of: file), stamp != state.stamp, let rules = Self.read(file) else { return }
        state.rules = .file(rules)
        state.stamp = stamp
    }

    private static func stamp(of file: String) -> Stamp? {
        var status = stat()
        guard stat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        return Stamp(
            device: UInt64(status.st_dev), number: UInt64(status.st_ino), size: Int64(status.st_size),
            changedAt: Int64(status.st_mtim.tv_sec), nanoseconds: Int64(status.st_mtim.tv_nsec))
    }

    private static func read(_ file: String) -> ZoneRules? {
        guard let handle = FileHandle(forReadingAtPath: file) else { return nil }
        defer { try? handle.close() }
        // What cannot be read is no zone.
        guard let bytes = try? handle.read(upToCount: ZoneRules.sizeMax + 1) else { return nil }
        return ZoneRules(Array(bytes))
    }
}

extension ZoneDatabase.Source: CustomStringConvertible {
    public var description: String { "time zones \(version ?? "of an unknown version"), \(place)" }
}
