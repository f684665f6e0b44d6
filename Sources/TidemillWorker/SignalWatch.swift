import Dispatch
import Glibc
public import Logging
import Synchronization

/// What signals ask of the worker. The first SIGINT or SIGTERM begins a shutdown in good order, a second one ends the
/// process at once, which loses nothing: that is what kill -9 does. SIGHUP asks for the scripts to be read again.
///
/// Make it before the worker: from then on no signal has the system's own effect, and what is asked before there is a
/// worker to ask is kept for it.
public final class SignalWatch: Sendable {
    /// Whom signals are for.
    struct Served: Sendable {
        /// Bounds the shutdown: a while after it the process ends whatever still runs.
        var grace: Duration
        var logger: Logger
        var stop: @Sendable () -> Void
        var reload: @Sendable () -> Void
    }

    private let asked: Asked
    private let sources: SignalSources

    /// Returns once signals come here.
    public init() {
        asked = Asked()
        sources = SignalSources([SIGINT, SIGTERM, SIGHUP], on: asked.queue) { [asked] number in
            if number == SIGHUP { asked.reload() } else { asked.stop(number) }
        }
    }

    /// Waits for the first signal to stop, for whoever has no worker. SIGHUP means nothing then.
    public func wait(grace: Duration, logger: Logger) async {
        let (asked, told) = AsyncStream<Void>.makeStream()
        serve(Served(grace: grace, logger: logger, stop: { told.finish() }, reload: {}))
        for await _ in asked {}
    }

    /// From here on signals are for `served`, also those that came before.
    func serve(_ served: Served) { asked.serve(served) }
}

/// What was asked, and of whom.
private final class Asked: Sendable {
    private struct State {
        var served: SignalWatch.Served?
        var stops = 0
        var isReloadAsked = false
    }

    let queue = DispatchQueue(label: "tidemill.signals")
    private let state = Mutex(State())

    func serve(_ served: SignalWatch.Served) {
        let (isStopAsked, isReloadAsked) = state.withLock { state in
            state.served = served
            defer { state.isReloadAsked = false }
            return (state.stops > 0, state.isReloadAsked)
        }
        if isReloadAsked { served.reload() }
        if isStopAsked { begin(served) }
    }

    func reload() {
        let served = state.withLock { state in
            if state.served == nil { state.isReloadAsked = true }
            return state.served
        }
        served?.reload()
    }

    func stop(_ number: Int32) {
        let (stops, served) = state.withLock { state in
            state.stops += 1
            return (state.stops, state.served)
        }
        guard stops == 1 else {
            served?.logger.warning(
                "stopped at once by a second signal; what was in hand goes on with the next start")
            _exit(128 + number)
        }
        if let served { begin(served) }
    }

    private func begin(_ served: SignalWatch.Served) {
        served.logger.notice("shutting down; a second signal stops at once")
        queue.asyncAfter(deadline: .now() + .seconds(Int(served.grace.components.seconds) + 5)) {
            served.logger.error("the shutdown took longer than worker.shutdown_grace; stopped")
            _exit(1)
        }
        served.stop()
    }
}
