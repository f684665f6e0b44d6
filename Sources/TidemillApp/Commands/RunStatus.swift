import TidemillCore
import TidemillOperations
import TidemillRuns
import TidemillStore

/// Runs and schedules as `status` shows them.
struct RunStatus {
    let counts: [Run.State: Int64]
    /// The oldest run that is due and that nobody starts.
    let oldestDue: Timestamp?
    let waitingGrants: Int64
    let unwritten: Int
    let progress: TriggerProgress
    let hasSchedules: Bool
    private let now: Timestamp

    /// A run that is due for longer is not being started.
    private static let dueMax: Int64 = 60
    /// Schedules that nobody has looked at for longer have no worker.
    private static let tickMax: Int64 = 300

    init(now: Timestamp, on connection: any SQLConnection) throws {
        self.now = now
        let runs = RunTable(connection)
        counts = try runs.counts()
        oldestDue = try runs.due(until: now, except: [], limit: 1).first?.dueAt
        waitingGrants = try RuleGrants(connection).waitingCount()
        unwritten = try Emissions(connection).unwritten(limit: 1000).count
        progress = try TriggerProgress.find(on: connection)
        hasSchedules = try !ScheduleTable(connection).all().isEmpty
    }

    var line: String? {
        let shown: [Run.State] = [.running, .waiting, .failed, .quarantined]
        let parts = shown.compactMap { state in
            counts[state].flatMap { $0 > 0 ? "\(TextTable.grouped($0)) \(state.rawValue)" : nil }
        }
        let done = "\(TextTable.grouped(counts[.done] ?? 0)) done"
        return counts.isEmpty ? nil : (parts + [done]).joined(separator: ", ")
    }

    var warnings: [String] {
        var warnings: [String] = []
        if let failed = counts[.failed], failed > 0 {
            warnings.append("\(failed) runs have failed for good: `tidemill runs --state failed`")
        }
        if let quarantined = counts[.quarantined], quarantined > 0 {
            warnings.append(
                "\(quarantined) runs ended the process again and again: `tidemill runs --state quarantined`")
        }
        if let oldestDue, oldestDue < now.advanced(bySeconds: -Self.dueMax) {
            warnings.append("a run is due since \(oldestDue): is a worker running, or is its job paused?")
        }
        if progress.cutOff > 0 {
            warnings.append(
                "\(progress.cutOff) events had more than 8 causes behind them and started nothing: jobs trigger each other"
            )
        }
        if hasSchedules, progress.lastAt < now.advanced(bySeconds: -Self.tickMax) {
            warnings.append("nobody has looked at the schedules since \(progress.lastAt): is a worker running?")
        }
        return warnings
    }

    var payload: Payload {
        var members = Dictionary(
            uniqueKeysWithValues: Run.State.allCases.map { ($0.rawValue, Payload.integer(counts[$0] ?? 0)) })
        members["waitingGrants"] = .integer(waitingGrants)
        members["unwrittenMessages"] = .integer(Int64(unwritten))
        members["cutOffEvents"] = .integer(progress.cutOff)
        if progress.lastAt.microseconds > 0 { members["lastTick"] = Payload(progress.lastAt) }
        if let oldestDue { members["oldestDue"] = Payload(oldestDue) }
        return .object(members)
    }
}
