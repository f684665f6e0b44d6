/// Reads what `ByteWriter` wrote. A row that ends too early or holds impossible lengths is `Damaged`, never a trap.
struct ByteReader {
    struct Damaged: Error {}

    private var cursor: UnsafeRawPointer
    private let end: UnsafeRawPointer

    init(_ bytes: UnsafeRawBufferPointer) {
        // An empty row has no base address; any pointer will do for no bytes.
        cursor = bytes.baseAddress ?? UnsafeRawPointer(bitPattern: 16).unsafelyUnwrapped
        end = cursor + bytes.count
    }

    var isAtEnd: Bool { cursor >= end }

    mutating func byte() throws(Damaged) -> UInt8 {
        guard cursor < end else { throw Damaged() }
        let value = cursor.load(as: UInt8.self)
        cursor += 1
        return value
    }

    mutating func fixed<T: BitwiseCopyable>(_ type: T.Type) throws(Damaged) -> T {
        guard end - cursor >= MemoryLayout<T>.size else { throw Damaged() }
        let value = cursor.loadUnaligned(as: T.self)
        cursor += MemoryLayout<T>.size
        return value
    }

    mutating func varint() throws(Damaged) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            let byte = try byte()
            guard shift < 64 else { throw Damaged() }
            value |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
    }

    mutating func signed() throws(Damaged) -> Int64 {
        let value = try varint()
        return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
    }

    mutating func bytes(_ length: Int) throws(Damaged) -> UnsafeRawBufferPointer {
        guard length >= 0, end - cursor >= length else { throw Damaged() }
        let value = UnsafeRawBufferPointer(start: cursor, count: length)
        cursor += length
        return value
    }

    /// How many things follow: never more than there are bytes left.
    mutating func count() throws(Damaged) -> Int {
        let value = try varint()
        guard value <= UInt64(end - cursor) else { throw Damaged() }
        return Int(value)
    }

    /// A text with its length before it.
    mutating func text() throws(Damaged) -> UnsafeRawBufferPointer {
        let length = try varint()
        guard length <= UInt64(end - cursor) else { throw Damaged() }
        return try bytes(Int(length))
    }

    mutating func string() throws(Damaged) -> String {
        String(decoding: try text(), as: UTF8.self)
    }

    mutating func nanos() throws(Damaged) -> Int128 {
        let value = try varint()
        if value & 1 == 0 {
            let zigzag = value >> 1
            return Int128(Int64(bitPattern: zigzag >> 1) ^ -Int64(bitPattern: zigzag & 1)) * 1_000_000_000
        }
        let low = try fixed(UInt64.self)
        let high = try fixed(Int64.self)
        return Int128(high) << 64 | Int128(low)
    }
}
