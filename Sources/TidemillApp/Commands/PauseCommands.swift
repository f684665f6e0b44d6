import ArgumentParser
import TidemillCore
import TidemillEngine
import TidemillOperations
import TidemillRuns
import TidemillScripting
import TidemillStore

/// What can be paused: the parts of the worker, or one job or grant rule by its name.
struct PauseTarget {
    static let parts = [Pauses.ingest, Pauses.recharge, Runs.grantsPause, Pauses.clock]

    /// As a person types it.
    let text: String
    /// As the store knows it.
    let name: String

    /// Throws with a suggestion for what is neither a part nor declared in the scripts.
    init(_ text: String, _ app: AppAssembly) throws {
        self.text = text
        if Self.parts.contains(text) {
            name = text
            return
        }
        let rules = try app.declaredRules()
        let names = rules.jobs.map(\.name) + rules.grantRules.map(\.name)
        guard names.contains(text) else {
            throw CommandFailure(
                .wrongUse, code: "no_such_job",
                "there is no job or grant rule \"\(text.escapingControls)\"\(Suggestion.hint(for: text, in: names + Self.parts)); what can be paused beside them: \(Self.parts.joined(separator: ", "))"
            )
        }
        name = Runs.pauseName(text)
    }

    /// A pause that is in force may be ended although its job is gone.
    init(inForce text: String, _ app: AppAssembly) throws {
        let stored = Self.parts.contains(text) ? text : Runs.pauseName(text)
        let isInForce = try app.store.read { try Pauses.find(stored, on: $0) } != nil
        self = isInForce ? PauseTarget(text: text, name: stored) : try PauseTarget(text, app)
    }

    private init(text: String, name: String) {
        self.text = text
        self.name = name
    }
}

/// `tidemill pause ingest|recharge|grants|clock|JOB --reason TEXT`: what comes meanwhile waits. To pause the clock says
/// that it is wrong: schedules and recharges wait.
struct PauseCommand: TidemillCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause",
        abstract: "Pauses ingest, auto-recharge, grant rules or one job: within a second, and until resumed.",
        discussion: "To pause the clock says that the machine's clock is wrong: schedules and recharges wait.")

    @Argument(help: "What to pause: ingest, recharge, grants, clock, or the name of a job or grant rule.")
    var target: String

    @Option(help: "Why, for whoever finds it paused.")
    var reason: String

    @OptionGroup var options: GlobalOptions

    func validate() throws {
        if reason.allSatisfy(\.isWhitespace) { throw ValidationError("--reason must say why") }
    }

    func perform(_ output: Output) throws {
        let app = try AppAssembly(options)
        let target = try PauseTarget(target, app)
        let pause = try app.store.write { connection -> Pause? in
            // The first pause counts, and only that one changes anything.
            if let known = try Pauses.find(target.name, on: connection) { return known }
            let now = app.clock.now
            try Pauses.pause(target.name, reason: reason, by: Person.current, at: now, on: connection)
            try AuditTrail.record(
                "pause", ["name": .string(target.text)], by: .person(Person.current), reason: reason, at: now,
                on: connection)
            return try Pauses.find(target.name, on: connection)
        }
        guard let pause else { return }
        let name = target.text.escapingControls
        output.show(pause.payload) {
            pause.reason == reason
                ? "\(name) is paused; `tidemill resume \(name)` lets it go on"
                : "\(name) was paused already by \(pause.pausedBy.escapingControls): \(pause.reason.escapingControls)"
        }
    }
}

/// `tidemill resume ingest|recharge|grants|clock|JOB`: ends a pause. Deliveries that the brake held go on in spite of it;
/// to resume the clock says that it is right.
struct ResumeCommand: TidemillCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Lets ingest, auto-recharge, grant rules or one job go on.",
        discussion: """
            Deliveries that were held because a rule failed are processed whatever it does. To resume the clock says \
            that the machine's clock is right: schedules and recharges that waited for it go on.
            """)

    @Argument(help: "What to resume: ingest, recharge, grants, clock, or the name of a job or grant rule.")
    var target: String

    @Option(help: "Why, for the log.")
    var reason: String?

    @OptionGroup var options: GlobalOptions

    func perform(_ output: Output) throws {
        let app = try AppAssembly(options)
        let target = try PauseTarget(inForce: target, app)
        let (wasPaused, waiting, doubt) = try app.store.write { connection in
            let wasPaused = try Pauses.resume(target.name, on: connection)
            // Also where nothing was paused: it lets held deliveries go on, or says that the clock is right.
            try AuditTrail.record(
                "resume", ["name": .string(target.text), "wasPaused": .boolean(wasPaused)],
                by: .person(Person.current), reason: reason, at: app.clock.now, on: connection)
            let trust = ClockTrust(connection)
            let doubt =
                target.name == Pauses.recharge ? try trust.noted() ?? trust.doubt(of: app.clock.now)?.text : nil
            return (wasPaused, try WaitingCommands.find(on: connection), doubt)
        }
        var payload: [String: Payload] = [
            "name": .string(target.text), "wasPaused": .boolean(wasPaused),
            "waitingCommands": .array(waiting.map { .string($0) }),
        ]
        if let doubt { payload["waitsFor"] = .string(doubt) }
        let name = target.text.escapingControls
        output.show(.object(payload)) {
            let isClock = target.name == Pauses.clock
            let line =
                wasPaused
                ? isClock ? "the clock is believed" : "\(name) goes on"
                : isClock ? "the clock was not in doubt" : "\(name) was not paused"
            let held = doubt.map { ["it still waits for the clock: \($0.escapingControls)"] } ?? []
            return ([line] + held + waiting.map { "\($0.escapingControls): repeat its `tidemill ingest`" })
                .joined(separator: "\n")
        }
    }
}

extension Pause {
    /// As a person names it.
    var target: String {
        name.hasPrefix(Runs.pauseName("")) ? String(name.dropFirst(Runs.pauseName("").count)) : name
    }

    var payload: Payload {
        .object([
            "name": .string(target), "reason": .string(reason), "pausedBy": .string(pausedBy),
            "pausedAt": Payload(pausedAt),
        ])
    }
}
