public import TidemillCore
import TidemillOperations
import TidemillScripting
public import TidemillStore
import TidemillTriggers

/// Turns slots of schedules into runs: one run a slot, however many workers share the store.
public struct RunSchedules: Sendable {
    /// A slot that is looked at later than this was missed: the catch-up rule decides.
    static let onTime: Int64 = 10
    /// Slots of one schedule that are made up for at once.
    static let slotsMax = 1000
    /// Schedules in one transaction.
    public static let batchMax = 256

    let tools: RunTools

    public init(_ tools: RunTools) {
        self.tools = tools
    }

    /// Notes that schedules are being looked at: `status` tells when nobody does any more.
    public func tick(now: Timestamp) throws {
        try tools.store.write { connection in
            try TriggerProgress.looked(at: now, aheadMax: ScheduleTable.Known.aheadMax, on: connection)
            try ClockTrust(connection).saw(now)
        }
    }

    /// As `tick`, of a clock that is moved by hand and is not to be doubted.
    public func looked(now: Timestamp) throws {
        try tools.store.write {
            try TriggerProgress.looked(at: now, aheadMax: ScheduleTable.Known.aheadMax, on: $0)
        }
    }

    /// When the next slot is due, by what is stored; nil without schedules.
    public func next(now: Timestamp) throws -> Timestamp? {
        let scripts = tools.scripts()
        guard !scripts.schedules.isEmpty else { return nil }
        let stored = try tools.store.read { try ScheduleTable($0).all() }
        return scripts.activeSchedules.compactMap { name, schedule in
            guard let known = stored[name], known.isOf(schedule, now: now) else { return now }
            return schedule.next(after: known.slotAt)
        }.min()
    }

    /// A schedule of which slots have come.
    public struct Due: Sendable {
        public let name: String
        let schedule: Schedule
    }

    /// The schedules of which slots have come, and the new ones.
    public func due(now: Timestamp) throws -> [Due] {
        let scripts = tools.scripts()
        guard !scripts.schedules.isEmpty else { return [] }
        let stored = try tools.store.read { try ScheduleTable($0).all() }
        return scripts.activeSchedules.compactMap { name, schedule in
            if let known = stored[name], known.isOf(schedule, now: now),
                schedule.next(after: known.slotAt).map({ $0 > now }) ?? true
            {
                return nil
            }
            return Due(name: name, schedule: schedule)
        }
    }

    /// Enters the runs of slots that have come, in one transaction; returns how many slots were decided about.
    public func enter(_ due: some Collection<Due>, now: Timestamp) throws -> Int {
        let scripts = tools.scripts()
        return try tools.store.write { connection in
            try due.reduce(0) { try $0 + fire($1.name, $1.schedule, scripts, now, connection) }
        }
    }

    /// Enters the runs of all slots that have come; returns how many slots were decided about.
    @discardableResult
    public func fire(now: Timestamp) throws -> Int {
        var left = try due(now: now)[...]
        var slots = 0
        while !left.isEmpty {
            slots += try enter(left.prefix(Self.batchMax), now: now)
            left = left.dropFirst(Self.batchMax)
        }
        return slots
    }

    private func fire(
        _ name: String, _ schedule: Schedule, _ scripts: RunScripts, _ now: Timestamp, _ connection: any SQLConnection
    ) throws -> Int {
        let table = ScheduleTable(connection)
        guard let known = try table.find(name), known.isOf(schedule, now: now) else {
            // A new schedule begins now: what lies before it was never promised.
            try table.begin(name, expression: schedule.key, at: now)
            return 0
        }
        let job = scripts.job(name)
        let catchUp = job?.catchUp ?? JobDeclaration.CatchUp()
        let slots = Slots.after(known.slotAt, of: schedule, catchUp, now: now)
        guard let last = slots.last else { return 0 }
        // Another worker may have decided about the same slots.
        guard try table.move(name, from: known.slotAt, to: last.at, now: now) else { return 0 }
        for slot in slots where slot.runs { try enter(slot, name, job, now, connection) }
        return slots.count
    }

    private func enter(
        _ decided: Slots.Slot, _ name: String, _ job: JobDeclaration?, _ now: Timestamp, _ connection: any SQLConnection
    ) throws {
        let slot = decided.at
        let runs = RunTable(connection)
        let trigger = RunTrigger(
            .schedule, cause: "slot:\(slot.microseconds)", scheduledAt: slot, causedAt: slot)
        var new = RunTable.New(job == nil ? .grant : .job, name, trigger: trigger, dueAt: slot)
        if let jitter = job?.jitter?.components.seconds, jitter > 0 {
            let spread = Int64(StableHash.of("\(name)/\(slot.microseconds)") >> 2) % (jitter * 1000)
            new.dueAt = Timestamp(microseconds: slot.microseconds + spread * 1000)
        }
        let id = RunID(tools.ids.next())
        // Slots that are made up for come one after the other: to skip them would be to make up for one only.
        let overlap = job?.overlap ?? .skip
        switch overlap == .skip && decided.isLate ? .bufferAll : overlap {
        case .allowAll: break
        case .bufferAll: new.turn = .slot
        case .skip:
            if let other = try runs.unfinishedSlots(name, limit: 1).first {
                try runs.insert(
                    new, id: id, state: .skipped, message: "the run of \(other.trigger.scheduledAt) has not ended",
                    now: now)
                return
            }
        case .bufferOne:
            new.turn = .slot
            if try runs.unfinishedSlots(name, limit: 2).count > 1, let waiting = try runs.slotThatWaits(name) {
                try runs.insert(
                    new, id: id, state: .skipped, message: "the run of \(waiting.trigger.scheduledAt) waits already",
                    now: now)
                return
            }
        case .cancelOther:
            // Each slot ends those before it, so there are few.
            for other in try runs.unfinishedSlots(name, limit: Int64(Self.slotsMax)) {
                if other.state == .waiting {
                    try runs.cancel(other.id, because: "the slot \(slot) takes its place", now: now)
                } else {
                    _ = try runs.settle(
                        other, .cancelled, state: .cancelled, message: "the slot \(slot) takes its place", now: now)
                }
            }
        }
        // A job that goes one at a time does so whatever its slots would allow.
        if job?.serial == .all { new.turn = .all }
        try runs.insert(new, id: id, now: now)
    }
}

