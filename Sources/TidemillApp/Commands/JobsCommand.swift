import ArgumentParser
import TidemillCore
import TidemillOperations

/// `tidemill jobs`: what the scripts in the folder declare to run, when it runs next, and how it went last.
struct JobsCommand: AskingCommand {
    static let configuration = CommandConfiguration(
        commandName: "jobs",
        abstract: "Jobs and grant rules: their schedule or trigger, next and last run, and what fails.")

    @OptionGroup var options: GlobalOptions

    func perform(_ output: Output) throws {
        let answer = try ask(ListJobs.self, output)
        try output.show(answer.payload) {
            let jobs = try answer.output().items
            return jobs.isEmpty ? "The scripts declare no jobs or rules." : Self.table(jobs).text(output.terminal)
        }
    }

    private static func table(_ lines: [JobEntry]) -> TextTable {
        var table = TextTable(
            .word("kind", rank: 5), .text("name"), .text("starts", rank: 2), .time("next"), .time("last", rank: 3),
            .state("state"), .number("waiting", rank: 6), .number("failed", rank: 7), .number("failing", rank: 4),
            .text("last error", rank: 1), .id("place", rank: 8))
        for line in lines {
            table.add(
                line.kind, line.name, line.starts, line.paused.map { "paused: \($0)" } ?? line.nextText,
                (line.last?.scheduledAt ?? line.lastDecision?.lastAt)?.secondsDescription ?? "never",
                line.last?.state.rawValue ?? line.lastDecision?.result ?? "",
                "\(line.waiting)", "\(line.failed)", "\(line.failing)",
                line.lastError?.message ?? "", line.place)
        }
        return table
    }
}

extension JobEntry {
    fileprivate var nextText: String { enabled ? next?.secondsDescription ?? "" : "disabled" }
}
