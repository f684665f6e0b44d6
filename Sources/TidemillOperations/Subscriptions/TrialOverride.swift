public import TidemillCore

/// Whether a subscription begins as a trial, whatever the plan and the customer's past say (stigg.md B.11).
public struct TrialOverride: Shaped, Hashable {
    public var isTrial: Bool
    public var trialEndDate: Timestamp?
    public var trialEndBehavior: TrialEndBehavior?

    public static let shape = Shape(
        required("isTrial", \.isTrial, .boolean, "Whether it is a trial."),
        optional(
            "trialEndDate", \.trialEndDate, .timestamp, "When the trial ends; after the plan's own time when left out."),
        optional("trialEndBehavior", \.trialEndBehavior, .choice, "What follows; the plan's own rule when left out."),
        make: Self.init)
}
