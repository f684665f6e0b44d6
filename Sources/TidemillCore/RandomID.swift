/// Ids that nobody guesses and no two things share: UUIDs of version 4, in lower case.
///
/// Their bits come from getrandom(2), which needs no file. Foundation's `UUID()` opens /dev/urandom each time, and goes
/// on with zeros where that fails: without descriptors, or in a container without devices.
public enum RandomID {
    public static func make() -> String {
        var generator = SystemRandomNumberGenerator()
        return text(generator.next(), generator.next())
    }

    /// The text of 128 bits, six of which say that it is a version 4 (RFC 9562, section 5.4).
    static func text(_ high: UInt64, _ low: UInt64) -> String {
        let high = high & ~0xF000 | 0x4000
        let low = low & ~(3 << 62) | 1 << 63
        return String(unsafeUninitializedCapacity: 36) { bytes in
            var digit = 0
            for index in 0..<36 {
                if [8, 13, 18, 23].contains(index) {
                    bytes[index] = UInt8(ascii: "-")
                    continue
                }
                let word = digit < 16 ? high : low
                let value = UInt8(truncatingIfNeeded: word >> UInt64(60 - digit % 16 * 4)) & 0xF
                bytes[index] = value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
                digit += 1
            }
            return 36
        }
    }
}
