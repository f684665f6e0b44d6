/// Which files of the watched folders somebody has open, as far as the kernel's events tell: for workers that may not ask
/// the kernel about other users' files.
///
/// ```
///   created, opened ─────────────► a writer has it, until it is closed after writing
///   opened more often than closed ─► perhaps a writer, perhaps a reader: an event says not which
///   opened as often as closed ─────► nobody
/// ```
///
/// Equal events that are read together come as one, so the counts may be off: what they hold back is bounded in time, and
/// what they miss is found when the file is compared with what was read of it.
struct OpenFiles {
    typealias Instant = ContinuousClock.Instant

    struct Entry {
        var opens = 0
        var closes = 0
        /// Made by whoever opened it first, who has not closed it.
        var isBeingMade = false
        /// Its maker's opening may have come as one event with a reader's, who has closed it; or it was linked, and read.
        var isInDoubt = false
        /// Since when nothing has changed about it, as far as it was asked about.
        var since: Instant?
        var seen: InboxFile?

        var mayBeWritten: Bool { opens > 0 && (isBeingMade || isInDoubt || opens > closes) }
    }

    enum Event {
        case created, opened, closedAfterWrite, closedAfterRead, removed
        case movedOut(cookie: UInt32)
        case movedIn(cookie: UInt32)
    }

    /// How long a file that has stopped changing is held back for one who may be a reader, and for its maker.
    static let doubtMax = Duration.seconds(60)
    static let makingMax = Duration.seconds(3600)
    /// Files that are followed; beyond, they are taken as if nobody had them open.
    static let filesMax = 65_536
    private static let movingMax = 1024

    private var folders: [Int32: [String: Entry]] = [:]
    private var count = 0
    /// Between its old folder and its new one.
    private var moving: [UInt32: Entry] = [:]

    mutating func note(_ event: Event, of name: String, in folder: Int32) {
        switch event {
        case .created: set(Entry(isBeingMade: true), name, folder)
        case .opened:
            var entry = folders[folder]?[name] ?? Entry()
            entry.opens += 1
            set(entry, name, folder)
        case .closedAfterWrite: close(name, folder, wrote: true)
        case .closedAfterRead: close(name, folder, wrote: false)
        case .removed: set(nil, name, folder)
        case .movedOut(let cookie):
            let entry = folders[folder]?[name]
            set(nil, name, folder)
            if moving.count >= Self.movingMax { moving.removeAll() }
            if let entry { moving[cookie] = entry }
        case .movedIn(let cookie):
            set(moving.removeValue(forKey: cookie), name, folder)
        }
    }

    private mutating func close(_ name: String, _ folder: Int32, wrote: Bool) {
        guard var entry = folders[folder]?[name] else { return }
        entry.closes += 1
        // Who only read has changed nothing: this worker's own looks are among them, and would begin the time anew each.
        if wrote {
            entry.since = nil
            entry.isBeingMade = false
            entry.isInDoubt = false
        } else if entry.isBeingMade, entry.closes >= entry.opens {
            // Once in a file's life: the doubt has a time of its own.
            entry.since = nil
            entry.isBeingMade = false
            entry.isInDoubt = true
        }
        set(entry.mayBeWritten ? entry : nil, name, folder)
    }

    private mutating func set(_ entry: Entry?, _ name: String, _ folder: Int32) {
        let old = folders[folder]?[name]
        guard old != nil || (entry != nil && count < Self.filesMax) else { return }
        count += (entry == nil ? 0 : 1) - (old == nil ? 0 : 1)
        folders[folder, default: [:]][name] = entry
    }

    func entry(_ name: String, in folder: Int32) -> Entry? { folders[folder]?[name] }

    /// Notes anew what was known of a file before it was moved there and back again.
    mutating func restore(_ entry: Entry, _ name: String, in folder: Int32) {
        var entry = entry
        // A close that came meanwhile was not seen.
        entry.isBeingMade = false
        set(entry, name, folder)
    }

    /// Whether the file is to be left to whoever has it open.
    mutating func holds(_ file: InboxFile, in folder: Int32, now: Instant) -> Bool {
        guard var entry = folders[folder]?[file.name], entry.mayBeWritten else { return false }
        if entry.seen != file || entry.since == nil {
            entry.seen = file
            entry.since = now
            set(entry, file.name, folder)
        }
        guard let since = entry.since else { return false }
        return since.duration(to: now) < (entry.isBeingMade ? Self.makingMax : Self.doubtMax)
    }

    mutating func forget(_ folder: Int32) { count -= folders.removeValue(forKey: folder)?.count ?? 0 }

    mutating func forgetAll() {
        folders.removeAll()
        moving.removeAll()
        count = 0
    }
}
