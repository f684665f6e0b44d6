import TidemillCore

/// How far this machine's clock is from the service's: what is refused for its time, or for a certificate that is not valid
/// yet, is not understood without it.
enum ClockSkew {
    static let secondsMax: Int64 = 300
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// What to say of it; nil where the clocks agree, or nobody can tell.
    static func words(_ date: String?, now: Timestamp) -> String? {
        guard let there = date.flatMap(instant) else { return nil }
        let seconds = (now.microseconds - there.microseconds) / 1_000_000
        guard seconds.magnitude > secondsMax else { return nil }
        return
            "; this machine's clock is \(seconds.magnitude / 60) minutes \(seconds > 0 ? "ahead of" : "behind") the service's: set it right"
    }

    /// `Tue, 15 Nov 1994 08:12:31 GMT`, as HTTP has it.
    static func instant(_ date: String) -> Timestamp? {
        let parts = date.split(separator: " ")
        guard parts.count == 6, parts[5] == "GMT", let month = months.firstIndex(of: String(parts[2])) else {
            return nil
        }
        let number = month < 9 ? "0\(month + 1)" : "\(month + 1)"
        return Timestamp(rfc3339: "\(parts[3])-\(number)-\(parts[1])T\(parts[4])Z")
    }
}
