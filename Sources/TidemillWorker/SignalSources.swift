public import Dispatch

/// Takes signals from the system's own effect until it goes away.
public final class SignalSources: Sendable {
    /// Safe: dispatch sources may be used from any thread, and these are only kept.
    private nonisolated(unsafe) let sources: [any DispatchSourceSignal]

    /// Returns once the signals come to `handle`, on `queue`. Dispatch registers them later than `resume` returns: until
    /// then they would end the process.
    public init(_ numbers: [Int32], on queue: DispatchQueue, handle: @escaping @Sendable (Int32) -> Void) {
        let registered = DispatchGroup()
        sources = numbers.map { number in
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            registered.enter()
            source.setRegistrationHandler { registered.leave() }
            source.setEventHandler { handle(number) }
            source.resume()
            return source
        }
        registered.wait()
    }

    deinit {
        for source in sources { source.cancel() }
    }
}
