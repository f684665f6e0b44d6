/// Whether anybody waits still for what is read: a client may go while its long list is made, and whoever comes next should
/// not wait for nobody's.
public enum WantedRead {
    @TaskLocal static var isWanted: (@Sendable () -> Bool)?

    /// Runs `body`; what reads a store in it ends with a transient error soon after `isWanted` says no. Writes go on.
    public static func whenever<T>(
        _ isWanted: @escaping @Sendable () -> Bool, _ body: () throws -> T
    ) rethrows -> T {
        try $isWanted.withValue(isWanted) { try body() }
    }
}
