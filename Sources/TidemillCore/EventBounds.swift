/// How far events may lie in time and how long they are remembered, where the configuration says nothing else, in seconds.
/// Decoding, engine and configuration have it from here.
public enum EventBounds {
    /// `events.dedupe_window`: how long a repeat is known.
    public static let dedupeWindow: Int64 = 35 * 86_400
    /// `events.keep`: how long raw events and the audit are kept.
    public static let keep: Int64 = 400 * 86_400
    /// `events.max_future`: how far after its arrival usage may be dated.
    public static let maxFuture: Int64 = 86_400
    /// Events this much older than their arrival count and are flagged late (semantics.md, "Events"). No setting.
    public static let lateAfter: Int64 = 35 * 86_400
    /// How long a repeat of a webhook is known, and what causes runs is kept (semantics.md, "Webhooks"). No setting.
    public static let webhookWindow: Int64 = 35 * 86_400
}
