public import Dispatch

/// All inboxes of a spool with one source of wake-ups. Not Sendable: whoever scans owns it.
public final class InboxWatcher {
    public let inboxes: [Inbox]
    private let inotify: Inotify?
    private let owners: Int32?

    /// Begins to watch; `wake` is signalled whenever a look may be worth it. Without kernel events (`usesEvents` false,
    /// or none to be had) the looks themselves say when the next is due.
    public init(
        _ spool: Spool, queue: DispatchQueue, wake: WakeUp, start: ContinuousClock.Instant, usesEvents: Bool = true
    ) {
        let inotify = usesEvents ? Inotify(queue: queue, wake: wake) : nil
        self.inotify = inotify
        let followsOpens = spool.sight != .all
        inboxes = spool.settings.inboxes.map {
            Inbox($0, spool: spool, inotify: inotify, start: start, followsOpens: followsOpens)
        }
        if followsOpens { inotify?.watchOpens(spool.tmp) }
        // A worker that dies closes its lock: the others hear of it at once.
        owners = inotify?.watchClosing(spool.owners)
        inotify?.start()
    }

    /// Whether a worker has ended since the last call: time to look for what it left.
    public func workerHasEnded() -> Bool {
        guard let inotify, let owners else { return false }
        let report = inotify.drain(owners)
        return report.mustResolve || !report.events.isEmpty
    }
}
