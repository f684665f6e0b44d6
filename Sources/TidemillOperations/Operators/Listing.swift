public import TidemillCore

/// A page of what operators look through: as long as they want it.
public struct Listing<Element: Shaped & Listed>: Shaped {
    public var data: [Element]
    public var pagination: Pagination

    public static var shape: Shape<Self> {
        .once {
            Shape(
                required(
                    "data", \.data,
                    .list(of: .object(Element.singular), Element.plural, 0...Int(OperatorPaging.limitRange.upperBound)),
                    "The page."),
                required("pagination", \.pagination, .object("pagination"), "Where the next page is."),
                make: Self.init(data:pagination:))
        }
    }
}

extension Listing {
    /// `next` is where the page after this one begins; nil on the last.
    public init(_ data: [Element], next: Cursor?) {
        self.init(data: data, pagination: Pagination(next: next, prev: nil))
    }

    /// A page of `limit`, of which one more was looked up than fits where there is a next page.
    public init(_ found: [Element], limit: Int64, cursor: (Element) -> Cursor) {
        let data = Array(found.prefix(Int(limit)))
        self.init(data, next: found.count > data.count ? data.last.map(cursor) : nil)
    }
}

/// How much operators see at once.
public enum OperatorPaging {
    public static let limitRange: ClosedRange<Int64> = 1...1000
    public static let limitDefault: Int64 = 50
    /// Items of a list inside an answer.
    public static let itemsMax = 1_000_000
}

/// An input that asks for one page of an operator's list.
public protocol ListInput: Shaped {
    var limit: Int64 { get }
    var after: Cursor? { get }
}

extension ListInput {
    static func limitField(_ get: @escaping @Sendable (Self) -> Int64) -> Field<Self, Int64> {
        defaulted(
            "limit", get, .integer(OperatorPaging.limitRange), to: OperatorPaging.limitDefault,
            "How many at most; 50 when left out.")
    }

    static func afterField(_ get: @escaping @Sendable (Self) -> Cursor?) -> Field<Self, Cursor?> {
        optional("after", get, .cursor, "`pagination.next` of the page before this one.")
    }
}

/// A list that is answered whole: there are never many.
public struct AllOf<Element: Shaped & Listed>: Shaped {
    public var items: [Element]

    public init(_ items: [Element]) {
        self.items = items
    }

    public static var shape: Shape<Self> {
        .once {
            Shape(
                listing: \.items,
                .list(of: .object(Element.singular), Element.plural, 0...OperatorPaging.itemsMax), make: Self.init)
        }
    }
}

/// An input without fields.
public struct Nothing: Shaped {
    public static let shape = Shape(make: Self.init)
}

/// An input with half-open bounds.
public protocol Ranged: Shaped {
    var from: Timestamp? { get }
    var to: Timestamp? { get }
}

extension Ranged {
    /// Bounds that hold nothing are a slip.
    static func checkRange(_ input: Self, _ path: FieldPath) throws(InputProblem) {
        guard let from = input.from, let to = input.to, from >= to else { return }
        throw InputProblem(["'from' \(from) is not before 'to' \(to)"])
    }
}

/// What the examples of operators name: tests make a store that has them.
public enum OperatorExample {
    public static let delivery: Payload = ["id": "01JD0000000000EXAMP0000001"]
    public static let lostDelivery: Payload = ["id": "01JD0000000000EXAMP0000002"]
    public static let reprocess: Payload = ["id": "01JD0000000000EXAMP0000003"]
    public static let run: Payload = ["id": "0b8f6d1c-6a5e-4b1f-9a53-9d2f3c1e7a10"]
    public static let waitingRun: Payload = ["id": "5d7c1f3a-2b44-4c0e-8f11-6a9b0e2d4c55"]
    public static let parkedRun: Payload = ["id": "c41f7e02-93d5-4a68-b1c7-50e2a86d9f34"]
    public static let scripts: Payload = ["version": "9f86d081884c"]
}

extension Payload {
    /// The object with one member more.
    public func adding(_ name: String, _ value: Payload) -> Payload {
        guard case .object(var members) = self else { return self }
        members[name] = value
        return .object(members)
    }
}
