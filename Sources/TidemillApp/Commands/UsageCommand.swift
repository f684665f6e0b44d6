import ArgumentParser
import Foundation
import TidemillCore
import TidemillDisplay
import TidemillOperations

/// `tidemill usage`: how much each customer used.
struct UsageCommand: AskingCommand {
    static let configuration = CommandConfiguration(
        commandName: "usage", abstract: "How much each customer used of each feature.",
        discussion: """
            Bounds are half open and count by the events' own timestamps; without them: all time. A feature that is \
            reported instead of metered gives its level at the end of each window.
            """)

    @Option(help: "Only this feature.")
    var feature: String?
    @Option(help: "Only this customer.", completion: .names(.customers))
    var customer: String?
    @Option(help: "Only this resource.")
    var resource: String?
    @Option(help: ArgumentHelp("Apart by these dimensions.", valueName: "dim[,dim]"))
    var groupBy: String?
    @Option(help: ArgumentHelp("From this instant on: 2026-03-01, or 2026-03-01T12:30:00Z.", valueName: "t"))
    var from: String?
    @Option(help: ArgumentHelp("Up to this instant, without it.", valueName: "t"))
    var to: String?
    @Option(help: ArgumentHelp("One row an hour, day or month.", valueName: "hour|day|month"))
    var window: String?
    @Option(help: "Where days and months begin, and what times without an offset mean.")
    var timezone = "UTC"

    @OptionGroup var options: GlobalOptions

    func perform(_ output: Output) throws {
        guard let zone = Zone(identifier: timezone) else {
            throw CommandFailure(.wrongUse, code: "usage", "--timezone: \(Zone.problem(timezone))")
        }
        let (from, to) = try InstantArgument.range(from: from, to: to, in: zone)
        let groups = groupBy?.split(separator: ",", omittingEmptySubsequences: false).map { Payload.string(String($0)) }
        let answer = try ask(
            GetUsage.self,
            [
                "featureId": .text(feature), "customerId": .text(customer), "resourceId": .text(resource),
                "groupBy": groups.map { .array($0) }, "from": .instant(from), "to": .instant(to),
                "window": .text(window), "timezone": .string(timezone),
            ], output)
        let usage = try answer.output()
        for feature in usage.filling {
            output.note("\(feature): its meter is being filled in from stored events; the answer grows until then")
        }
        for feature in usage.partial {
            output.note(
                "\(feature): some events of this time are no longer stored (events.keep), and these bounds or groups need them; ask by whole hours and by the meter's own groups for exact totals"
            )
        }
        if usage.data.isEmpty {
            try noteUnmatched(["customerId": .text(customer), "resourceId": .text(resource)], output)
        } else {
            try noteMissing(groupBy?.split(separator: ",").map { String($0) } ?? [], of: usage.data, output)
        }
        let isFiltered = feature != nil || customer != nil || resource != nil || from != nil || to != nil
        output.show(answer.payload["data"] ?? []) {
            guard usage.data.isEmpty else { return Self.table(usage.data).text(output.terminal) }
            return isFiltered ? "No usage matches." : "No usage yet."
        }
    }

    /// A dimension that nothing has leaves no column: that is said, with the one that may be meant.
    private func noteMissing(_ names: [String], of rows: [UsageEntry], _ output: Output) throws {
        let missing = names.filter { name in !rows.contains { $0.dimensions?[name] != nil } }
        guard !missing.isEmpty else { return }
        for name in missing {
            output.note("--group-by: nothing that was counted has the dimension \"\(name.escapingControls)\"")
        }
        try noteUnmatched(["dimensions": .array(missing.map { .string($0) })], output)
    }

    private static func table(_ rows: [UsageEntry]) -> TextTable {
        let dimensions = Set(rows.flatMap { ($0.dimensions ?? [:]).keys }).sorted()
        let hasResource = rows.contains { $0.resourceID != nil }
        let hasWindow = rows.contains { $0.windowStart != nil }
        var columns: [TextTable.Column] = [.text("customer"), .text("feature")]
        if hasResource { columns.append(.text("resource")) }
        if hasWindow { columns.append(.text("from")) }
        columns += dimensions.map { .text($0) } + [.number("value")]
        var table = TextTable(columns)
        for row in rows {
            var cells = [row.customerID, row.featureID]
            if hasResource { cells.append(row.resourceID ?? "") }
            if hasWindow { cells.append(row.windowStart?.secondsDescription ?? "") }
            for name in dimensions { cells.append(row.dimensions?[name].map { $0.text ?? $0.json } ?? "") }
            table.add(cells + [Figures.grouped(row.value.description)])
        }
        return table
    }
}
