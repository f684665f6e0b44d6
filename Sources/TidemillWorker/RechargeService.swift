public import ServiceLifecycle

/// Auto-recharge as a service: when the shutdown begins it sends no new requests, and waits for the answers to those
/// under way.
public struct RechargeService: Service {
    private let recharger: Recharger

    public init(_ recharger: Recharger) {
        self.recharger = recharger
    }

    public func run() async {
        await withGracefulShutdownHandler {
            await recharger.run()
        } onGracefulShutdown: {
            recharger.requestStop()
        }
    }
}
