public import TidemillCore

/// The part of a list's input that every list has.
public struct Paging: Sendable, Hashable {
    public var limit: Int64
    public var after: Cursor?
    public var before: Cursor?

    public static let limitRange: ClosedRange<Int64> = 1...100
    public static let limitDefault: Int64 = 20

    public init(limit: Int64 = Paging.limitDefault, after: Cursor? = nil, before: Cursor? = nil) {
        self.limit = limit
        self.after = after
        self.before = before
    }
}

/// An input that asks for one page of a list.
public protocol Paged: Shaped {
    var limit: Int64 { get }
    var after: Cursor? { get }
    var before: Cursor? { get }
}

extension Paged {
    public var paging: Paging { Paging(limit: limit, after: after, before: before) }

    static func limitField(_ get: @escaping @Sendable (Self) -> Int64) -> Field<Self, Int64> {
        defaulted(
            "limit", get, .integer(Paging.limitRange), to: Paging.limitDefault, "How many at most; 20 when left out.")
    }

    static func afterField(_ get: @escaping @Sendable (Self) -> Cursor?) -> Field<Self, Cursor?> {
        optional("after", get, .cursor, "`pagination.next` of the page before this one.")
    }

    static func beforeField(_ get: @escaping @Sendable (Self) -> Cursor?) -> Field<Self, Cursor?> {
        optional("before", get, .cursor, "`pagination.prev` of the page after this one.")
    }

    /// `after` and `before` ask for two pages at once.
    static func checkPaging(_ input: Self, _ path: FieldPath) throws(InputProblem) {
        guard input.after == nil || input.before == nil else {
            throw InputProblem(["'after' and 'before' exclude each other; give one of them"])
        }
    }
}

/// A range filter over times. Bounds may be combined.
public struct TimeRange: Shaped, Hashable {
    public var gt: Timestamp?
    public var gte: Timestamp?
    public var lt: Timestamp?
    public var lte: Timestamp?

    public static let shape = Shape(
        optional("gt", \.gt, .timestamp, "After this instant."),
        optional("gte", \.gte, .timestamp, "At or after this instant."),
        optional("lt", \.lt, .timestamp, "Before this instant."),
        optional("lte", \.lte, .timestamp, "At or before this instant."),
        make: Self.init)
}
