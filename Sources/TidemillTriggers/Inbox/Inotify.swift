import Dispatch
import Glibc
import Synchronization

/// The kernel's reports about folders. They only wake: what they say is a hint, the listing is the truth.
final class Inotify: Sendable {
    /// What was reported about one folder since the last `drain`.
    struct Report: Sendable {
        var events: [InboxStateMachine.Event] = []
        /// Events were lost, or the folder was moved, removed or unmounted: resolve its path anew and list it.
        var mustResolve = false
    }

    private struct State {
        var reports: [Int32: Report] = [:]
        var count = 0
        var open = OpenFiles()
        /// Folders of which only who has files open is noted.
        var quiet: Set<Int32> = []
        /// Folders of which it is noted at all.
        var followed: Set<Int32> = []
    }

    /// Unread events beyond this are dropped and counted as an overflow: the listing has them all.
    private static let unreadMax = 65_536

    private let descriptor: Int32
    private let state = Mutex(State())
    /// Safe: a dispatch source may be used from any thread.
    private nonisolated(unsafe) let source: any DispatchSourceRead
    private let isStarted = Mutex(false)

    /// Nil when the kernel gives no instance (a limit per user, or no inotify at all).
    init?(queue: DispatchQueue, wake: WakeUp) {
        descriptor = inotify_init1(Int32(IN_NONBLOCK) | Int32(IN_CLOEXEC))
        guard descriptor >= 0 else { return nil }
        let descriptor = descriptor
        source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: queue)
        source.setCancelHandler { close(descriptor) }
        source.setEventHandler { [weak self] in
            if self?.readAll() == true { wake.signal() }
        }
    }

    deinit {
        // A source that was never resumed must not be released.
        isStarted.withLock { if !$0 { source.resume() } }
        source.cancel()
    }

    /// Begins to wake. Until then events gather in the kernel.
    func start() {
        isStarted.withLock { isStarted in
            if !isStarted { source.resume() }
            isStarted = true
        }
    }

    /// What tells who has which file open, beside what arrives: twice the events, for those who need them.
    private static let opens = IN_CREATE | IN_OPEN | IN_CLOSE_WRITE | IN_CLOSE_NOWRITE | IN_MOVED_FROM | IN_DELETE

    /// Watches what arrives in a folder, and with `opens` also who has its files open; nil when the kernel refuses.
    /// Watching a folder again gives the same number.
    func watch(_ folder: Directory, opens: Bool = false) -> Int32? {
        // Through the descriptor: the folder that will be listed, whatever its path means by now.
        let mask =
            IN_MOVED_TO | IN_CREATE | IN_OPEN | IN_CLOSE_WRITE | IN_MOVE_SELF | IN_DELETE_SELF | IN_ONLYDIR
            | IN_EXCL_UNLINK | (opens ? Self.opens : 0)
        let watch = inotify_add_watch(descriptor, "/proc/self/fd/\(folder.descriptor)", UInt32(mask))
        guard watch >= 0 else { return nil }
        if opens { state.withLock { _ = $0.followed.insert(watch) } }
        return watch
    }

    /// Follows who has files open in a folder from which they are renamed into an inbox. Wakes nobody.
    func watchOpens(_ folder: Directory) {
        let mask = Self.opens | IN_MOVED_TO | IN_ONLYDIR | IN_EXCL_UNLINK
        let watch = inotify_add_watch(descriptor, "/proc/self/fd/\(folder.descriptor)", UInt32(mask))
        guard watch >= 0 else { return }
        state.withLock {
            $0.quiet.insert(watch)
            $0.followed.insert(watch)
        }
    }

    /// Whether a file of a watched folder is to be left to whoever has it open, as far as events tell.
    func isHeldOpen(_ file: InboxFile, in watch: Int32, now: ContinuousClock.Instant) -> Bool {
        readAll()
        return state.withLock { $0.open.holds(file, in: watch, now: now) }
    }

    /// What is known of a file, with all that the kernel has reported by now: this worker's own opening is in it.
    func openEntry(_ name: String, in watch: Int32) -> OpenFiles.Entry? {
        readAll()
        return state.withLock { $0.open.entry(name, in: watch) }
    }

    func restore(_ entry: OpenFiles.Entry, _ name: String, in watch: Int32) {
        readAll()
        state.withLock { $0.open.restore(entry, name, in: watch) }
    }

    /// Watches a folder for files that are closed, as the kernel does for a process that dies.
    func watchClosing(_ folder: Directory) -> Int32? {
        let watch = inotify_add_watch(
            descriptor, "/proc/self/fd/\(folder.descriptor)", UInt32(IN_CLOSE_WRITE | IN_ONLYDIR))
        return watch >= 0 ? watch : nil
    }

    func unwatch(_ watch: Int32) {
        inotify_rm_watch(descriptor, watch)
        state.withLock {
            $0.reports[watch] = nil
            $0.open.forget(watch)
            $0.followed.remove(watch)
        }
    }

    /// Everything reported about a folder so far, in order.
    func drain(_ watch: Int32) -> Report {
        readAll()
        return state.withLock { state in
            let report = state.reports.removeValue(forKey: watch) ?? Report()
            state.count -= report.events.count
            return report
        }
    }

    /// Reads what the kernel holds; true when something of it is worth a look.
    @discardableResult
    private func readAll() -> Bool {
        state.withLock { state in
            var isWorthLook = false
            withUnsafeTemporaryAllocation(byteCount: 65_536, alignment: MemoryLayout<inotify_event>.alignment) {
                buffer in
                while true {
                    let count = read(descriptor, buffer.baseAddress, buffer.count)
                    guard count > 0 else { break }
                    var offset = 0
                    while offset < count {
                        let event = buffer.load(fromByteOffset: offset, as: inotify_event.self)
                        let nameStart = offset + MemoryLayout<inotify_event>.size
                        let name = buffer.baseAddress!.advanced(by: nameStart).assumingMemoryBound(to: CChar.self)
                        let text = event.len > 0 ? String(validatingCString: name) : nil
                        if take(event, name: text, &state) { isWorthLook = true }
                        offset = nameStart + Int(event.len)
                    }
                }
            }
            return isWorthLook
        }
    }

    private func take(_ event: inotify_event, name: String?, _ state: inout State) -> Bool {
        let mask = Int32(bitPattern: event.mask)
        func has(_ bits: Int) -> Bool { mask & Int32(truncatingIfNeeded: bits) != 0 }
        if has(Int(IN_Q_OVERFLOW)) || state.count >= Self.unreadMax {
            for watch in state.reports.keys { state.reports[watch] = Report(events: [], mustResolve: true) }
            state.count = 0
            // Whose closing was lost would seem to have it open for ever.
            state.open.forgetAll()
            if has(Int(IN_Q_OVERFLOW)) { return true }
        }
        if has(Int(IN_IGNORED | IN_MOVE_SELF | IN_DELETE_SELF | IN_UNMOUNT)) {
            state.reports[event.wd, default: Report()].mustResolve = true
            return true
        }
        // Opening the folder itself, as every listing does, is no news.
        guard let name, !has(Int(IN_ISDIR)) || !has(Int(IN_OPEN)) else { return false }
        if state.followed.contains(event.wd), !has(Int(IN_ISDIR)) { noteOpen(mask, event, name, &state) }
        if state.quiet.contains(event.wd) { return false }
        func add(_ event: InboxStateMachine.Event, to watch: Int32) {
            state.reports[watch, default: Report()].events.append(event)
            state.count += 1
        }
        if has(Int(IN_MOVED_TO)) { add(.movedIn(name), to: event.wd) }
        if has(Int(IN_CREATE)) { add(.created(name), to: event.wd) }
        if has(Int(IN_OPEN)) {
            add(.opened(name), to: event.wd)
            return false
        }
        if has(Int(IN_CLOSE_WRITE)) { add(.closedAfterWrite(name), to: event.wd) }
        // Who reads, and what leaves, is noted and no reason to look.
        return has(Int(IN_MOVED_TO | IN_CREATE | IN_CLOSE_WRITE))
    }

    private func noteOpen(_ mask: Int32, _ event: inotify_event, _ name: String, _ state: inout State) {
        func note(_ bit: Int, _ what: OpenFiles.Event) {
            if mask & Int32(truncatingIfNeeded: bit) != 0 { state.open.note(what, of: name, in: event.wd) }
        }
        note(Int(IN_MOVED_FROM), .movedOut(cookie: event.cookie))
        note(Int(IN_MOVED_TO), .movedIn(cookie: event.cookie))
        note(Int(IN_CREATE), .created)
        note(Int(IN_OPEN), .opened)
        note(Int(IN_CLOSE_WRITE), .closedAfterWrite)
        note(Int(IN_CLOSE_NOWRITE), .closedAfterRead)
        note(Int(IN_DELETE), .removed)
    }
}
