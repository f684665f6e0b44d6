import CSpool
import Glibc

/// Decides when a worker gives memory back: once it has started, and whenever it comes to rest after work.
///
///     start ──first look──▶ released ──work──▶ busy ──a quiet interval──▶ released
struct IdleMemory: Sendable {
    /// An interval with less processor time than this is rest: looking at timers takes a fraction of it.
    static let restMax = Duration.milliseconds(150)
    /// Less work than this since the last time brought nothing worth giving back.
    static let workMin = Duration.milliseconds(250)

    private var seen: Duration?
    private var released = Duration.zero

    /// Whether to give memory back now that the process has used so much processor time; asked in even intervals.
    mutating func isDue(used: Duration) -> Bool {
        defer { seen = used }
        if let seen {
            guard used - seen <= Self.restMax, used - released >= Self.workMin else { return false }
        }
        released = used
        return true
    }
}

extension IdleMemory {
    /// The processor time of the process so far.
    static var processorTime: Duration {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }

    /// Gives back what the allocator keeps, and unmaps the pages of program and libraries, of which the start touches far
    /// more than a worker at rest: 46 MB became 23. They stay in the page cache and are mapped again when they are used.
    static func release() {
        cspool_trim_memory()
        for code in mappedCode() {
            // Safe for code: nobody writes it, so each page is as it is in its file.
            madvise(UnsafeMutableRawPointer(bitPattern: code.lowerBound), code.count, MADV_DONTNEED)
        }
    }

    /// Where the process has code of files. Without /proc nowhere: nothing is given back, and nothing is wrong.
    static func mappedCode() -> [Range<UInt>] {
        guard let maps = fopen("/proc/self/maps", "re") else { return [] }
        defer { fclose(maps) }
        var codes: [Range<UInt>] = []
        var line: UnsafeMutablePointer<CChar>?
        var room = 0
        defer { free(line) }
        // Foundation takes the first piece of such a file, which has no length, for the whole of it.
        while getline(&line, &room, maps) > 0 {
            guard let line, let code = code(in: String(cString: line)[...]) else { continue }
            codes.append(code)
        }
        return codes
    }

    /// The addresses of a line of /proc/self/maps (proc(5)) where they hold code of a file; nil for everything else, data
    /// that a file only began with above all.
    static func code(in line: Substring) -> Range<UInt>? {
        let fields = line.split(separator: " ", maxSplits: 5, omittingEmptySubsequences: true)
        guard fields.count == 6, fields[1] == "r-xp" else { return nil }
        let path = fields[5].drop { $0 == " " }
        guard path.hasPrefix("/"), !path.hasPrefix("/dev/") else { return nil }
        let bounds = fields[0].split(separator: "-")
        guard bounds.count == 2, let first = UInt(bounds[0], radix: 16), let end = UInt(bounds[1], radix: 16),
            first < end
        else { return nil }
        return first..<end
    }
}
