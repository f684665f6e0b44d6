import Foundation

/// What every reader and writer is held to, whatever language it is written in: the files of Tests/Fixtures, whose heads
/// say what they were made with.
public enum Vectors {
    /// `text` is nil where `input` is no instant.
    public static func instants() throws -> [(input: String, text: String?)] {
        try lines(of: "instants.tsv").map { ($0[0], $0[1] == "-" ? nil : $0[1]) }
    }

    public enum Decimal: Equatable, Sendable {
        case text(String)
        case none, large, fine
    }

    public static func decimals() throws -> [(input: String, expected: Decimal)] {
        try lines(of: "decimals.tsv").map { parts in
            switch parts[1] {
            case "none": (parts[0], .none)
            case "large": (parts[0], .large)
            case "fine": (parts[0], .fine)
            default: (parts[0], .text(parts[1]))
            }
        }
    }

    /// `nearest` is nil where none of `known` is near.
    public static func words() throws -> [(word: String, known: [String], nearest: String?)] {
        try lines(of: "nearest.tsv").map { parts in
            (parts[0], parts[1].split(separator: ",").map(String.init), parts[2] == "-" ? nil : parts[2])
        }
    }

    /// A file of the tz database, and seconds ahead of UTC at instants in seconds since 1970.
    public struct ZoneVector: Sendable {
        public let name: String
        public let file: [UInt8]
        public let offsets: [(at: Int64, offset: Int64)]
    }

    public static func zones() throws -> [ZoneVector] {
        try lines(of: "zones.tsv").compactMap { parts in
            guard let file = Data(base64Encoded: parts[1]) else { return nil }
            let offsets = parts[2].split(separator: " ").compactMap { pair -> (at: Int64, offset: Int64)? in
                let numbers = pair.split(separator: ":").compactMap { Int64($0) }
                return numbers.count == 2 ? (numbers[0], numbers[1]) : nil
            }
            return ZoneVector(name: parts[0], file: Array(file), offsets: offsets)
        }
    }

    private static func lines(of name: String) throws -> [[String]] {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let file = try String(contentsOf: root.appending(path: "Tests/Fixtures/\(name)"), encoding: .utf8)
        return file.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { line in
            line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        }
    }
}