/// The slots that have come since the last one that was decided about, and which of them run.
struct Slots {
    struct Slot: Equatable {
        let at: Timestamp
        var runs: Bool
        /// Whether it was missed, and is made up for.
        var isLate = false
    }

    /// At most `RunSchedules.slotsMax`; the rest with the next look.
    static func after(
        _ last: Timestamp, of schedule: Schedule, _ catchUp: JobDeclaration.CatchUp, now: Timestamp
    ) -> [Slot] {
        let onTime = now.advanced(bySeconds: -RunSchedules.onTime)
        let window = now.advanced(bySeconds: -catchUp.window.components.seconds)
        // What lies before the window is gone, however much there is.
        var from = max(last, Timestamp(microseconds: min(window, onTime).microseconds - 1))
        var missed: [Timestamp] = []
        var punctual: [Timestamp] = []
        while let next = schedule.next(after: from), next <= now {
            from = next
            if next >= onTime {
                punctual.append(next)
            } else if next >= window {
                missed.append(next)
                // Only the newest counts, but for `all`, which goes on with the next look.
                if catchUp.mode == .all, missed.count >= RunSchedules.slotsMax { break }
                if catchUp.mode != .all, missed.count > 1 { missed.removeFirst() }
            }
            if punctual.count >= RunSchedules.slotsMax { break }
        }
        let caughtUp: [Slot] =
            switch catchUp.mode {
            case .none: missed.map { Slot(at: $0, runs: false) }
            // The newest stands for all; a punctual one after it is a slot of its own.
            case .one, .all: missed.map { Slot(at: $0, runs: true, isLate: true) }
            }
        let slots = caughtUp + punctual.map { Slot(at: $0, runs: true) }
        if slots.isEmpty, from > last { return [Slot(at: from, runs: false)] }
        return slots
    }
}

extension Schedule {
    /// What makes a schedule another one.
    var key: String { "\(text) \(timezone ?? "UTC")" }
}

/// The table `schedules`.
public struct ScheduleTable {
    let connection: any SQLConnection

    public init(_ connection: any SQLConnection) {
        self.connection = connection
    }

    public struct Known: Sendable, Hashable {
        public var expression: String
        /// The last slot that was decided about.
        public var slotAt: Timestamp

        /// How far ahead of the clock a slot may lie: one that lies further was decided about under a clock that was
        /// wrong, and the schedule begins anew.
        static let aheadMax: Int64 = 300

        /// Whether it is about this schedule, and goes on from there.
        func isOf(_ schedule: Schedule, now: Timestamp) -> Bool {
            expression == schedule.key && slotAt <= now.advanced(bySeconds: Self.aheadMax)
        }
    }

    public func all() throws -> [String: Known] {
        let rows = try connection.rows("SELECT name, expression, slot_at FROM schedules") {
            ($0.text(0), Known(expression: $0.text(1), slotAt: Timestamp(microseconds: $0.integer(2))))
        }
        return Dictionary(rows) { _, last in last }
    }

    func find(_ name: String) throws -> Known? {
        try connection.first("SELECT expression, slot_at FROM schedules WHERE name = $1", [.text(name)]) {
            Known(expression: $0.text(0), slotAt: Timestamp(microseconds: $0.integer(1)))
        }
    }

    func begin(_ name: String, expression: String, at now: Timestamp) throws {
        try connection.execute(
            """
            INSERT INTO schedules(name, expression, slot_at, updated_at) VALUES ($1, $2, $3, $3)
            ON CONFLICT(name) DO UPDATE SET expression = excluded.expression, slot_at = excluded.slot_at,
              updated_at = excluded.updated_at
            """, [.text(name), .text(expression), .integer(now.microseconds)])
    }

    func move(_ name: String, from old: Timestamp, to new: Timestamp, now: Timestamp) throws -> Bool {
        try connection.execute(
            "UPDATE schedules SET slot_at = $3, updated_at = $4 WHERE name = $1 AND slot_at = $2",
            [.text(name), .integer(old.microseconds), .integer(new.microseconds), .integer(now.microseconds)]) > 0
    }
}
