import ArgumentParser
import TidemillCore
import TidemillEngine
import TidemillOperations
import TidemillStore

/// What can be paused.
enum PauseTarget: String, ExpressibleByArgument, CaseIterable {
    case ingest
    case recharge
}

/// `tidemill pause ingest|recharge --reason TEXT`: stops the taking of deliveries, or all charging; what comes waits.
struct PauseCommand: TidemillCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause",
        abstract: "Pauses ingest or auto-recharge: within a second, and across restarts, until resumed.")

    @Argument(help: "What to pause: ingest or recharge.")
    var target: PauseTarget

    @Option(help: "Why, for whoever finds it paused.")
    var reason: String

    @OptionGroup var options: GlobalOptions

    func validate() throws {
        if reason.allSatisfy(\.isWhitespace) { throw ValidationError("--reason must say why") }
    }

    func perform(_ output: Output) throws {
        let app = try AppAssembly(options)
        let pause = try app.store.write { connection -> Pause? in
            // The first pause counts, and only that one changes anything.
            if let known = try Pauses.find(target.rawValue, on: connection) { return known }
            let now = app.clock.now
            try Pauses.pause(target.rawValue, reason: reason, by: Person.current, at: now, on: connection)
            try AuditTrail.record(
                "pause", ["name": .string(target.rawValue)], by: .person(Person.current), reason: reason, at: now,
                on: connection)
            return try Pauses.find(target.rawValue, on: connection)
        }
        guard let pause else { return }
        output.show(pause.payload) {
            pause.reason == reason
                ? "\(target.rawValue) is paused; `tidemill resume \(target.rawValue)` lets it go on"
                : "\(target.rawValue) was paused already by \(pause.pausedBy.escapingControls): \(pause.reason.escapingControls)"
        }
    }
}

/// `tidemill resume ingest|recharge`: ends a pause. Deliveries that the brake held go on in spite of it; to resume
/// recharges also says that the clock is right.
struct ResumeCommand: TidemillCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Lets ingest or auto-recharge go on.",
        discussion: """
            Deliveries that were held because a rule failed are processed whatever it does. To resume recharges says \
            that the machine's clock is right, too.
            """)

    @Argument(help: "What to resume: ingest or recharge.")
    var target: PauseTarget

    @Option(help: "Why, for the log.")
    var reason: String?

    @OptionGroup var options: GlobalOptions

    func perform(_ output: Output) throws {
        let app = try AppAssembly(options)
        let (wasPaused, waiting) = try app.store.write { connection in
            let wasPaused = try Pauses.resume(target.rawValue, on: connection)
            // Also where nothing was paused: it lets held deliveries go on, and says that the clock is right.
            try AuditTrail.record(
                "resume", ["name": .string(target.rawValue), "wasPaused": .boolean(wasPaused)],
                by: .person(Person.current), reason: reason, at: app.clock.now, on: connection)
            return (wasPaused, try WaitingCommands.find(on: connection))
        }
        let payload: [String: Payload] = [
            "name": .string(target.rawValue), "wasPaused": .boolean(wasPaused),
            "waitingCommands": .array(waiting.map { .string($0) }),
        ]
        output.show(.object(payload)) {
            let line = wasPaused ? "\(target.rawValue) goes on" : "\(target.rawValue) was not paused"
            return ([line] + waiting.map { "\($0.escapingControls): repeat its `tidemill ingest`" })
                .joined(separator: "\n")
        }
    }
}

extension Pause {
    var payload: Payload {
        .object([
            "name": .string(name), "reason": .string(reason), "pausedBy": .string(pausedBy),
            "pausedAt": Payload(pausedAt),
        ])
    }
}
