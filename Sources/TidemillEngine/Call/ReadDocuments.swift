import Glibc
import Synchronization

/// Documents that were decoded before, by their bytes: what has the same bytes says the same, whoever wrote it and
/// whenever, so that nothing has to be known of changes. One for the process and a kind of rows.
final class ReadDocuments<Value: Sendable>: Sendable {
    private final class Read: Sendable {
        let bytes: [UInt8]
        let value: Value

        init(_ bytes: [UInt8], _ value: Value) {
            self.bytes = bytes
            self.value = value
        }
    }

    /// Longer ones are decoded each time.
    private static var bytesMax: Int { 8 << 10 }

    private let countMax: Int
    private let read = Mutex<[UInt64: Read]>([:])

    init(countMax: Int = 4096) {
        self.countMax = countMax
    }

    func value(_ bytes: UnsafeRawBufferPointer, _ decode: (String) throws -> Value) rethrows -> Value {
        let hash = Self.hash(bytes)
        if let known = read.withLock({ $0[hash] }), known.bytes.count == bytes.count,
            bytes.baseAddress.map({ memcmp(known.bytes, $0, bytes.count) == 0 }) ?? true
        {
            return known.value
        }
        let value = try decode(String(decoding: bytes, as: UTF8.self))
        guard bytes.count <= Self.bytesMax else { return value }
        let kept = Read(Array(bytes), value)
        read.withLock { read in
            if read.count >= countMax { read.removeAll(keepingCapacity: true) }
            read[hash] = kept
        }
        return value
    }

    /// Which of them to compare with: who makes two collide makes both be decoded.
    private static func hash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        var hash = UInt64(bytes.count)
        func mix(_ word: UInt64) {
            hash = (hash ^ word) &* 0x9e37_79b9_7f4a_7c15
            hash ^= hash >> 32
        }
        var place = 0
        while place + 8 <= bytes.count {
            mix(bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self))
            place += 8
        }
        while place < bytes.count {
            mix(UInt64(bytes[place]))
            place += 1
        }
        return hash
    }
}
