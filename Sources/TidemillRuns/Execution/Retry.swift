public import TidemillCore
import TidemillScripting

/// When a failed run is tried again: `first · factor^(n-1)`, at most `cap`, spread by a quarter so that runs that failed
/// together do not come back together. The spread follows from the run, so that it can be told beforehand.
enum Retry {
    static func delay(after failures: Int64, _ retries: JobDeclaration.Retries, run: RunID) -> Duration {
        let cap = max(1, retries.cap.components.seconds) * 1000
        var wait = min(max(1, retries.first.components.seconds) * 1000, cap)
        // A setting of a person, such as 2 or 1.5: thousandths are exact enough for a wait.
        let thousandths = Int64((retries.factor * 1000).rounded())
        var left = failures - 1
        // A factor of 1 never gets anywhere.
        while left > 0, wait < cap, thousandths > 1000 {
            let next = wait.multipliedReportingOverflow(by: thousandths)
            wait = next.overflow ? cap : min(next.partialValue / 1000, cap)
            left -= 1
        }
        let spread = Int64(StableHash.of("\(run)/\(failures)") >> 33) % 501 - 250
        return .milliseconds(wait + wait * spread / 1000)
    }
}

/// When the next attempt comes, in words.
public enum NextTry {
    /// `next try in 40 s`.
    public static func text(_ at: Timestamp, now: Timestamp) -> String {
        let seconds = (at.microseconds - now.microseconds + 999_999) / 1_000_000
        return switch seconds {
        case ...0: "next try now"
        case ..<120: "next try in \(seconds) s"
        case ..<7200: "next try in \(seconds / 60) min"
        default: "next try in \(seconds / 3600) h"
        }
    }
}

/// The same number for the same text, on every machine: FNV-1a.
enum StableHash {
    static func of(_ text: String) -> UInt64 {
        text.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3 }
    }
}
