/// Values by text, as a dictionary has them, and its keys are told apart by their bytes: what producers and people name is
/// never one because it looks alike. Inlined, since other modules' values are looked up for each field of each record:
/// without it they are found by their type's description.
public struct TextMap<Value> {
    @usableFromInline var entries: [ByteText: Value]

    @inlinable public init() { entries = [:] }
    @inlinable public init(minimumCapacity: Int) { entries = Dictionary(minimumCapacity: minimumCapacity) }

    @inlinable public init(
        _ pairs: some Sequence<(String, Value)>, uniquingKeysWith combine: (Value, Value) throws -> Value
    )
        rethrows
    {
        entries = try Dictionary(pairs.lazy.map { (ByteText($0), $1) }, uniquingKeysWith: combine)
    }

    /// A dictionary's keys differ in more than their bytes.
    @inlinable public init(_ dictionary: [String: Value]) {
        entries = Dictionary(uniqueKeysWithValues: dictionary.lazy.map { (ByteText($0.key), $0.value) })
    }

    @inlinable init(entries: [ByteText: Value]) { self.entries = entries }

    @inlinable public subscript(key: String) -> Value? {
        get { entries[ByteText(key)] }
        _modify { yield &entries[ByteText(key)] }
    }

    @inlinable public subscript(key: String, default value: @autoclosure () -> Value) -> Value {
        get { entries[ByteText(key), default: value()] }
        _modify { yield &entries[ByteText(key), default: value()] }
    }

    @inlinable @discardableResult
    public mutating func updateValue(_ value: Value, forKey key: String) -> Value? {
        entries.updateValue(value, forKey: ByteText(key))
    }

    @inlinable @discardableResult
    public mutating func removeValue(forKey key: String) -> Value? { entries.removeValue(forKey: ByteText(key)) }

    @inlinable public func mapValues<T>(_ transform: (Value) throws -> T) rethrows -> TextMap<T> {
        TextMap<T>(entries: try entries.mapValues(transform))
    }

    @inlinable public func compactMapValues<T>(_ transform: (Value) throws -> T?) rethrows -> TextMap<T> {
        TextMap<T>(entries: try entries.compactMapValues(transform))
    }

    @inlinable public func filter(_ isIncluded: (Element) throws -> Bool) rethrows -> Self {
        Self(entries: try entries.filter { try isIncluded(($0.key.text, $0.value)) })
    }

    @inlinable public mutating func merge(_ other: Self, uniquingKeysWith combine: (Value, Value) throws -> Value)
        rethrows
    {
        try entries.merge(other.entries, uniquingKeysWith: combine)
    }

    public func merging(
        _ other: [String: Value], uniquingKeysWith combine: (Value, Value) throws -> Value
    ) rethrows -> Self {
        try merging(Self(other), uniquingKeysWith: combine)
    }

    @inlinable public func merging(_ other: Self, uniquingKeysWith combine: (Value, Value) throws -> Value) rethrows
        -> Self
    {
        Self(entries: try entries.merging(other.entries, uniquingKeysWith: combine))
    }
}

extension TextMap: Sendable where Value: Sendable {}
extension TextMap: Equatable where Value: Equatable {}
extension TextMap: Hashable where Value: Hashable {}

extension TextMap: ExpressibleByDictionaryLiteral {
    /// Where a key is repeated, the last one counts.
    @inlinable public init(dictionaryLiteral elements: (String, Value)...) { self.init(elements) { _, last in last } }
}

extension TextMap: Collection {
    public typealias Element = (key: String, value: Value)

    public struct Index: Comparable {
        @usableFromInline let place: Dictionary<ByteText, Value>.Index

        @inlinable init(place: Dictionary<ByteText, Value>.Index) { self.place = place }

        @inlinable public static func < (left: Self, right: Self) -> Bool { left.place < right.place }
    }

    @inlinable public var startIndex: Index { Index(place: entries.startIndex) }
    @inlinable public var endIndex: Index { Index(place: entries.endIndex) }
    @inlinable public var count: Int { entries.count }
    @inlinable public var isEmpty: Bool { entries.isEmpty }

    @inlinable public func index(after index: Index) -> Index { Index(place: entries.index(after: index.place)) }

    @inlinable public subscript(index: Index) -> Element {
        let entry = entries[index.place]
        return (entry.key.text, entry.value)
    }

    /// The keys; `contains` looks one up by its bytes.
    @inlinable public var keys: Keys { Keys(entries: entries) }
    @inlinable public var values: Dictionary<ByteText, Value>.Values { entries.values }

    public struct Keys: Sequence {
        @usableFromInline let entries: [ByteText: Value]

        @inlinable init(entries: [ByteText: Value]) { self.entries = entries }

        @inlinable public var count: Int { entries.count }
        @inlinable public func contains(_ key: String) -> Bool { entries[ByteText(key)] != nil }

        public func makeIterator() -> AnyIterator<String> {
            var keys = entries.keys.makeIterator()
            return AnyIterator { keys.next()?.text }
        }
    }
}

extension Dictionary where Key == String {
    public func merging(
        _ other: TextMap<Value>, uniquingKeysWith combine: (Value, Value) throws -> Value
    ) rethrows -> TextMap<Value> {
        try TextMap(self).merging(other, uniquingKeysWith: combine)
    }
}
