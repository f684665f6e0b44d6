import Synchronization
public import TidemillCore

/// A claim's identity: the instant in milliseconds, the worker instance, the inbox and a number, in 26 characters that
/// sort by time. All of it is needed when only the name in `work/` is left after a crash.
public struct ClaimID: Sendable, Hashable {
    static let length = 26
    static let tagLength = 6
    static let separator = "__"

    public let text: String

    /// Nil when `text` is no claim id.
    public init?(_ text: some StringProtocol) {
        guard text.utf8.count == Self.length, text.utf8.allSatisfy(Base32.isDigit) else { return nil }
        self.text = String(text)
    }

    init(at milliseconds: Int64, instance: String, inbox: String, number: UInt64) {
        text =
            Base32.text(UInt64(max(0, milliseconds)), digits: 10) + instance + inbox
            + Base32.text(number & 0x3fff_ffff, digits: 6)
    }

    /// The identity of a file that comes by a command, without a claim: it sorts among the claims by time.
    public static func unclaimed(at now: Timestamp) -> DeliveryID {
        let random = Base32.text(.random(in: 0..<(1 << 60)), digits: 12)
        return DeliveryID(Base32.text(UInt64(max(0, now.microseconds / 1000)), digits: 10) + "CMDF" + random)
    }

    public var delivery: DeliveryID { DeliveryID(text) }
    /// The instant of the claim: the delivery's `receivedAt`.
    public var claimedAt: Timestamp {
        Timestamp(microseconds: Int64(Base32.number(text.prefix(10))) * 1000)
    }
    public var instance: String { String(text.dropFirst(10).prefix(Self.tagLength)) }
    var inbox: String { String(text.dropFirst(16).prefix(4)) }

    /// The inbox's place in a claim id: a hash of its path, so that it is found again after a restart.
    static func inboxTag(_ path: String) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in path.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        return Base32.text((hash >> 40 ^ hash) & 0xf_ffff, digits: 4)
    }

    /// The name of a claimed file in `work/`.
    func workName(_ name: String) -> String { text + Self.separator + name }

    /// The parts of a name in `work/`; nil when it is no claim.
    static func parse(workName: String) -> (claim: ClaimID, name: String)? {
        let rest = workName.dropFirst(length)
        guard let claim = ClaimID(workName.prefix(length)), rest.hasPrefix(separator), rest.count > separator.count
        else { return nil }
        return (claim, String(rest.dropFirst(separator.count)))
    }
}

/// Crockford's digits: they sort as their values and have no I, L, O or U to misread.
enum Base32 {
    private static let digits = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)

    static func isDigit(_ byte: UInt8) -> Bool { digits.contains(byte) }

    static func text(_ number: UInt64, digits count: Int) -> String {
        var bytes = [UInt8](repeating: digits[0], count: count)
        var rest = number
        for index in bytes.indices.reversed() {
            bytes[index] = digits[Int(rest & 31)]
            rest >>= 5
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    static func number(_ text: some StringProtocol) -> UInt64 {
        text.utf8.reduce(0) { $0 << 5 | UInt64(digits.firstIndex(of: $1) ?? 0) }
    }
}
