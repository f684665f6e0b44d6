public import ServiceLifecycle

/// The dispatcher as a service: when the shutdown begins it starts nothing new, and what is under way is finished or
/// handed back.
public struct RunService: Service {
    private let dispatcher: RunDispatcher

    public init(_ dispatcher: RunDispatcher) {
        self.dispatcher = dispatcher
    }

    public func run() async {
        await withGracefulShutdownHandler {
            await dispatcher.run()
        } onGracefulShutdown: {
            dispatcher.requestStop()
        }
    }
}
