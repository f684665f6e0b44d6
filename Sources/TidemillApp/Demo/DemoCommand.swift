import ArgumentParser
import Foundation
import TidemillCore
import TidemillDisplay
import TidemillOperations

/// `tidemill demo`: a project whose store holds months of a company's life.
struct DemoCommand: TidemillCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Makes a project with months of plausible data, to look at and to try things out.",
        discussion: """
            Customers, subscriptions, deliveries by the hour, credits with recharges, jobs that fail, rejected records, \
            invoices: all of it came by the path of every delivery, under a clock of its own. The same seed and end make the \
            same life. Nothing that is there is touched: a folder that has a project or a store is refused.
            """)

    @Option(help: "How long it goes back: 1 to 24.")
    var months: Int64 = 3

    @Option(help: "Which life: the same number makes the same one.")
    var seed: UInt64 = 1

    @Option(help: ArgumentHelp("The folder of the new project.", valueName: "dir"))
    var store = "tidemill-demo"

    @Option(help: "How many customers: 1 to 576.")
    var customers = 300

    @Option(help: ArgumentHelp("Where it ends, cut to the hour (default: now).", valueName: "t"))
    var until: String?

    @OptionGroup var options: GlobalOptions

    func validate() throws {
        guard (1...24).contains(months) else { throw ValidationError("--months must be 1 to 24, got \(months)") }
        guard (1...DemoCustomer.customersMax).contains(customers) else {
            throw ValidationError("--customers must be 1 to \(DemoCustomer.customersMax), got \(customers)")
        }
    }

    func perform(_ output: Output) async throws {
        let began = ContinuousClock.now
        let end = try end()
        let root = URL(filePath: store, directoryHint: .isDirectory)
        let file = root.appending(path: "var/tidemill.db")
        guard !FileManager.default.fileExists(atPath: file.path) else {
            throw CommandFailure(
                .wrongUse, code: "exists",
                "\(store.escapingControls) has a store already, and a demo goes beside no data: name another folder with --store"
            )
        }
        // A worker that finds a life of months would begin by clearing it away.
        let days = (months + 1) * 31 + max(0, SystemWallclock().now.hour - end.hour) / 24
        try ProjectTemplate.example.write(to: root) { text in
            text.replacing("keep = \"400d\"", with: "keep = \"\(max(days, 400))d\"") + """

                [decisions]
                keep_runs = "\(min(days, 3000))d"         # as long as the life that this store holds

                """
        }
        try FileManager.default.makeFolder(file.deletingLastPathComponent())
        let config = try AppConfig.load(path: root.appending(path: "config.toml").path)
        let folder = try ScratchFolder(in: root, prefix: ".demo-")
        let settings = DemoLife.Settings(
            months: months, seed: seed, customers: customers, until: Timestamp.hour(end.hour))
        let bar = ShareBar(output, "demo")
        var life = try DemoLife(settings, config, in: folder)
        let totals = try await life.live(store: file.path) { bar.show($0, of: $1) }
        bar.clear()
        let took = began.duration(to: .now)
        output.show(totals.payload(folder: root.path)) {
            """
            \(store.escapingControls): \(totals.customers) customers and \(Figures.grouped(totals.counts["records"] ?? 0)) records in \
            \(Figures.grouped(totals.deliveries)) deliveries, made in \(took.milliseconds / 1000) s

            Look at it:
              cd \(store.shellQuoted)
              tidemill run          # the worker, which serves the pages; leave it running
              tidemill dashboard    # in another terminal: the link to them
              tidemill status       # or without a browser
            """
        }
    }
}

extension DemoCommand {
    private func end() throws -> Timestamp {
        let now = SystemWallclock().now
        guard let until else { return now }
        guard let end = InstantArgument.parse(until, in: nil), end <= now else {
            throw CommandFailure(
                .wrongUse, code: "usage",
                "--until: expected \(InstantArgument.expected), not after now, got \"\(until.escapingControls)\"")
        }
        return end
    }
}

extension DemoLife.Totals {
    fileprivate func payload(folder: String) -> Payload {
        var members: TextMap<Payload> = [
            "folder": .string(folder), "customers": .integer(Int64(customers)), "deliveries": .integer(deliveries),
        ]
        for name in Self.names { members[name] = .integer(counts[name] ?? 0) }
        return .object(members)
    }
}
