import Foundation
import Testing

/// Waits until something is so that a program brings about, for two minutes at most, and fails by name when it never is.
/// What is so early costs nothing; the bound is for programs that hang, not a measure of speed.
func wait(
    for what: String, _ location: SourceLocation = #_sourceLocation, until isSo: () throws -> Bool
) throws {
    let end = ContinuousClock.now.advanced(by: .seconds(120))
    while ContinuousClock.now < end {
        if try isSo() { return }
        usleep(20_000)
    }
    struct Never: Error, CustomStringConvertible { let description: String }
    Issue.record("never: \(what)", sourceLocation: location)
    throw Never(description: what)
}
