import Synchronization

/// A token bucket for each name: so many requests a second in the long run, and so many at once.
final class RateLimit: Sendable {
    private struct Bucket {
        var tokens: Double
        var at: ContinuousClock.Instant
    }

    /// So many names are told apart. What comes beyond shares a bucket, until others are full again.
    static let namesMax = 10_000

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
            let name = known(name, among: &buckets, at: now)
            var bucket = buckets[name] ?? Bucket(tokens: burst, at: now)
            bucket.tokens = tokens(of: bucket, at: now)
            bucket.at = now
            defer { buckets[name] = bucket }
            guard bucket.tokens >= 1 else { return .seconds(1) * ((1 - bucket.tokens) / rate) }
            bucket.tokens -= 1
            return nil
        }
    }

    /// Gives a token back: what it was taken for does not count.
    func give(_ name: String) {
        buckets.withLock { buckets in
            guard let tokens = buckets[name]?.tokens else { return }
            buckets[name]?.tokens = min(burst, tokens + 1)
        }
    }

    private func tokens(of bucket: Bucket, at now: ContinuousClock.Instant) -> Double {
        min(burst, bucket.tokens + max(0, (now - bucket.at) / .seconds(1)) * rate)
    }

    private func known(
        _ name: String, among buckets: inout [String: Bucket], at now: ContinuousClock.Instant
    ) -> String {
        guard buckets[name] == nil, buckets.count >= Self.namesMax else { return name }
        buckets = buckets.filter { tokens(of: $0.value, at: now) < burst }
        return buckets.count < Self.namesMax ? name : ""
    }
}
