import TidemillCore

/// Where a grant stands in the burn order (semantics.md, "Credits"): priority ascending, earlier expiry (none last),
/// promotional before the others, earlier effective, older created, then the order of creation, which grant ids follow.
struct BurnKey: Hashable, Comparable {
    var priority: UInt8
    /// Microseconds; `Int64.max` for never.
    var expiry: Int64
    /// 0 for promotional grants, 1 for all others.
    var rank: UInt8
    var effective: Int64
    var created: Int64
    var sequence: Int64

    /// Bytes of a key; their order is that of the keys.
    static let length = 34
    /// What comes before the grant's number in them.
    static let sequenceOffset = 26
    /// Before every key.
    static let lowest = [UInt8](repeating: 0, count: length)

    static func < (left: BurnKey, right: BurnKey) -> Bool {
        if left.priority != right.priority { return left.priority < right.priority }
        if left.expiry != right.expiry { return left.expiry < right.expiry }
        if left.rank != right.rank { return left.rank < right.rank }
        if left.effective != right.effective { return left.effective < right.effective }
        if left.created != right.created { return left.created < right.created }
        return left.sequence < right.sequence
    }

    var bytes: [UInt8] {
        var writer = ByteWriter(capacity: Self.length)
        write(to: &writer)
        return Array(writer.bytes)
    }

    func write(to writer: inout ByteWriter) {
        writer.append(priority)
        writer.append(fixed: Self.ordered(expiry))
        writer.append(rank)
        writer.append(fixed: Self.ordered(effective))
        writer.append(fixed: Self.ordered(created))
        writer.append(fixed: Self.ordered(sequence))
    }

    /// Big-endian with the sign turned: the bytes order as the numbers do.
    private static func ordered(_ value: Int64) -> UInt64 { (UInt64(bitPattern: value) ^ (1 << 63)).bigEndian }
    static func number(_ word: UInt64) -> Int64 { Int64(bitPattern: UInt64(bigEndian: word) ^ (1 << 63)) }
}

extension BurnKey {
    init(_ reader: inout ByteReader) throws(ByteReader.Damaged) {
        priority = try reader.byte()
        expiry = Self.number(try reader.fixed(UInt64.self))
        rank = try reader.byte()
        effective = Self.number(try reader.fixed(UInt64.self))
        created = Self.number(try reader.fixed(UInt64.self))
        sequence = Self.number(try reader.fixed(UInt64.self))
    }
}

/// How much is left of a grant in effect.
struct GrantPosition: Equatable {
    var key: BurnKey
    var amount: Amount
    var consumed: Amount = .zero
    var held: Amount = .zero

    var free: Amount { amount - consumed - held }
    /// Nothing is left and nothing is held: the grant leaves the pages.
    var isUsedUp: Bool { consumed >= amount && held == .zero }

    func write(to writer: inout ByteWriter) {
        key.write(to: &writer)
        writer.append(nanos: amount.nanos)
        writer.append(nanos: consumed.nanos)
        writer.append(nanos: held.nanos)
    }
}

extension GrantPosition {
    init(_ reader: inout ByteReader) throws(ByteReader.Damaged) {
        key = try BurnKey(&reader)
        amount = Amount(nanos: try reader.nanos())
        consumed = Amount(nanos: try reader.nanos())
        held = Amount(nanos: try reader.nanos())
    }
}
