/// How one value is read, checked, described and written back. `FieldKind+….swift` holds the kinds there are.
public struct FieldKind<Value: Sendable>: Sendable {
    /// In messages: "must be …".
    public let expected: String
    /// In help: `text`, `number`.
    public let type: String
    public let bounds: String?
    public let fields: [FieldDescription]
    let decode: @Sendable (Payload, FieldPath) throws(InputProblem) -> Value
    let encode: @Sendable (Value, Nulls) -> Payload

    public init(
        expected: String, type: String, bounds: String? = nil, fields: [FieldDescription] = [],
        decode: @escaping @Sendable (Payload, FieldPath) throws(InputProblem) -> Value,
        encode: @escaping @Sendable (Value, Nulls) -> Payload
    ) {
        self.expected = expected
        self.type = type
        self.bounds = bounds
        self.fields = fields
        self.decode = decode
        self.encode = encode
    }
}

/// What becomes of an optional field without a value: answers carry an explicit null, inputs leave it out.
public enum Nulls: Sendable {
    case explicit
    case omitted
}

/// One change of an update: leaving a field out keeps it, null clears it.
public enum Change<Value: Sendable>: Sendable {
    case keep
    case clear
    case set(Value)

    /// The value after the change.
    public func applied(to old: Value?) -> Value? {
        switch self {
        case .keep: old
        case .clear: nil
        case .set(let new): new
        }
    }
}

extension Change: Equatable where Value: Equatable {}
