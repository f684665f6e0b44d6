public import TidemillCore

/// The answer of a list: one page, and where the neighbours are.
public struct Page<Element: Shaped & Listed>: Shaped {
    public var data: [Element]
    public var pagination: Pagination

    public init(data: [Element], pagination: Pagination) {
        self.data = data
        self.pagination = pagination
    }

    public static var shape: Shape<Self> {
        .once {
            Shape(
                required(
                    "data", \.data, .list(of: .object(Element.singular), Element.plural, 0...100),
                    "The page, oldest first."
                ),
                required("pagination", \.pagination, .object("pagination"), "Where the neighbours are."),
                make: Self.init)
        }
    }
}

/// What a list lists, in words.
public protocol Listed {
    static var singular: String { get }
    static var plural: String { get }
}

public struct Pagination: Shaped {
    public var next: Cursor?
    public var prev: Cursor?

    public init(next: Cursor?, prev: Cursor?) {
        self.next = next
        self.prev = prev
    }

    public static let shape = Shape(
        required("next", \.next, .orNull(.cursor), "Give it as `after` to get the next page; null on the last."),
        required("prev", \.prev, .orNull(.cursor), "Give it as `before` to get the page before; null on the first."),
        make: Self.init)
}

/// A place in a list: the row that a page begins after or ends before. Opaque to clients.
public struct Cursor: Sendable, Hashable {
    public let createdAt: Timestamp
    public let id: String
    /// The list that it is a place in; nil where one takes what another gave.
    public let list: String?

    public init(createdAt: Timestamp, id: String, of list: String? = nil) {
        self.createdAt = createdAt
        self.id = id
        self.list = list
    }

    /// `LIST:MICROSECONDS.ID` in hexadecimal digits: safe in URLs, and plainly not to be taken apart.
    public var text: String { "\(list.map { "\($0):" } ?? "")\(createdAt.microseconds).\(id)".utf8.hexadecimal }

    public init?(text: String) {
        guard text.utf8.count <= 2048, let bytes = [UInt8](hexadecimal: text),
            let plain = String(validating: bytes, as: UTF8.self), let point = plain.firstIndex(of: ".")
        else { return nil }
        let place = plain[..<point].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let last = place.last, let microseconds = Int64(last) else { return nil }
        list = place.count > 1 ? String(place[0]) : nil
        createdAt = Timestamp(microseconds: microseconds)
        id = String(plain[plain.index(after: point)...])
    }
}

extension FieldKind where Value == Cursor {
    static var cursor: FieldKind {
        let expected = "a cursor from the `pagination` of an earlier answer"
        return FieldKind(
            expected: expected, type: "cursor",
            decode: { (payload, path) throws(InputProblem) in
                guard case .string(let text) = payload else {
                    throw .expected(expected, at: path, got: payload.kind)
                }
                guard let cursor = Cursor(text: text) else {
                    throw .expected(expected, at: path, got: InputProblem.shown(text))
                }
                return cursor
            },
            encode: { value, _ in .string(value.text) })
    }
}
