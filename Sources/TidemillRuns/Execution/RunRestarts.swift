public import TidemillCore
import TidemillScripting
import TidemillStore

/// Starts runs again that failed because of what their script says, once it says something else. Asked whenever other
/// scripts take over; however many workers ask, each run starts once.
public struct RunRestarts: Sendable {
    /// Runs of triggers that failed longer ago are left to a person.
    static let triggersSeconds: Int64 = 86_400

    let tools: RunTools

    public init(_ tools: RunTools) {
        self.tools = tools
    }

    /// Runs that are decided about in one transaction: others that write wait no longer than that takes.
    static let portionMax = 500

    /// Jobs and rules with runs that failed because of what a script says or said. Those that are gone, or disabled, start
    /// nothing, and are no longer told of as failing.
    public func names() throws -> [String] {
        let scripts = tools.scripts()
        let (names, failing) = try tools.store.read { connection in
            (try RunTable(connection).unscripted(), try FailingJobs(connection).names())
        }
        for name in failing where scripts.print(of: name) == nil {
            try tools.store.write { try FailingJobs($0).forget(name) }
        }
        return names.filter { scripts.print(of: $0) != nil }
    }

    /// What came of one look at the runs of a job or rule.
    public struct Portion: Sendable, Hashable {
        /// How many start again.
        public var started = 0
        /// Whether there may be more of them.
        public var isMore = false
    }

    /// Starts runs of one name again: of a schedule's the newest slot inside the catch-up window, of triggers' those of
    /// the last day, in order; the earliest first, a portion in a call.
    public func restart(_ name: String, now: Timestamp) throws -> Portion {
        let scripts = tools.scripts()
        guard let print = scripts.print(of: name),
            try tools.store.read({ try RunTable($0).isUnscripted(name, since: print) })
        else { return Portion() }
        let job = scripts.job(name)
        let catchUp = job?.catchUp ?? JobDeclaration.CatchUp()
        let restart = RunTable.Restart(
            print: print,
            oldestSlot: catchUp.mode == .none ? nil : now.advanced(bySeconds: -catchUp.window.components.seconds),
            oldestFailure: now.advanced(bySeconds: -Self.triggersSeconds), slotsWait: job?.overlap != .allowAll)
        let (looked, started) = try tools.store.write {
            try RunTable($0).startAgain(name, restart, limit: Int64(Self.portionMax), now: now)
        }
        return Portion(started: started, isMore: looked == Self.portionMax)
    }
}
