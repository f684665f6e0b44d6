import CEvents
import TidemillCore

/// A table's rows as lines of JSON. docs/records.md says what becomes of columns and cells.
final class TableLines {
    private let table: OpaquePointer
    private var hasEnded = false

    init(recordLengthMax: Int) throws {
        guard let table = cev_table_open(UInt32(recordLengthMax)) else { throw DeliveryContent.outOfMemory }
        self.table = table
    }

    deinit {
        cev_table_close(table)
    }

    /// Takes the next bytes, none at the end; returns the lines that they make, good until the next call. Nil: there are
    /// no more.
    func take(_ bytes: UnsafeRawBufferPointer) throws -> UnsafeRawBufferPointer? {
        guard !hasEnded else { return nil }
        cev_table_clear(table)
        hasEnded = bytes.isEmpty
        let isTaken =
            bytes.isEmpty
            ? cev_table_end(table)
            : cev_table_take(table, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count)
        guard isTaken else {
            guard let problem = cev_table_problem(table) else { throw DeliveryContent.outOfMemory }
            throw UnreadableDelivery(
                code: "invalid_csv", message: "line \(cev_table_line(table)): \(String(cString: problem))")
        }
        var count = 0
        let output = cev_table_output(table, &count)
        return UnsafeRawBufferPointer(start: output, count: count)
    }
}
