import Foundation

/// What the real program asked of the kernel, as strace saw it: writes, syncs and renames in their order.
struct SystemCallTrace {
    struct Call {
        let thread: String
        let name: String
        /// The whole line, with the file behind each descriptor.
        let text: String
    }

    let calls: [Call]

    /// strace prints strings and names in hexadecimal here, so that the bytes of frames can be read.
    static func hex(_ text: String) -> String {
        text.utf8.map { "\\x" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    private static let log = hex("-wal") + ">"

    /// Runs the program to its end under strace.
    static func run(_ program: Program, _ arguments: [String]) throws -> (ended: Program.Ended, trace: SystemCallTrace)
    {
        let folder = try TemporaryFolder()
        let output = folder.path("trace")
        let ended = try program.run(
            arguments,
            under: [
                "/usr/bin/strace", "-f", "--seccomp-bpf", "-y", "-xx", "-s", "24", "-o", output, "-e",
                "trace=pwrite64,pwritev,write,writev,fsync,fdatasync,rename,renameat,renameat2",
            ])
        return (ended, SystemCallTrace(try String(contentsOfFile: output, encoding: .utf8)))
    }

    init(_ text: String) {
        var calls: [Call] = []
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: true)
            guard parts.count == 2 else { continue }
            let rest = parts[1].drop { $0 == " " }
            // A call that another thread's came between is shown twice: a write counts from its beginning, a sync from
            // its end.
            if rest.hasPrefix("<... ") {
                let name = rest.dropFirst(5).prefix { $0 != " " }
                guard name.hasSuffix("sync"),
                    let begun = calls.lastIndex(where: { $0.thread == parts[0] && $0.name == "begun \(name)" })
                else { continue }
                calls.append(Call(thread: String(parts[0]), name: String(name), text: calls[begun].text))
                continue
            }
            let name = rest.prefix { $0 != "(" }
            let isBegun = name.hasSuffix("sync") && rest.hasSuffix("<unfinished ...>")
            calls.append(
                Call(thread: String(parts[0]), name: isBegun ? "begun \(name)" : String(name), text: String(rest)))
        }
        self.calls = calls
    }

    /// The frame of the log that ends a transaction: its header's second number, the size of the database in pages, is
    /// not 0 (sqlite.org/fileformat2.html, "WAL Frames").
    static func endsTransaction(_ call: Call) -> Bool {
        guard call.name == "pwrite64", call.text.contains(log), call.text.contains(", 24, "),
            let quote = call.text.firstIndex(of: "\"")
        else { return false }
        let bytes = call.text[call.text.index(after: quote)...].prefix { $0 != "\"" }.split(separator: "\\")
        return bytes.count == 24 && bytes[4..<8].contains { $0 != "x00" }
    }

    static func syncsLog(_ call: Call) -> Bool {
        ["fsync", "fdatasync"].contains(call.name) && call.text.contains(log)
    }

    /// How many transactions were committed, and which commits were not on disk before their thread did anything else.
    /// Where there is no log, GRDB makes one by an empty transaction before anything is asked of the store: that one need
    /// not be.
    var commits: (count: Int, unsynced: [String]) {
        var count = 0
        var unsynced: [String] = []
        for (index, call) in calls.enumerated().filter({ Self.endsTransaction($0.element) }) {
            count += 1
            // The page that belongs to the frame, then the sync.
            let own = calls[(index + 1)...].lazy.filter { $0.thread == call.thread && !$0.name.hasPrefix("begun") }
            let next = Array(own.prefix(2))
            guard next.count == 2, next[0].name == "pwrite64", next[0].text.contains(Self.log), Self.syncsLog(next[1])
            else {
                if count > 1 { unsynced.append(next.map(\.text).joined(separator: "; ")) }
                continue
            }
        }
        return (count, unsynced)
    }

    /// The transactions that were committed, by whomever, and not yet on disk when `matches` was called.
    func unsynced(at matches: (Call) -> Bool) -> (seen: Int, unsynced: Int) {
        var seen = 0
        var found = 0
        var open: Set<String> = []
        for call in calls {
            if Self.endsTransaction(call) { open.insert(call.thread) }
            if Self.syncsLog(call) { open.removeAll() }
            guard matches(call) else { continue }
            seen += 1
            // Its own: another thread's may be on its way to disk at this moment.
            if open.contains(call.thread) { found += 1 }
        }
        return (seen, found)
    }
}
