/// When a zone's clocks are how far ahead of UTC, read from a file of the tz database (RFC 8536): a list of changes, and a
/// rule for the time behind the last one. A file is somebody else's input: whatever does not fit is refused.
struct ZoneRules: Sendable, Equatable {
    /// Seconds since 1970 from which an offset holds, in order.
    private let changes: [Int64]
    /// Seconds ahead of UTC before the first change, and from each on: one more than there are changes.
    private let offsets: [Int32]
    /// For instants behind the last change.
    private let following: PosixZone?

    /// Seconds ahead of UTC at an instant.
    func offset(at seconds: Int64) -> Int64 {
        if let following, seconds >= changes.last ?? .min { return following.offset(at: seconds) }
        var low = 0
        var high = changes.count
        while low < high {
            let middle = (low + high) / 2
            if changes[middle] <= seconds { low = middle + 1 } else { high = middle }
        }
        return Int64(offsets[low])
    }

    // MARK: - Reading

    /// Bytes of a file: the largest of the database has some 4,000.
    static let sizeMax = 1 << 18
    /// A day and two hours: what the database's own tools take.
    private static let offsetMax = 26 * 3600

    private struct Header {
        static let length = 44

        let version: UInt8
        let marks: Int
        let standards: Int
        let leaps: Int
        let times: Int
        let types: Int
        let letters: Int

        init?(_ bytes: ArraySlice<UInt8>) {
            guard bytes.count >= Self.length, bytes.prefix(4).elementsEqual("TZif".utf8) else { return nil }
            let start = bytes.startIndex
            version = bytes[start + 4]
            func count(_ place: Int) -> Int {
                bytes[(start + 20 + 4 * place)..<(start + 24 + 4 * place)].reduce(0) { $0 << 8 | Int($1) }
            }
            (marks, standards, leaps) = (count(0), count(1), count(2))
            (times, types, letters) = (count(3), count(4), count(5))
            guard [marks, standards, leaps, times, types, letters].allSatisfy({ $0 <= ZoneRules.sizeMax }) else {
                return nil
            }
        }

        /// Bytes of the block behind it, with times of so many bytes.
        func length(_ width: Int) -> Int {
            times * (width + 1) + types * 6 + letters + leaps * (width + 4) + standards + marks
        }
    }

    /// Nil for what is no such file.
    init?(_ file: [UInt8]) {
        guard file.count <= Self.sizeMax, let first = Header(file[...]) else { return nil }
        var rest = file.dropFirst(Header.length)
        var header = first
        var width = 4
        if first.version >= UInt8(ascii: "2") {
            // The block of old readers comes first, with times of four bytes.
            rest = rest.dropFirst(first.length(4))
            guard let second = Header(rest) else { return nil }
            header = second
            width = 8
            rest = rest.dropFirst(Header.length)
        }
        // Clocks with leap seconds (`right/`) count seconds that our instants do not have.
        guard header.leaps == 0, header.types > 0, header.types <= 256, rest.count >= header.length(width) else {
            return nil
        }
        var times: [Int64] = []
        for _ in 0..<header.times {
            let bits = rest.prefix(width).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            times.append(
                width == 8 ? Int64(bitPattern: bits) : Int64(Int32(bitPattern: UInt32(truncatingIfNeeded: bits))))
            rest = rest.dropFirst(width)
        }
        let kinds = rest.prefix(header.times).map { Int($0) }
        rest = rest.dropFirst(header.times)
        var types: [Int32] = []
        for _ in 0..<header.types {
            let bits = rest.prefix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            types.append(Int32(bitPattern: bits))
            rest = rest.dropFirst(6)
        }
        guard zip(times, times.dropFirst()).allSatisfy({ $0 < $1 }), kinds.allSatisfy({ $0 < types.count }),
            types.allSatisfy({ abs(Int($0)) <= Self.offsetMax })
        else { return nil }
        changes = times
        offsets = [types[0]] + kinds.map { types[$0] }
        rest = rest.dropFirst(header.letters + header.standards + header.marks)
        guard width == 8 else {
            following = nil
            return
        }
        // The rule stands between two line ends; where it is empty, the last change is the last.
        guard rest.first == UInt8(ascii: "\n"), let end = rest.dropFirst().firstIndex(of: UInt8(ascii: "\n")) else {
            return nil
        }
        let text = rest[rest.index(after: rest.startIndex)..<end]
        guard !text.isEmpty else {
            following = nil
            return
        }
        guard let rule = PosixZone(text) else { return nil }
        following = rule
    }
}
