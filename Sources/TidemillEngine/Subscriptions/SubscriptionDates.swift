import TidemillCore
import TidemillOperations

extension PackageSelection {
    private static let earliest = Timestamp(microseconds: 946_684_800_000_000)
    private static let aheadSeconds: Int64 = 10 * 366 * 86_400

    /// Refuses a start before the year 2000 or more than ten years ahead, whose periods nobody means.
    func check(_ start: Timestamp, named field: String, now: Timestamp) throws {
        let latest = now.advanced(bySeconds: Self.aheadSeconds)
        guard start >= Self.earliest, start <= latest else {
            throw failure(.badUserInput, "'\(field)' must be a time from \(Self.earliest) to \(latest), got \(start)")
        }
    }
}
