import TidemillCore

/// Decides which files of one inbox are complete, from what looks at the folder show and what the kernel reported.
///
/// ```
///   renamed or linked in ───────────────► whole ──► ready        (a writer still has it: look again soon)
///   written in place ──► quiet since t ──► t + settle ──► ready   (any change of size or time, any close: t = now)
///   link, device, odd name, too large ──► refused                 (said once while it lies there)
///   two hard links ──► waits `settle` for the second to go ──► refused
/// ```
///
/// The listing is the truth; events add only what a listing cannot show: that a name arrived whole. One look is
/// `begin`, `consider` for each entry, `end`. Memory: 16 bytes and the table's slack a waiting file, and at most `limit` candidates.
public struct InboxStateMachine: Sendable {
    public typealias Instant = ContinuousClock.Instant

    /// What the kernel told about a name.
    public enum Event: Sendable, Hashable {
        case movedIn(String)
        /// A new name: the beginning of a write in place, or a hard link of a whole file.
        case created(String)
        case opened(String)
        case closedAfterWrite(String)
    }

    /// What one look found.
    public struct Look: Sendable {
        /// Complete files, by (modification time, name); at most `limit`.
        public var ready: [InboxFile] = []
        /// Refused entries that were not reported before.
        public var refused: [Refusal] = []
        /// How many entries are refused in all.
        public var refusedTotal = 0
        /// Files that are not complete yet.
        public var waiting = 0
        /// Hidden and unfinished names.
        public var ignored = 0
        /// There are more complete files than `ready` holds.
        public var hasMore = false
        /// When to look again even if nothing is reported.
        public var next: Instant?

        public init() {}
    }

    private struct Arrival {
        var isMoved = false
        var isCreated = false
        var isOpened = false
        var isClosed = false
        /// How many looks have passed without the name.
        var age = 0
    }

    private struct Probe {
        var next: Instant
        var interval: Duration
    }

    private let rules: InboxRules
    private let settle: Duration
    private let limit: Int
    private let start: Instant

    private var arrivals: [String: Arrival] = [:]
    /// Names known to have arrived whole, with the inode that did.
    private var whole: [String: UInt64] = [:]
    /// Whole files that a writer still had open, or that have a second link: when to try again.
    private var probes: [String: Probe] = [:]
    /// Since when, in milliseconds from `start`, a file with this fingerprint has been unchanged.
    private var quietSince: [Int: Int64] = [:]
    private var reported: Set<Int> = []

    // The look in progress.
    private var now: Instant
    private var look = Look()
    private var nextQuiet: [Int: Int64] = [:]
    private var nextReported: Set<Int> = []
    private var nextWhole: [String: UInt64] = [:]
    private var nextProbes: [String: Probe] = [:]
    private var seenArrivals: Set<String> = []
    /// Names that were created and have content: linked, unless an event read after them says that they were opened.
    private var perhapsLinked: [InboxFile] = []

    /// Files beyond this many are not followed until others are gone: a bound on memory, not on what is taken.
    static let followedMax = 2_000_000
    static let reportedMax = 100_000
    private static let firstProbe = Duration.milliseconds(20)

    public init(rules: InboxRules, settle: Duration, limit: Int, start: Instant) {
        self.rules = rules
        self.settle = settle
        self.limit = limit
        self.start = start
        now = start
    }

    /// Takes note of what the kernel reported, in its order.
    public mutating func note(_ event: Event) {
        switch event {
        case .movedIn(let name):
            arrivals[name] = Arrival(isMoved: true)
            seenArrivals.remove(name)
        case .created(let name):
            arrivals[name] = Arrival(isCreated: true)
            seenArrivals.remove(name)
        case .opened(let name):
            arrivals[name]?.isOpened = true
        case .closedAfterWrite(let name):
            arrivals[name, default: Arrival()].isClosed = true
            seenArrivals.remove(name)
        }
    }

    /// The kernel lost events, or the folder is another one: only the listing counts from here.
    public mutating func forgetEvents() {
        arrivals.removeAll()
    }

    public mutating func begin(now: Instant) {
        self.now = now
        look = Look()
        nextQuiet.removeAll(keepingCapacity: quietSince.count < 65_536)
        nextReported.removeAll()
        nextWhole.removeAll()
        nextProbes.removeAll()
        seenArrivals.removeAll()
        perhapsLinked.removeAll()
    }

    /// Judges a name before anything is looked at; true when the entry itself must be considered.
    public mutating func needsStatus(name: String, isText: Bool) -> Bool {
        switch rules.judge(name: name, isText: isText) {
        case nil, .acceptable, .linkedElsewhere: return true
        case .ignored:
            look.ignored += 1
            seenArrivals.insert(name)
        case .refused(let reason):
            refuse(name, inode: 0, reason)
        }
        return false
    }

    public mutating func consider(_ file: InboxFile) {
        switch rules.judge(file) {
        case .ignored: look.ignored += 1
        case .refused(let reason): refuse(file.name, inode: file.inode, reason)
        case .linkedElsewhere(let reason): considerLinked(file, reason)
        case .acceptable: considerAcceptable(file)
        }
    }

