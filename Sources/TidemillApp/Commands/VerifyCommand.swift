import ArgumentParser
import TidemillCore
import TidemillDisplay
import TidemillOperations
import TidemillStore

/// `tidemill verify`: recomputes usage from the stored events and usage reports, credits from their ledger, and invoices
/// from their terms, and compares.
struct VerifyCommand: AskingCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Recomputes usage, credits and invoices from what is stored; exit 1 when anything differs.")

    @OptionGroup var options: GlobalOptions

    func perform(_ output: Output) throws {
        let answer = try ask(Verify.self, output, progress: "recomputing usage")
        if options.url == nil { try AppAssembly(options).noteVerified(answer.payload) }
        try output.show(answer.payload) { try answer.output().text }
        if answer.payload["ok"] != true { throw CommandFailure.reported }
    }
}

extension AppAssembly {
    /// Keeps when totals were compared and how many differed, for `/metrics`: beside the operation, which only reads.
    func noteVerified(_ answer: Payload) throws {
        guard case .integer(let differences)? = answer["differenceCount"] else { return }
        try store.write { connection in
            try Sequences.set(.verifiedAt, to: clock.now.microseconds, on: connection)
            try Sequences.set(.verifyDifferences, to: differences, on: connection)
            let reasons = answer["notBilled"]?.items ?? []
            let unsubscribed = reasons.first { $0["reason"] == "NO_SUBSCRIPTION" }?["subjects"]
            guard case .integer(let count) = unsubscribed ?? 0 else { return }
            try Sequences.set(.usageUnsubscribed, to: count, on: connection)
        }
    }
}

extension Verify.Output {
    fileprivate var text: String {
        var lines = differences.map(\.escapingControls)
        if differenceCount > Int64(differences.count) {
            lines.append("and \(Int(differenceCount) - differences.count) more")
        }
        for feature in Set(filling).sorted() {
            lines.append("\(feature.escapingControls): left out, its meter is being filled in")
        }
        for kind in notBilled {
            let isOne = kind.subjects == 1
            let what = isOne ? "1 feature of a customer" : "\(Figures.grouped(kind.subjects)) features of customers"
            lines.append("not billed, \(kind.reason): usage of \(what)")
        }
        if let unsubscribed {
            lines.append("no subscription bills \(unsubscribed.escapingControls), although its usage has a price")
        }
        let scope =
            "\(Figures.grouped(events)) stored events, \(Figures.grouped(meters)) meters, \(Figures.grouped(totals)) totals, \(Figures.grouped(counters)) counters of reported usage, \(Figures.grouped(wallets)) credit wallets, \(Figures.grouped(invoices)) invoices"
        lines.append(
            differenceCount == 0 ? "\(scope): everything agrees" : "\(scope): \(differenceCount) differ")
        return lines.joined(separator: "\n")
    }
}
