public import TidemillCore
import TidemillOperations
import TidemillStore

/// When the credits of a recharge end.
public enum RechargeExpiry: Sendable, Hashable {
    case at(Timestamp)
    /// Counted from the grant, in seconds.
    case after(seconds: Int64)
    /// Calendar months from the grant.
    case months(Int64)

    public static let oneMonth = RechargeExpiry.months(1)
    public static let oneYear = RechargeExpiry.months(12)

    /// The expiry of credits that are granted at `instant`. Nil where it has passed by then.
    func end(from instant: Timestamp) -> Timestamp? {
        switch self {
        case .at(let end): return end > instant ? end.wholeMilliseconds : nil
        case .after(let seconds): return instant.advanced(bySeconds: seconds)
        case .months(let months): return instant.adding(months: months)
        }
    }

    /// As it is stored: the settings' own words where they have one.
    var text: String {
        switch self {
        case .at(let instant): instant.description
        case .after(let seconds): "\(seconds)_SECONDS"
        case .months(1): "1_MONTH"
        case .months(12): "1_YEAR"
        case .months(let months): "\(months)_MONTHS"
        }
    }

    init(stored text: String) throws {
        let words = text.split(separator: "_")
        if words.count == 2, let count = Int64(words[0]), count > 0 {
            switch words[1] {
            case "MONTH", "MONTHS":
                self = .months(count)
                return
            case "YEAR":
                self = .months(12 * count)
                return
            case "SECONDS":
                self = .after(seconds: count)
                return
            default: break
            }
        }
        guard let instant = Timestamp(rfc3339: text) else {
            throw StoreError(.corrupt, "a stored auto-recharge expires \"\(text)\", which is no time; restore a backup")
        }
        self = .at(instant)
    }

    init(_ period: AutoRechargeSettings.GrantExpirationPeriod) {
        switch period {
        case .oneMonth: self = .oneMonth
        case .oneYear: self = .oneYear
        }
    }
}
