/// A number beside a log line: machines get it as one; for people the line itself says it.
public struct LogNumber: Sendable, Hashable, CustomStringConvertible {
    public let value: Int64

    public init(_ value: Int64) {
        self.value = value
    }

    public var description: String { "\(value)" }
}
