import TidemillGraphQL

/// What a request asks for: the segments of its path, decoded after they were split, and the pairs of its query.
public struct WireTarget: Sendable, Hashable {
    public let segments: [String]
    public let query: [Pair]

    public struct Pair: Sendable, Hashable {
        public let name: String
        public let value: String
    }

    /// More of either is no request that a client of this API makes.
    static let segmentsMax = 32
    static let pairsMax = 256

    /// Reads a target such as `/api/v1/customers/a%2Fb?limit=10`, or the absolute form with a scheme and a host.
    public init(_ target: String) throws(WireError) {
        let text = Array(target.utf8)
        var rest = Self.withoutHost(text)
        if let fragment = rest.firstIndex(of: UInt8(ascii: "#")) { rest = rest[..<fragment] }
        let mark = rest.firstIndex(of: UInt8(ascii: "?"))
        let path = rest[..<(mark ?? rest.endIndex)]
        guard path.first == UInt8(ascii: "/") else {
            throw WireError(.badRequest, "the target must begin with \"/\", such as /api/v1/customers")
        }
        // A base URL may end with a slash, and a path: those are no parts. An empty one between others stays, and is the id
        // of nothing.
        var parts = path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).drop(while: \.isEmpty)
        if parts.last?.isEmpty == true { parts.removeLast() }
        guard parts.count <= Self.segmentsMax else {
            throw WireError(.badRequest, "the path has \(parts.count) parts, at most \(Self.segmentsMax) are read")
        }
        var segments: [String] = []
        segments.reserveCapacity(parts.count)
        for part in parts { segments.append(try Self.decoded(part, isQuery: false)) }
        self.segments = Self.withoutPrefix(segments)
        var query: [Pair] = []
        if let mark {
            for pair in rest[(mark + 1)...].split(separator: UInt8(ascii: "&")) {
                guard query.count < Self.pairsMax else {
                    throw WireError(.badRequest, "the query has more than \(Self.pairsMax) parts")
                }
                let equals = pair.firstIndex(of: UInt8(ascii: "="))
                let name = try Self.decoded(pair[..<(equals ?? pair.endIndex)], isQuery: true)
                let value = try equals.map { (at) throws(WireError) in
                    try Self.decoded(pair[(at + 1)...], isQuery: true)
                }
                query.append(Pair(name: name, value: value ?? ""))
            }
        }
        self.query = query
    }

    /// What stands behind the scheme and the host of an absolute form.
    private static func withoutHost(_ target: [UInt8]) -> ArraySlice<UInt8> {
        guard target.first != UInt8(ascii: "/"), let colon = target.firstIndex(of: UInt8(ascii: ":")),
            target[colon...].starts(with: "://".utf8), target[..<colon].allSatisfy(isLetter)
        else { return target[...] }
        let rest = target[(colon + 3)...]
        return rest.firstIndex(of: UInt8(ascii: "/")).map { rest[$0...] } ?? ArraySlice("/".utf8)
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        default: false
        }
    }

    private init(segments: [String], query: [Pair]) {
        self.segments = segments
        self.query = query
    }

    /// The same query, of another path.
    func with(segments: [String]) -> WireTarget { WireTarget(segments: segments, query: query) }

    /// Clients keep a prefix of their base URL, and so do proxies: what stands before the first place that this server may
    /// have is not looked at.
    private static func withoutPrefix(_ segments: [String]) -> [String] {
        segments.indices.first { isPlace(segments[$0...]) }.map { Array(segments[$0...]) } ?? segments
    }

    private static func isPlace(_ rest: ArraySlice<String>) -> Bool {
        switch rest.first {
        case "api": rest.dropFirst().first?.hasPrefix("v") == true
        case "operations", "webhooks", "assets": rest.count == 2
        case "livez", "health", "readyz", "statusz", "metrics", "openapi.json", "enter", "leave", "clock", "graphql":
            rest.count == 1
        case "v1": EdgeDocument(Array(rest)) != nil
        case "snapshots": rest.count == 1 || rest.count == 3 && rest.last == "restore"
        case let first?: PageSection.segments.contains(first) && rest.count <= 2
        case nil: false
        }
    }

    /// The first value that the query gives a name.
    public func value(of name: String) -> String? { query.first { $0.name == name }?.value }

    /// Percent signs undone, in a query plus signs too; what is then no UTF-8 is refused.
    private static func decoded(_ source: ArraySlice<UInt8>, isQuery: Bool) throws(WireError) -> String {
        guard source.contains(where: { $0 == UInt8(ascii: "%") || $0 == UInt8(ascii: "+") || $0 >= 0x80 }) else {
            return String(decoding: source, as: UTF8.self)
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(source.count)
        var index = source.startIndex
        while index < source.endIndex {
            let byte = source[index]
            if byte == UInt8(ascii: "%") {
                guard index + 2 < source.endIndex, let high = digit(source[index + 1]),
                    let low = digit(source[index + 2])
                else { throw malformed(source) }
                bytes.append(high << 4 | low)
                index += 3
            } else {
                bytes.append(isQuery && byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
                index += 1
            }
        }
        guard !bytes.contains(0), let text = String(validating: bytes, as: UTF8.self) else { throw malformed(source) }
        return text
    }

    private static func malformed(_ source: ArraySlice<UInt8>) -> WireError {
        let shown = String(decoding: source, as: UTF8.self).prefix(60)
        return WireError(.badRequest, "\"\(shown)\" in the target is no percent-encoded UTF-8")
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
