/// A growing run of bytes: varints, texts and fixed words, as the packed rows of the store hold them.
struct ByteWriter: ~Copyable {
    private(set) var base: UnsafeMutableRawPointer
    private(set) var count = 0
    private var capacity: Int

    init(capacity: Int = 4096) {
        self.capacity = capacity
        base = .allocate(byteCount: capacity, alignment: 16)
    }

    deinit {
        base.deallocate()
    }

    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }

    mutating func removeAll() { count = 0 }

    /// Takes back what was appended since `count` was `length`.
    mutating func truncate(to length: Int) { count = length }

    /// Makes room for `extra` more bytes.
    @inline(__always)
    mutating func reserve(_ extra: Int) {
        if count + extra > capacity { grow(extra) }
    }

    private mutating func grow(_ extra: Int) {
        capacity = max(capacity * 2, count + extra)
        let larger = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 16)
        larger.copyMemory(from: base, byteCount: count)
        base.deallocate()
        base = larger
    }

    @inline(__always)
    mutating func append(_ byte: UInt8) {
        reserve(1)
        base.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
        count += 1
    }

    @inline(__always)
    mutating func append(_ source: UnsafeRawPointer?, _ length: Int) {
        guard length > 0, let source else { return }
        reserve(length)
        (base + count).copyMemory(from: source, byteCount: length)
        count += length
    }

    mutating func append(_ source: UnsafeRawBufferPointer) { append(source.baseAddress, source.count) }

    @inline(__always)
    mutating func append<T: BitwiseCopyable>(fixed value: T) {
        reserve(MemoryLayout<T>.size)
        (base + count).storeBytes(of: value, as: T.self)
        count += MemoryLayout<T>.size
    }

    /// LEB128.
    @inline(__always)
    mutating func append(varint value: UInt64) {
        reserve(10)
        var rest = value
        while rest >= 0x80 {
            base.storeBytes(of: UInt8(truncatingIfNeeded: rest) | 0x80, toByteOffset: count, as: UInt8.self)
            count += 1
            rest >>= 7
        }
        base.storeBytes(of: UInt8(rest), toByteOffset: count, as: UInt8.self)
        count += 1
    }

    @inline(__always)
    mutating func append(signed value: Int64) {
        append(varint: UInt64(bitPattern: value << 1 ^ value >> 63))
    }

    /// A text with its length before it.
    @inline(__always)
    mutating func append(text source: UnsafeRawPointer?, _ length: Int) {
        append(varint: UInt64(length))
        append(source, length)
    }

    mutating func append(text: String) {
        var copy = text
        copy.withUTF8 { append(text: $0.baseAddress, $0.count) }
    }

    /// An amount: whole ones as their units, others as 10⁻⁹ units in two words.
    @inline(__always)
    mutating func append(nanos value: Int128) {
        // Below 9.2 billion units, which is nearly always, a division of one word does.
        if let word = Int64(exactly: value) {
            let (units, rest) = word.quotientAndRemainder(dividingBy: 1_000_000_000)
            if rest == 0 { return append(varint: UInt64(bitPattern: units << 1 ^ units >> 63) << 1) }
        }
        let (units, rest) = value.quotientAndRemainder(dividingBy: 1_000_000_000)
        if rest == 0, let whole = Int64(exactly: units), whole.magnitude < 1 << 62 {
            append(varint: UInt64(bitPattern: whole << 1 ^ whole >> 63) << 1)
        } else {
            append(varint: 1)
            append(fixed: UInt64(truncatingIfNeeded: value))
            append(fixed: Int64(truncatingIfNeeded: value >> 64))
        }
    }
}
