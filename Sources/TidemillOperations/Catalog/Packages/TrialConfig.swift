public import TidemillCore

/// The trial that a plan's subscriptions begin with.
public struct TrialConfig: Shaped, Hashable {
    public enum Units: String, WireEnum {
        case day = "DAY"
        case month = "MONTH"
    }

    public var duration: Int64
    public var units: Units
    public var budget: Budget?
    public var trialEndBehavior: TrialEndBehavior?

    public static let shape = Shape(
        required("duration", \.duration, .integer(1...3660), "How many days or months."),
        required("units", \.units, .choice, "Days or months."),
        optional("budget", \.budget, .object("budget"), "What may be spent during the trial."),
        optional("trialEndBehavior", \.trialEndBehavior, .choice, "What follows; CONVERT_TO_PAID when left out."),
        make: Self.init)
}

public enum TrialEndBehavior: String, WireEnum {
    case convertToPaid = "CONVERT_TO_PAID"
    case cancelSubscription = "CANCEL_SUBSCRIPTION"
}

/// A limit to what usage may cost.
public struct Budget: Shaped, Hashable {
    public var limit: Amount
    public var hasSoftLimit: Bool = false

    public static let shape = Shape(
        required("limit", \.limit, .nonnegativeAmount, "The most that may be spent, in the subscription's currency."),
        defaulted(
            "hasSoftLimit", \.hasSoftLimit, .boolean, to: false, "Whether usage goes on beyond it; false when left out."
        ),
        make: Self.init)
}