    /// Ends the look. Events must be read, and noted, between the last `consider` and this: a name that is there with
    /// content, was created and never opened, was linked.
    public mutating func end() -> Look {
        for file in perhapsLinked {
            if let arrival = arrivals[file.name], arrival.isCreated, !arrival.isOpened, !arrival.isClosed {
                offerWhole(file)
            } else {
                followQuiet(file)
            }
        }
        quietSince = nextQuiet
        reported = nextReported
        whole = nextWhole
        probes = nextProbes
        for (name, arrival) in arrivals {
            if seenArrivals.contains(name) || arrival.age >= 1 {
                arrivals[name] = nil
            } else {
                // Reported after the listing had passed its place: the next look, at once, will have it.
                arrivals[name]?.age += 1
                if arrival.isMoved || arrival.isClosed { lookAgain(at: now) }
            }
        }
        cutCandidates()
        return look
    }

    /// A candidate that somebody still has open for writing. Whole files are tried again soon, others once they were
    /// quiet anew. Returns when.
    public mutating func isStillWritten(_ file: InboxFile, now: Instant) -> Instant {
        if whole[file.name] == file.inode {
            let interval = min(probes[file.name].map { $0.interval * 2 } ?? Self.firstProbe, settle)
            let next = now.advanced(by: interval)
            probes[file.name] = Probe(next: next, interval: interval)
            return next
        }
        quietSince[fingerprint(file)] = milliseconds(now)
        return now.advanced(by: settle)
    }

    // MARK: - One entry

    private mutating func considerAcceptable(_ file: InboxFile) {
        let arrival = arrivals[file.name]
        if arrival != nil { seenArrivals.insert(file.name) }
        if let arrival, arrival.isMoved, !arrival.isClosed {
            offerWhole(file)
        } else if let arrival, arrival.isCreated, !arrival.isOpened, !arrival.isClosed, file.size > 0 {
            perhapsLinked.append(file)
        } else if whole[file.name] == file.inode, arrival?.isClosed != true {
            offerWhole(file)
        } else {
            followQuiet(file)
        }
    }

    private mutating func offerWhole(_ file: InboxFile) {
        nextWhole[file.name] = file.inode
        nextProbes[file.name] = probes[file.name]
        if let probe = probes[file.name], probe.next > now {
            wait(until: probe.next)
        } else {
            offer(file)
        }
    }

    /// Written in place: complete once nothing about it has changed for `settle`.
    private mutating func followQuiet(_ file: InboxFile) {
        let end = quietEnd(file, isClosed: arrivals[file.name]?.isClosed == true)
        if end <= now { offer(file) } else { wait(until: end) }
    }

    private mutating func quietEnd(_ file: InboxFile, isClosed: Bool) -> Instant {
        let key = fingerprint(file)
        let since = isClosed ? milliseconds(now) : quietSince[key] ?? milliseconds(now)
        if nextQuiet.count < Self.followedMax { nextQuiet[key] = since }
        return start.advanced(by: .milliseconds(since)).advanced(by: settle)
    }

    private mutating func considerLinked(_ file: InboxFile, _ reason: String) {
        // It has another name: what lies here was linked, whole.
        nextWhole[file.name] = file.inode
        seenArrivals.insert(file.name)
        let end = quietEnd(file, isClosed: false)
        guard end > now else { return refuse(file.name, inode: file.inode, reason) }
        // No event will tell that the other name goes, it lies in another folder: waits that double.
        var probe = probes[file.name] ?? Probe(next: now, interval: Self.firstProbe / 2)
        if probe.next <= now {
            probe.interval = min(probe.interval * 2, settle)
            probe.next = min(now.advanced(by: probe.interval), end)
        }
        nextProbes[file.name] = probe
        wait(until: probe.next)
    }

    private mutating func refuse(_ name: String, inode: UInt64, _ reason: String) {
        look.refusedTotal += 1
        seenArrivals.insert(name)
        var hasher = Hasher()
        hasher.combine(name)
        hasher.combine(inode)
        let key = hasher.finalize()
        if nextReported.count < Self.reportedMax { nextReported.insert(key) }
        if !reported.contains(key), look.refused.count < 1000 {
            look.refused.append(Refusal(name: name, reason: reason))
        }
    }

    private mutating func offer(_ file: InboxFile) {
        look.ready.append(file)
        if look.ready.count >= limit * 2 { cutCandidates() }
    }

    private mutating func wait(until instant: Instant) {
        look.waiting += 1
        lookAgain(at: instant)
    }

    private mutating func lookAgain(at instant: Instant) {
        look.next = min(look.next ?? instant, instant)
    }

    /// Keeps the first `limit`, in starting order.
    private mutating func cutCandidates() {
        look.ready.sort(by: InboxFile.startsBefore)
        guard look.ready.count > limit else { return }
        look.ready.removeLast(look.ready.count - limit)
        look.hasMore = true
    }

    private func fingerprint(_ file: InboxFile) -> Int {
        var hasher = Hasher()
        hasher.combine(file)
        return hasher.finalize()
    }

    private func milliseconds(_ instant: Instant) -> Int64 {
        max(0, start.duration(to: instant).milliseconds)
    }
}
