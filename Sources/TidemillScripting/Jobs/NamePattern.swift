/// A name as `on` gives it: exact, or with `*` for any characters.
public struct NamePattern: Sendable, Hashable, CustomStringConvertible {
    public let text: String
    private let pieces: [[UInt8]]

    /// - Parameter isEventType: names that the API spells in several ways (`promotionalEntitlement.granted`,
    ///   `promotional_entitlement.granted`; `credit_balance.low`, `credits.balance.usage_low`) are one, as semantics.md
    ///   has it. File names are taken as they are.
    public init(_ text: String, isEventType: Bool = true) {
        self.text = text
        self.isEventType = isEventType
        let plain = isEventType ? Self.plain(text) : Array(text.utf8)
        pieces = plain.split(separator: UInt8(ascii: "*"), omittingEmptySubsequences: false).map { Array($0) }
    }

    private let isEventType: Bool
    public var description: String { text }

    public func matches(_ name: String) -> Bool {
        guard isEventType else { return matches(Array(name.utf8)) }
        let plain = Self.plain(name)
        return matches(plain) || EventTypes.otherSpellings(of: plain).contains { matches($0) }
    }

    private func matches(_ name: [UInt8]) -> Bool {
        guard let first = pieces.first, let last = pieces.last, pieces.count > 1 else { return name == pieces.first }
        guard name.count >= first.count + last.count, name.starts(with: first), name.suffix(last.count) == last[...]
        else { return false }
        // Each piece in between at its earliest place leaves most room for the rest.
        var rest = name[first.count..<(name.count - last.count)]
        for piece in pieces.dropFirst().dropLast() where !piece.isEmpty {
            guard let place = Self.place(of: piece, in: rest) else { return false }
            rest = rest[(place + piece.count)...]
        }
        return true
    }

    private static func place(of piece: [UInt8], in text: ArraySlice<UInt8>) -> Int? {
        guard piece.count <= text.count else { return nil }
        return (text.startIndex...(text.endIndex - piece.count)).first { text[$0...].starts(with: piece) }
    }

    /// Lower case, words apart by `_`.
    static func plain(_ name: String) -> [UInt8] {
        var result: [UInt8] = []
        for byte in name.utf8 {
            guard (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) else {
                result.append(byte == UInt8(ascii: "-") ? UInt8(ascii: "_") : byte)
                continue
            }
            if let last = result.last, last != UInt8(ascii: "."), last != UInt8(ascii: "_"), last != UInt8(ascii: "*") {
                result.append(UInt8(ascii: "_"))
            }
            result.append(byte + 32)
        }
        return result
    }
}
