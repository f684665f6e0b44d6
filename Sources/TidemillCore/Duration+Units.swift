/// Whole units of a length of time, towards zero; what does not fit becomes the largest or the smallest number.
extension Duration {
    public var nanoseconds: Int64 { whole(perSecond: 1_000_000_000) }
    public var microseconds: Int64 { whole(perSecond: 1_000_000) }
    public var milliseconds: Int64 { whole(perSecond: 1_000) }

    private func whole(perSecond: Int64) -> Int64 {
        let (seconds, attoseconds) = components
        let (product, isTooLarge) = seconds.multipliedReportingOverflow(by: perSecond)
        let (sum, isOver) = product.addingReportingOverflow(attoseconds / (1_000_000_000_000_000_000 / perSecond))
        return isTooLarge || isOver ? (seconds < 0 ? .min : .max) : sum
    }
}

extension Timestamp {
    public func advanced(by duration: Duration) -> Timestamp {
        Timestamp(microseconds: microseconds + duration.microseconds)
    }
}
