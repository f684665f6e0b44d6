import ArgumentParser
import Foundation
import TidemillCore
import TidemillOperations
import TidemillTriggers

/// `tidemill schedule EXPR`: explains a schedule by its next fire times.
struct ScheduleCommand: TidemillCommand {
    static let configuration = CommandConfiguration(
        commandName: "schedule", abstract: "Explains a schedule: in words, and by its next fire times.",
        discussion: """
            A cron expression by Debian's rules, a nickname such as @daily, or "every 30s". Beside these rules, the day \
            of month may be L (the last day), L-3 (three days before it), LW (the last day from Monday to Friday) or 15W \
            (the nearest such day to the 15th), and the day of week 1#2 (the second Monday) or 5L, friL (the last Friday). A \
            fixed time that clocks skip \
            fires at the change; one that they repeat fires once. An expression with * for minute or hour follows the \
            clock.
            """)

    @Argument(help: ArgumentHelp("The schedule, in quotes: \"30 2 * * *\".", valueName: "expr"))
    var expression: String

    @Option(help: ArgumentHelp("By whose clocks; UTC when left out.", valueName: "zone"))
    var timezone: String?

    @Option(help: ArgumentHelp("Fire times after this one; without an offset by the zone's clocks.", valueName: "time"))
    var from: String?

    @Option(help: "How many.")
    var count = 5

    @OptionGroup var options: GlobalOptions

    func validate() throws {
        guard (1...10_000).contains(count) else { throw ValidationError("--count must be from 1 to 10000") }
    }

    func perform(_ output: Output) throws {
        let schedule: Schedule
        do { schedule = try Schedule(expression, timezone: timezone) } catch {
            throw CommandFailure(.wrongUse, code: "schedule", error.message)
        }
        var instants: [Timestamp] = []
        var at = try start(schedule)
        while instants.count < count, let next = schedule.next(after: at) {
            instants.append(next)
            at = next
        }
        for warning in schedule.warnings { output.note("warning: \(warning)") }
        output.show(.array(instants.map { .string($0.description) })) {
            let words = schedule.words.escapingControls
            guard !instants.isEmpty else { return "\(words)\nIt does not fire in the next 50 years." }
            var table = TextTable(.text("fires at"), .text(timezone ?? "UTC"))
            for instant in instants { table.add(instant.secondsDescription, schedule.local(instant)) }
            return "\(words)\n\n\(table.text(output.terminal))"
        }
    }

    private func start(_ schedule: Schedule) throws -> Timestamp {
        guard let from else { return SystemWallclock().now }
        if let instant = Timestamp(rfc3339: from) { return instant }
        // By the zone's clocks: the date alone, or with minutes or seconds.
        let padded = from.utf8.count == 10 ? from + "T00:00:00" : from.utf8.count == 16 ? from + ":00" : from
        guard let clock = Timestamp(rfc3339: padded + "Z") else {
            throw CommandFailure(
                .wrongUse, code: "from",
                "--from must be a time such as 2026-03-29T01:00 or 2026-03-29T01:00:00Z, got \"\(from.escapingControls)\""
            )
        }
        return CivilTime(clock, in: nil).instant(in: timezone.flatMap { Zone(identifier: $0) })
    }
}
