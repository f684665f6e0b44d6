/// Values by text, as a dictionary has them, and its keys are told apart by their bytes: what producers and people name is
/// never one because it looks alike.
public struct TextMap<Value> {
    private var entries: [ByteText: Value]

    public init() { entries = [:] }
    public init(minimumCapacity: Int) { entries = Dictionary(minimumCapacity: minimumCapacity) }

    public init(_ pairs: some Sequence<(String, Value)>, uniquingKeysWith combine: (Value, Value) throws -> Value)
        rethrows
    {
        entries = try Dictionary(pairs.lazy.map { (ByteText($0), $1) }, uniquingKeysWith: combine)
    }

    /// A dictionary's keys differ in more than their bytes.
    public init(_ dictionary: [String: Value]) {
        entries = Dictionary(uniqueKeysWithValues: dictionary.lazy.map { (ByteText($0.key), $0.value) })
    }

    private init(entries: [ByteText: Value]) { self.entries = entries }

    public subscript(key: String) -> Value? {
        get { entries[ByteText(key)] }
        _modify { yield &entries[ByteText(key)] }
    }

    public subscript(key: String, default value: @autoclosure () -> Value) -> Value {
        get { entries[ByteText(key), default: value()] }
        _modify { yield &entries[ByteText(key), default: value()] }
    }

    @discardableResult
    public mutating func updateValue(_ value: Value, forKey key: String) -> Value? {
        entries.updateValue(value, forKey: ByteText(key))
    }

    @discardableResult
    public mutating func removeValue(forKey key: String) -> Value? { entries.removeValue(forKey: ByteText(key)) }

    public func mapValues<T>(_ transform: (Value) throws -> T) rethrows -> TextMap<T> {
        TextMap<T>(entries: try entries.mapValues(transform))
    }

    public func compactMapValues<T>(_ transform: (Value) throws -> T?) rethrows -> TextMap<T> {
        TextMap<T>(entries: try entries.compactMapValues(transform))
    }

    public func filter(_ isIncluded: (Element) throws -> Bool) rethrows -> Self {
        Self(entries: try entries.filter { try isIncluded(($0.key.text, $0.value)) })
    }

    public mutating func merge(_ other: Self, uniquingKeysWith combine: (Value, Value) throws -> Value) rethrows {
        try entries.merge(other.entries, uniquingKeysWith: combine)
    }

    public func merging(
        _ other: [String: Value], uniquingKeysWith combine: (Value, Value) throws -> Value
    ) rethrows -> Self {
        try merging(Self(other), uniquingKeysWith: combine)
    }

    public func merging(_ other: Self, uniquingKeysWith combine: (Value, Value) throws -> Value) rethrows -> Self {
        Self(entries: try entries.merging(other.entries, uniquingKeysWith: combine))
    }
}

extension TextMap: Sendable where Value: Sendable {}
extension TextMap: Equatable where Value: Equatable {}
extension TextMap: Hashable where Value: Hashable {}

extension TextMap: ExpressibleByDictionaryLiteral {
    /// Where a key is repeated, the last one counts.
    public init(dictionaryLiteral elements: (String, Value)...) { self.init(elements) { _, last in last } }
}

extension TextMap: Collection {
    public typealias Element = (key: String, value: Value)

    public struct Index: Comparable {
        fileprivate let place: Dictionary<ByteText, Value>.Index
        public static func < (left: Self, right: Self) -> Bool { left.place < right.place }
    }

    public var startIndex: Index { Index(place: entries.startIndex) }
    public var endIndex: Index { Index(place: entries.endIndex) }
    public var count: Int { entries.count }
    public var isEmpty: Bool { entries.isEmpty }

    public func index(after index: Index) -> Index { Index(place: entries.index(after: index.place)) }

    public subscript(index: Index) -> Element {
        let entry = entries[index.place]
        return (entry.key.text, entry.value)
    }

    /// The keys; `contains` looks one up by its bytes.
    public var keys: Keys { Keys(entries: entries) }
    public var values: Dictionary<ByteText, Value>.Values { entries.values }

    public struct Keys: Sequence {
        fileprivate let entries: [ByteText: Value]

        public var count: Int { entries.count }
        public func contains(_ key: String) -> Bool { entries[ByteText(key)] != nil }

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
