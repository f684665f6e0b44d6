import ArgumentParser
import TidemillCore
import TidemillOperations

/// `tidemill jobs`: what the scripts in the folder declare to run, when it runs next, and how it went last.
struct JobsCommand: TidemillCommand {
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
            .text("kind"), .text("name"), .text("starts"), .text("next"), .text("last"), .text("state"),
            .number("waiting"), .number("failed"), .number("failing"), .text("last error"), .text("place"))
        for line in lines {
            table.add(
                line.kind, line.name, line.starts, line.paused.map { "paused: \($0)" } ?? line.nextText,
                line.last?.scheduledAt.secondsDescription ?? "", line.last?.state.rawValue ?? "",
                "\(line.waiting)", "\(line.failed)", "\(line.failing)",
                (line.lastError?.message).map(Self.shortened) ?? "", line.place)
        }
        return table
    }

    /// Of a message, so much fits a table; `--json` has all of it.
    private static func shortened(_ message: String) -> String {
        message.count > 100 ? message.prefix(100) + "…" : message
    }
}

extension JobEntry {
    fileprivate var nextText: String { enabled ? next?.secondsDescription ?? "" : "disabled" }
}
