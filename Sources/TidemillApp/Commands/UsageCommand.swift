import ArgumentParser
import Foundation
import TidemillCore
import TidemillEngine
import TidemillOperations
import TidemillStore

/// `tidemill usage`: how much each customer used.
struct UsageCommand: TidemillCommand {
    static let configuration = CommandConfiguration(
        commandName: "usage", abstract: "How much each customer used of each feature.",
        discussion: """
            Bounds are half open and count by the events' own timestamps; without them: all time. A feature that is \
            reported instead of metered gives its level at the end of each window.
            """)

    @Option(help: "Only this feature.")
    var feature: String?
    @Option(help: "Only this customer.")
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
    var window: Window?
    @Option(help: "Where days and months begin, and what times without an offset mean.")
    var timezone = "UTC"

    @OptionGroup var options: GlobalOptions

    enum Window: String, ExpressibleByArgument, CaseIterable {
        case hour, day, month
    }

    func perform(_ output: Output) throws {
        let query = try query()
        let app = try AppAssembly(options)
        let engine = try app.engine()
        // A meter that nobody has filled in yet, because no worker runs: done here, if it is soon done.
        try engine.fillMeters(for: .seconds(5))
        let answer = try app.store.read { try Self.answer(query, feature: feature, key: engine.identityKey, on: $0) }
        for feature in answer.filling {
            output.note("\(feature.text): its meter is being filled in from stored events; the answer grows until then")
        }
        for feature in answer.partial {
            output.note(
                "\(feature.text): some events of this time are no longer stored (events.keep), and these bounds or groups need them; ask by whole hours and by the meter's own groups for exact totals"
            )
        }
        let rows = answer.rows
        output.show(.array(rows.map(\.payload))) {
            rows.isEmpty ? "No usage yet." : Self.table(rows).text(output.terminal)
        }
    }

    private func query() throws -> UsageQuery {
        guard let zone = TimeZone(identifier: timezone) else {
            throw CommandFailure(
                .wrongUse, code: "usage",
                "--timezone: expected an IANA name such as Europe/Berlin, got \"\(timezone.escapingControls)\"")
        }
        let (from, to) = try InstantArgument.range(from: from, to: to, in: zone)
        let groups = groupBy?.split(separator: ",", omittingEmptySubsequences: false).map(String.init) ?? []
        guard groups.allSatisfy({ !$0.isEmpty }), Set(groups).count == groups.count else {
            throw CommandFailure(
                .wrongUse, code: "usage", "--group-by: expected dimensions such as region,tier, each once")
        }
        return UsageQuery(
            feature: FeatureID(feature ?? ""), customer: customer.map { CustomerID($0) }, resource: resource,
            from: from,
            to: to, groupBy: groups, window: window.flatMap { UsageQuery.Window(rawValue: $0.rawValue) },
            timeZone: timezone)
    }

    /// The metered features by their events, the others by what was reported; in the order of their ids.
    static func answer(
        _ query: UsageQuery, feature wanted: String?, key: [UInt8], on connection: any SQLConnection
    ) throws -> (rows: [UsageRow], filling: [FeatureID], partial: [FeatureID]) {
        let known = try connection.rows("SELECT id FROM features ORDER BY id") { $0.text(0) }
        if let wanted, !known.contains(wanted) {
            let hint = Suggestion.hint(for: wanted, in: known)
            throw CommandFailure(
                .failed, code: OperationError.Code.featureNotFound.rawValue,
                "there is no feature \"\(wanted.escapingControls)\"\(hint)")
        }
        let reader = UsageReader(identityKey: key)
        var rows: [UsageRow] = []
        var filling: [FeatureID] = []
        var partial: [FeatureID] = []
        for id in known where wanted.map({ $0 == id }) ?? true {
            var query = query
            query.feature = FeatureID(id)
            if let answer = try reader.usage(query, on: connection) {
                rows += answer.rows
                if answer.isFilling { filling.append(query.feature) }
                if answer.isPartial { partial.append(query.feature) }
            } else {
                rows += try ReportedUsage(query: query, connection: connection).rows()
            }
        }
        guard wanted == nil else { return (rows, filling, partial) }
        // By customer, then feature; the order within is the reader's.
        let ordered = rows.enumerated().sorted { left, right in
            (left.element.customer, left.element.feature, left.offset)
                < (right.element.customer, right.element.feature, right.offset)
        }
        return (ordered.map(\.element), filling, partial)
    }

    private static func table(_ rows: [UsageRow]) -> TextTable {
        let dimensions = Set(rows.flatMap(\.dimensions.keys)).sorted()
        let hasResource = rows.contains { !$0.resource.isEmpty }
        let hasWindow = rows.contains { $0.windowStart != nil }
        var columns: [TextTable.Column] = [.text("customer"), .text("feature")]
        if hasResource { columns.append(.text("resource")) }
        if hasWindow { columns.append(.text("from")) }
        columns += dimensions.map { .text($0) } + [.number("value")]
        var table = TextTable(columns)
        for row in rows {
            var cells = [row.customer.text, row.feature.text]
            if hasResource { cells.append(row.resource) }
            if hasWindow { cells.append(row.windowStart?.secondsDescription ?? "") }
            for name in dimensions { cells.append(row.dimensions[name].map { $0.text ?? $0.json } ?? "") }
            table.add(cells + [TextTable.grouped(row.value.description)])
        }
        return table
    }
}

extension UsageRow {
    var payload: Payload {
        var members: [String: Payload] = [
            "customerId": .string(customer.text), "featureId": .string(feature.text), "value": Payload(value),
        ]
        if !resource.isEmpty { members["resourceId"] = .string(resource) }
        if !dimensions.isEmpty { members["dimensions"] = .object(dimensions) }
        if let windowStart { members["windowStart"] = .string(windowStart.description) }
        return .object(members)
    }
}
