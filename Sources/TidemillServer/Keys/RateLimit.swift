import Synchronization

/// A token bucket for each key: so many requests a second in the long run, and so many at once.
final class RateLimit: Sendable {
    private struct Bucket {
        var tokens: Double
        var at: ContinuousClock.Instant
    }

    private let rate: Double
    private let burst: Double
    private let buckets = Mutex([String: Bucket]())

    /// - Parameter rate: requests a second; 0 for no limit.
    init(rate: Int, burst: Int) {
        self.rate = Double(rate)
        self.burst = Double(max(burst, 1))
    }

    /// Takes a token; nil when there was one, otherwise when the next is there.
    func take(_ name: String, at now: ContinuousClock.Instant = .now) -> Duration? {
        guard rate > 0 else { return nil }
        return buckets.withLock { buckets in
            var bucket = buckets[name] ?? Bucket(tokens: burst, at: now)
            bucket.tokens = min(burst, bucket.tokens + max(0, (now - bucket.at) / .seconds(1)) * rate)
            bucket.at = now
            defer { buckets[name] = bucket }
            guard bucket.tokens >= 1 else { return .seconds(1) * ((1 - bucket.tokens) / rate) }
            bucket.tokens -= 1
            return nil
        }
    }
}
