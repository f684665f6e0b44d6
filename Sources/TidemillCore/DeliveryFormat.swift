/// How the records stand in a file, by its name.
public struct DeliveryFormat: Sendable, Hashable {
    public enum Records: Sendable, Hashable {
        /// `.json`: one object, or an array.
        case document
        /// `.ndjson`, `.jsonl`: one JSON object a line.
        case lines
        /// `.csv`: a header, and a record a row.
        case table
    }

    public enum Packing: String, Sendable, Hashable { case gzip, zstd }

    public let records: Records
    public let packing: Packing?

    public static let lines = DeliveryFormat(records: .lines, packing: nil)

    private static let packings: [(ending: String, packing: Packing)] = [(".gz", .gzip), (".zst", .zstd)]
    private static let endings: [(ending: String, records: Records)] = [
        (".json", .document), (".ndjson", .lines), (".jsonl", .lines), (".csv", .table),
    ]

    /// What names end in that are taken, for messages.
    public static let endingsText = ".json, .ndjson, .jsonl or .csv, or in one of these with .gz or .zst behind it"

    private init(records: Records, packing: Packing?) {
        self.records = records
        self.packing = packing
    }

    /// Nil for a name that says nothing, or something else. What is packed holds lines unless its name says more:
    /// `x.gz`; the name without that ending must be one that says nothing, so that `x.tar.gz` is none.
    public init?(name: String) {
        let packed = Self.packings.first { Self.ends(name, in: $0.ending) }
        packing = packed?.packing
        let rest = packed.map { String(name.dropLast($0.ending.count)) } ?? name
        if let found = Self.endings.first(where: { Self.ends(rest, in: $0.ending) }) {
            records = found.records
        } else if packing != nil, !Self.hasEnding(rest) {
            records = .lines
        } else {
            return nil
        }
    }

    /// Whether only all of it tells that it is complete: what is written to the file later is no part of it.
    public var isWhole: Bool { packing != nil || records != .lines }

    private static func ends(_ name: String, in ending: String) -> Bool {
        name.utf8.count > ending.utf8.count && name.utf8.suffix(ending.utf8.count).elementsEqual(ending.utf8)
    }

    /// Whether letters follow the last point: a number there is a part of the name.
    private static func hasEnding(_ name: String) -> Bool {
        guard let point = name.lastIndex(of: ".") else { return false }
        let ending = name[name.index(after: point)...]
        return !ending.isEmpty && ending.allSatisfy(\.isLetter)
    }
}
