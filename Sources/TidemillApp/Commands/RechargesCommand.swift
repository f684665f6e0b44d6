import ArgumentParser
import Foundation
import TidemillCore
import TidemillDisplay
import TidemillOperations

/// `tidemill recharges`: why a wallet was recharged, or was not.
struct RechargesCommand: AskingCommand {
    static let configuration = CommandConfiguration(
        commandName: "recharges", abstract: "Why wallets were recharged, or were not; the newest decision first.",
        discussion: """
            Every evaluation that did something or was refused is kept with what it saw, and whatever a policy of the \
            scripts answered. The same decision again is counted in its first row. With `--limit 1`, or where only one is \
            found, its inputs are shown too; --json has them always.
            """)

    @Option(help: "Only wallets of this customer.", completion: .names(.customers))
    var customer: String?
    @Option(help: "Only wallets of this credit currency.")
    var currency: String?
    @Option(
        help: ArgumentHelp(
            "Only decisions that came to this, such as CHARGED, REFUSED or NOTHING.", valueName: "result"))
    var result: String?
    @Option(help: ArgumentHelp("From this instant on: 2026-03-01, or 2026-03-01T12:30:00Z.", valueName: "t"))
    var from: String?
    @Option(help: ArgumentHelp("Up to this instant, without it.", valueName: "t"))
    var to: String?
    @Option(help: "At most this many.")
    var limit = 50

    @OptionGroup var options: GlobalOptions

    func perform(_ output: Output) throws {
        let (from, to) = try InstantArgument.range(from: from, to: to, in: nil)
        let found = try list(
            ListRecharges.self,
            [
                "customerId": .text(customer), "currencyId": .text(currency), "result": .text(result),
                "from": .instant(from), "to": .instant(to),
            ], limit: limit, output)
        if found.documents.isEmpty {
            try noteUnmatched(["customerId": .text(customer), "currencyId": .text(currency)], output)
        }
        let isFiltered = [customer, currency, result, self.from, self.to].contains { $0 != nil }
        try output.show(.array(found.documents)) {
            let decisions = try found.items(RechargeEntry.self)
            if decisions.isEmpty {
                return isFiltered ? "No decisions match." : "Nothing was decided about a recharge yet."
            }
            return decisions.count == 1
                ? decisions[0].page(output.terminal) : Self.table(decisions).text(output.terminal)
        }
    }

    private static func table(_ decisions: [RechargeEntry]) -> TextTable {
        var table = TextTable(
            .time("at"), .id("customer"), .id("currency", rank: 2), .state("result"), .number("credits"),
            .number("cost"), .text("why"), .text("by", rank: 3), .number("times", rank: 4))
        for decision in decisions {
            table.add(
                decision.at.secondsDescription, decision.customerID, decision.currencyID, decision.result,
                decision.shown("credits"), decision.shown("cost"), decision.why, decision.policy ?? "the settings",
                "\(decision.times)")
        }
        return table
    }
}

extension RechargeEntry {
    /// A refusal's code with its message.
    fileprivate var why: String {
        guard let message = inputs["message"]?.text, message != reason else { return reason }
        return "\(reason): \(message)"
    }

    /// Credits, or the money that they cost; empty where the decision was about none.
    fileprivate func shown(_ amount: String) -> String {
        guard let value = inputs[amount], !value.isNull else { return "" }
        guard let money = value["amount"] else { return Figures.grouped(value.text ?? value.json) }
        return "\(Figures.grouped(money.text ?? money.json)) \((value["currency"]?.text ?? "").uppercased())"
    }

    /// What was seen, in the order of its names.
    private var facts: [(String, Payload)] {
        guard case .object(let members) = inputs else { return [] }
        return members.filter { $0.key != "message" }.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    fileprivate func page(_ terminal: Terminal) -> String {
        var table = TextTable(.text("result"), .text(result))
        table.add("why", why)
        table.add("at", at.description)
        if times > 1 { table.add("again", "\(times - 1) times, last \(lastAt)") }
        table.add("wallet", "\(customerID), \(currencyID)")
        table.add("by", policy ?? "the customer's settings")
        if let scriptVersion { table.add("scripts", "version \(scriptVersion.prefix(12))") }
        if let episode { table.add("purchase", episode) }
        for (name, value) in facts {
            table.add(name, value.text ?? value.json)
        }
        return table.text(terminal)
    }
}
