import TidemillCore
import TidemillEngine
import TidemillOperations
import TidemillStore

extension GetUsage: OperatorOperation {
    static func perform(_ input: Input, by host: OperatorBackend, in context: CallContext) throws -> Output {
        guard Set(input.groupBy.map { ByteText($0) }).count == input.groupBy.count else {
            throw OperationError(.badUserInput, "getUsage: 'groupBy' names a dimension twice")
        }
        let engine = host.engine
        // A meter that nobody has filled in yet, because no worker runs: done here, if it is soon done.
        try engine.fillMeters(for: .seconds(5))
        return try host.app.store.read { try answer(input, key: engine.identityKey, on: $0) }
    }

    /// The metered features by their events, the others by what was reported; in the order of their ids.
    private static func answer(_ input: Input, key: [UInt8], on connection: any SQLConnection) throws -> Output {
        let known: [String] = try connection.values("SELECT id FROM features ORDER BY id")
        if let wanted = input.featureID?.text, !known.contains(wanted) {
            throw OperationError.missing(
                .featureNotFound, "feature", wanted.escapingControls, hint: Suggestion.hint(for: wanted, in: known),
                maker: .createFeature, for: .getUsage)
        }
        let reader = UsageReader(identityKey: key)
        var rows: [UsageRow] = []
        var filling: [String] = []
        var partial: [String] = []
        for id in known where input.featureID.map({ $0.text == id }) ?? true {
            let query = UsageQuery(
                feature: FeatureID(id), customer: input.customerID, resource: input.resourceID, from: input.from,
                to: input.to, groupBy: input.groupBy,
                window: input.window.flatMap { UsageQuery.Window(rawValue: $0.rawValue) }, timeZone: input.timezone)
            if let answer = try reader.usage(query, on: connection) {
                rows += answer.rows
                if answer.isFilling { filling.append(id) }
                if answer.isPartial { partial.append(id) }
            } else {
                rows += try ReportedUsage(query: query, connection: connection).rows()
            }
        }
        if input.featureID == nil {
            // By customer, then feature; the order within is the reader's.
            rows = rows.enumerated().sorted { left, right in
                (left.element.customer, left.element.feature, left.offset)
                    < (right.element.customer, right.element.feature, right.offset)
            }.map(\.element)
        }
        return Output(data: rows.map { UsageEntry($0) }, filling: filling, partial: partial)
    }
}

extension UsageEntry {
    init(_ row: UsageRow) {
        self.init(
            customerID: row.customer.text, featureID: row.feature.text, value: row.value,
            resourceID: row.resource.isEmpty ? nil : row.resource,
            dimensions: row.dimensions.isEmpty ? nil : row.dimensions, windowStart: row.windowStart)
    }
}
