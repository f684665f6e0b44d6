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

    /// How many runs of a job or rule start again.
    public struct Restarted: Sendable, Hashable {
        public let name: String
        public let runs: Int
    }

    /// Of a schedule's runs the newest slot inside the catch-up window, of triggers' those of the last day, in order.
    /// Jobs that are gone, or disabled, are no longer told of as failing.
    public func restart(now: Timestamp) throws -> [Restarted] {
        let scripts = tools.scripts()
        let (names, failing) = try tools.store.read { connection in
            (try RunTable(connection).unscripted(), try FailingJobs(connection).names())
        }
        for name in failing where scripts.print(of: name) == nil {
            try tools.store.write { try FailingJobs($0).forget(name) }
        }
        return try names.compactMap { name in
            guard let print = scripts.print(of: name) else { return nil }
            let job = scripts.job(name)
            let catchUp = job?.catchUp ?? JobDeclaration.CatchUp()
            let restart = RunTable.Restart(
                print: print,
                oldestSlot: catchUp.mode == .none
                    ? nil : now.advanced(bySeconds: -catchUp.window.components.seconds),
                oldestFailure: now.advanced(bySeconds: -Self.triggersSeconds),
                slotsWait: job?.overlap != .allowAll)
            let started = try tools.store.write { try RunTable($0).startAgain(name, restart, now: now) }
            return started > 0 ? Restarted(name: name, runs: started) : nil
        }
    }
}
