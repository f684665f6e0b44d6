/// A text that equals another where their bytes do. Swift's own `==` and hash take texts for one that only look alike: `é`
/// as one character and as two, U+212B and U+00C5. Producers' ids, keys and values are told apart by their bytes
/// (semantics.md), so they are compared, sorted and looked up as this, or as a `TextMap`.
public struct ByteText: Sendable, Hashable, Comparable, ExpressibleByStringLiteral, CustomStringConvertible {
    public let text: String

    @inlinable public init(_ text: String) { self.text = text }
    public init(stringLiteral text: String) { self.text = text }

    public var description: String { text }

    @inlinable public static func == (left: Self, right: Self) -> Bool { left.text.isSame(as: right.text) }
    public static func < (left: Self, right: Self) -> Bool { left.text.precedes(right.text) }

    @inlinable public func hash(into hasher: inout Hasher) { hasher.combine(text: text) }
}

extension String {
    /// Whether both have the same bytes.
    public func isSame(as other: String) -> Bool {
        guard utf8.count == other.utf8.count else { return false }
        // Texts that did not come from Swift lie in one piece; the others are compared byte by byte.
        let isSame = utf8.withContiguousStorageIfAvailable { left in
            other.utf8.withContiguousStorageIfAvailable { right in left.elementsEqual(right) }
        }
        return (isSame ?? nil) ?? utf8.elementsEqual(other.utf8)
    }

    /// The order of the bytes: that of the store.
    public func precedes(_ other: String) -> Bool {
        let precedes = utf8.withContiguousStorageIfAvailable { left in
            other.utf8.withContiguousStorageIfAvailable { right in left.lexicographicallyPrecedes(right) }
        }
        return (precedes ?? nil) ?? utf8.lexicographicallyPrecedes(other.utf8)
    }
}

extension String? {
    /// Whether both are nil, or have the same bytes.
    public func isSame(as other: String?) -> Bool {
        switch (self, other) {
        case (nil, nil): true
        case (let left?, let right?): left.isSame(as: right)
        default: false
        }
    }
}

extension Hasher {
    /// A text by its bytes, so that what differs in bytes lies apart.
    public mutating func combine(text: String) {
        let isDone: Void? = text.utf8.withContiguousStorageIfAvailable { combine(bytes: UnsafeRawBufferPointer($0)) }
        if isDone == nil { for byte in text.utf8 { combine(byte) } }
        // No text holds it: it ends this one.
        combine(UInt8(0xFF))
    }
}

/// A text of a value that is compared as a whole: `@ComparedByBytes var resource: String`.
@propertyWrapper
public struct ComparedByBytes<Value: Sendable>: Sendable {
    public var wrappedValue: Value

    public init(wrappedValue: Value) { self.wrappedValue = wrappedValue }
}

extension ComparedByBytes: Equatable where Value: TextLike {
    public static func == (left: Self, right: Self) -> Bool {
        left.wrappedValue.comparedText.isSame(as: right.wrappedValue.comparedText)
    }
}

extension ComparedByBytes: Hashable where Value: TextLike {
    public func hash(into hasher: inout Hasher) {
        if let text = wrappedValue.comparedText { hasher.combine(text: text) } else { hasher.combine(0) }
    }
}

/// A text, or none.
public protocol TextLike: Sendable {
    var comparedText: String? { get }
}

extension String: TextLike {
    public var comparedText: String? { self }
}

extension String?: TextLike {
    public var comparedText: String? { self }
}
