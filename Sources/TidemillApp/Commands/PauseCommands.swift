import ArgumentParser
import TidemillCore
import TidemillOperations

/// `tidemill pause PART|JOB --reason TEXT`: what comes meanwhile waits. To pause the clock says that it is wrong: schedules
/// and recharges wait.
struct PauseCommand: AskingCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause",
        abstract: "Pauses ingest, auto-recharge, grant rules or one job: within a second, and until resumed.",
        discussion: "To pause the clock says that the machine's clock is wrong: schedules and recharges wait.")

    @Argument(
        help: "What to pause: ingest, recharge, grants, billing, clock, or the name of a job or grant rule.",
        completion: .names(.pauses))
    var target: String

    @Option(help: "Why, for whoever finds it paused.")
    var reason: String

    @OptionGroup var options: GlobalOptions

    func perform(_ output: Output) throws {
        let (part, job) = PauseTarget.typed(target)
        let answer = try ask(
            SetPause.self, ["target": .string(part.rawValue), "job": .text(job), "reason": .string(reason)], output)
        try output.show(answer.payload) {
            let pause = try answer.output()
            let name = target.escapingControls
            return pause.wasPaused != true
                ? "\(name) is paused; `tidemill resume \(name)` lets it go on"
                : "\(name) was paused already by \(pause.pausedBy.escapingControls): \(pause.reason.escapingControls)"
        }
    }
}

/// `tidemill resume PART|JOB`: ends a pause. Deliveries that the brake held go on in spite of it; to resume the clock
/// says that it is right.
struct ResumeCommand: AskingCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Lets ingest, auto-recharge, grant rules or one job go on.",
        discussion: """
            Deliveries that were held because a rule failed are processed whatever it does. To resume the clock says \
            that the machine's clock is right: schedules and recharges that waited for it go on.
            """)

    @Argument(
        help: "What to resume: ingest, recharge, grants, billing, clock, or the name of a job or grant rule.",
        completion: .names(.pauses))
    var target: String

    @Option(help: "Why, for the log.")
    var reason: String?

    @OptionGroup var options: GlobalOptions

    func perform(_ output: Output) throws {
        let (part, job) = PauseTarget.typed(target)
        let answer = try ask(
            EndPause.self, ["target": .string(part.rawValue), "job": .text(job), "reason": .text(reason)], output)
        try output.show(answer.payload) {
            let ended = try answer.output()
            let name = target.escapingControls
            let isClock = part == .clock
            let line =
                ended.wasPaused
                ? isClock ? "the clock is believed" : "\(name) goes on"
                : isClock ? "the clock was not in doubt" : "\(name) was not paused"
            let held = ended.waitsFor.map { ["it still waits for the clock: \($0.escapingControls)"] } ?? []
            let waiting = ended.waitingCommands.map { "\($0.escapingControls): repeat its `tidemill ingest`" }
            return ([line] + held + waiting).joined(separator: "\n")
        }
    }
}
