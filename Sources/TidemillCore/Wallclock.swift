import Foundation

/// Where the present comes from. Everything that needs "now" is given one, so that tests can move it.
public protocol Wallclock: Sendable {
    var now: Timestamp { get }
}

/// The machine's clock: the only `Date()` in the project.
public struct SystemWallclock: Wallclock {
    public init() {}

    public var now: Timestamp {
        Timestamp(microseconds: Int64((Date().timeIntervalSince1970 * 1_000_000).rounded()))
    }
}
