import CEvents
import TidemillCore
import TidemillStore

extension Engine {
    /// Blocks that one transaction of a backfill reads.
    static let blocksPerFill = 16

    /// Meters the next stored events for a meter that was added or changed, while new events feed it already. Position
    /// and cells are committed together. Returns whether there is more to do.
    func fillStep() throws -> Bool {
        try step { state, connection in
            // A version that no batch has met yet goes live here.
            try MeterRegistry.goLive(try MeterRegistry.load(on: connection), on: connection)
            guard let fill = try nextFill(on: connection) else { return false }
            guard fill.position < fill.until else {
                try MeterRegistry.complete(fill.version.id, on: connection)
                return true
            }
            let metering = try RawMetering(
                MeterSet([fill.version], generation: 0), identityKey: identityKey,
                voided: try VoidedDeliveries.ids(on: connection))
            var position = fill.until
            var blocks = 0
            let scan = RawEventScan(
                ids: (fill.position + 1)...fill.until, blocksMax: Self.blocksPerFill)
            try scan.blocks(state.compressor, on: connection) { header, block in
                try metering.add(block) { $0.timestamp.flooredDivision(by: 3_600_000_000) }
                position = header.id
                blocks += 1
            }
            if blocks < Self.blocksPerFill { position = fill.until }
            state.standings.forget()
            try UsageStore.append(metering.cells, on: connection)
            try MeterRegistry.move(fill.version.id, to: position, on: connection)
            if position >= fill.until { try MeterRegistry.complete(fill.version.id, on: connection) }
            return true
        }
    }

    private func nextFill(on connection: any SQLConnection) throws -> (
        version: MeterVersion, position: Int64, until: Int64
    )? {
        try connection.first(
            MeterRegistry.columns, "WHERE state = 'filling' AND fill_until IS NOT NULL ORDER BY id LIMIT 1"
        ).map { ($0.version, $0.fillPosition, $0.fillUntil ?? 0) }
    }
}
