import Dispatch
import Glibc
import Logging
import Synchronization

/// What signals ask of the worker. The first SIGINT or SIGTERM begins a shutdown in good order, a second one ends the
/// process at once, which loses nothing: that is what kill -9 does. SIGHUP asks for the scripts to be read again.
final class SignalWatch: Sendable {
    private let count = Mutex(0)
    /// Safe: dispatch sources may be used from any thread, and these are only kept.
    private nonisolated(unsafe) var sources: [any DispatchSourceSignal] = []

    /// `grace` bounds the shutdown: a while after it the process ends whatever still runs.
    init(grace: Duration, logger: Logger, stop: @escaping @Sendable () -> Void, reload: @escaping @Sendable () -> Void)
    {
        let queue = DispatchQueue(label: "tidemill.signals")
        for number in [SIGINT, SIGTERM] {
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler { [weak self] in
                guard let self else { return }
                let count = self.count.withLock { count in
                    count += 1
                    return count
                }
                guard count == 1 else {
                    logger.warning("stopped at once by a second signal; what was in hand goes on with the next start")
                    _exit(128 + number)
                }
                logger.notice("shutting down; a second signal stops at once")
                queue.asyncAfter(deadline: .now() + .seconds(Int(grace.components.seconds) + 5)) {
                    logger.error("the shutdown took longer than worker.shutdown_grace; stopped")
                    _exit(1)
                }
                stop()
            }
            source.resume()
            sources.append(source)
        }
        let hangUp = DispatchSource.makeSignalSource(signal: SIGHUP, queue: queue)
        hangUp.setEventHandler { reload() }
        hangUp.resume()
        sources.append(hangUp)
    }

    deinit {
        for source in sources { source.cancel() }
    }
}
