import ArgumentParser
import TidemillCore
import TidemillEngine
import TidemillOperations
import TidemillStore

/// `tidemill verify`: recomputes usage from the stored events and usage reports, and credits from their ledger, and
/// compares.
struct VerifyCommand: TidemillCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Recomputes usage and credits from the stored records and compares; exit 1 when anything differs.")

    @OptionGroup var options: GlobalOptions

    func perform(_ output: Output) throws {
        let app = try AppAssembly(options)
        let bar = ShareBar(output, "recomputing usage")
        var report = try Verifier(identityKey: try app.identityKey()).verify(
            app.store, progress: { bar.show($0, of: $1) })
        bar.clear()
        let reported = try CalculatedUsage.verify(app.store)
        report.differenceCount += reported.differences.count
        report.differences += reported.differences.prefix(max(0, Verifier.differencesMax - report.differences.count))
        let credits = try CreditVerifier().verify(app.store)
        report.differenceCount += credits.differenceCount
        report.differences += credits.differences.prefix(max(0, Verifier.differencesMax - report.differences.count))
        output.show(report.payload(counters: reported.counters, credits)) {
            report.text(counters: reported.counters, credits)
        }
        if report.differenceCount > 0 { throw CommandFailure.reported }
    }
}

extension Verifier.Report {
    fileprivate func payload(counters: Int, _ credits: CreditVerifier.Report) -> Payload {
        .object([
            "ok": .boolean(differenceCount == 0), "meters": .integer(Int64(meters)), "events": .integer(events),
            "totals": .integer(Int64(cells)), "counters": .integer(Int64(counters)),
            "wallets": .integer(Int64(credits.wallets)), "creditGrants": .integer(Int64(credits.grants)),
            "ledgerRows": .integer(credits.entries),
            "differences": .array(differences.map { .string($0) }),
            "differenceCount": .integer(Int64(differenceCount)), "filling": .array(filling.map { .string($0) }),
        ])
    }

    fileprivate func text(counters: Int, _ credits: CreditVerifier.Report) -> String {
        var lines = differences.map(\.escapingControls)
        if differenceCount > differences.count { lines.append("and \(differenceCount - differences.count) more") }
        for feature in Set(filling).sorted() {
            lines.append("\(feature.escapingControls): left out, its meter is being filled in")
        }
        let scope =
            "\(TextTable.grouped(events)) stored events, \(TextTable.grouped(meters)) meters, \(TextTable.grouped(cells)) totals, \(TextTable.grouped(counters)) counters of reported usage, \(TextTable.grouped(credits.wallets)) credit wallets"
        lines.append(
            differenceCount == 0 ? "\(scope): everything agrees" : "\(scope): \(differenceCount) differ")
        return lines.joined(separator: "\n")
    }
}
