import ArgumentParser
import TidemillCore
import TidemillDisplay
import TidemillOperations

/// `tidemill limits`: who is near a limit.
struct LimitsCommand: AskingCommand {
    static let configuration = CommandConfiguration(
        commandName: "limits", abstract: "Customers near a limit, or beyond it; the highest share first.",
        discussion: "Who has reached a share that is announced (alerts.usage), and when a limit is full at this pace.")

    @Option(help: "At most this many, up to 100.")
    var limit = 20

    @OptionGroup var options: GlobalOptions

    func perform(_ output: Output) throws {
        let answer = try ask(ListNearLimits.self, ["limit": .integer(Int64(limit))], output)
        try output.show(answer.payload) {
            let entries = try answer.output().items
            guard !entries.isEmpty else { return "Nobody is near a limit." }
            var table = TextTable(
                .id("customer"), .text("feature"), .number("used"), .number("limit"), .number("share"),
                .time("full", rank: 2), .time("resets", rank: 3), .word("more", rank: 4))
            for entry in entries {
                table.add(
                    entry.customerID.text, entry.featureName, Figures.grouped(entry.used.description),
                    Figures.grouped(entry.limit.description), "\(entry.percent) %",
                    entry.fullAt?.secondsDescription ?? "", entry.resetsAt?.secondsDescription ?? "",
                    entry.isGranted ? "granted" : "refused")
            }
            return table.text(output.terminal)
        }
    }
}

/// `tidemill wallets`: which wallets run low.
struct WalletsCommand: AskingCommand {
    static let configuration = CommandConfiguration(
        commandName: "wallets",
        abstract: "Wallets that run low: what is left, how long it lasts, and their auto-recharge.",
        discussion: "Those with at most so much left of their grants in effect, the lowest first.")

    @Option(help: "At most this share is left, up to 20.")
    var percent = 20
    @Option(help: "At most this many, up to 100.")
    var limit = 20

    @OptionGroup var options: GlobalOptions

    func perform(_ output: Output) throws {
        let answer = try ask(
            ListLowWallets.self, ["percent": .integer(Int64(percent)), "limit": .integer(Int64(limit))], output)
        try output.show(answer.payload) {
            let entries = try answer.output().items
            guard !entries.isEmpty else { return "No wallet runs low." }
            var table = TextTable(
                .id("customer"), .id("credits"), .number("left"), .number("of"), .number("share"),
                .number("a day", rank: 3), .word("lasts", rank: 2), .word("recharge", rank: 4))
            for entry in entries {
                table.add(
                    entry.customerID.text, entry.currencyID, Figures.grouped(entry.balance.description),
                    Figures.grouped(entry.granted.description), "\(entry.percent) %",
                    Figures.grouped(entry.burnedPerDay.description),
                    entry.lastsSeconds.map { RelativeTime.age($0) } ?? "", entry.recharge?.lowercased() ?? "none")
            }
            return table.text(output.terminal)
        }
    }
}
