/// Where new ids come from: random ones, or in a test whatever it can foretell.
public struct IDSource: Sendable {
    private let make: @Sendable () -> String

    public init(_ make: @escaping @Sendable () -> String) {
        self.make = make
    }

    public static let random = IDSource { RandomID.make() }

    public func next() -> String { make() }
}
