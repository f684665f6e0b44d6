import ArgumentParser
import TidemillCore
import TidemillEngine
import TidemillOperations
import TidemillStore

/// `tidemill verify`: recomputes usage from the stored events and compares.
struct VerifyCommand: TidemillCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Recomputes usage from the stored records and compares; exit 1 when anything differs.")

    @OptionGroup var options: GlobalOptions

    func perform(_ output: Output) throws {
        let app = try AppAssembly(options)
        let report = try Verifier(identityKey: try app.identityKey()).verify(app.store)
        output.show(report.payload) { report.text }
        if report.differenceCount > 0 { throw CommandFailure.reported }
    }
}

extension Verifier.Report {
    fileprivate var payload: Payload {
        .object([
            "ok": .boolean(differenceCount == 0), "meters": .integer(Int64(meters)), "events": .integer(events),
            "totals": .integer(Int64(cells)), "differences": .array(differences.map { .string($0) }),
            "differenceCount": .integer(Int64(differenceCount)), "filling": .array(filling.map { .string($0) }),
        ])
    }

    fileprivate var text: String {
        var lines = differences.map(\.escapingControls)
        if differenceCount > differences.count { lines.append("and \(differenceCount - differences.count) more") }
        for feature in Set(filling).sorted() {
            lines.append("\(feature.escapingControls): left out, its meter is being filled in")
        }
        let scope =
            "\(TextTable.grouped(events)) stored events, \(TextTable.grouped(meters)) meters, \(TextTable.grouped(cells)) totals"
        lines.append(
            differenceCount == 0 ? "\(scope): everything agrees" : "\(scope): \(differenceCount) totals differ")
        return lines.joined(separator: "\n")
    }
}
