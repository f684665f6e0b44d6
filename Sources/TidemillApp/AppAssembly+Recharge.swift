import Foundation
import Logging
import TidemillEngine
import TidemillPayments
import TidemillWorker

extension AppAssembly {
    /// Auto-recharge in the worker, with the gateway of the configuration and the policies of the scripts in force.
    func recharger(_ scripts: ScriptsInForce, clock: ClockWatch, logger: Logger) throws -> Recharger {
        Recharger(recharges { scripts.rechargePolicies }, gateway: try gateway(), clock: clock, logger: logger)
    }

    func recharges(_ policies: @escaping @Sendable () -> any RechargePolicies) -> Recharges {
        let timeout = config.payments.timeout.components.seconds
        return Recharges(
            store: store, settings: config.engineSettings,
            options: Recharges.Options(
                isPaid: config.payments.gateway != .none,
                maxPerWalletPerDay: config.recharge.maxPerWalletPerDay,
                maxPerHour: config.recharge.maxPerHour,
                keyLifetimeSeconds: config.payments.keyLifetime.components.seconds,
                leaseSeconds: timeout + 60, recordsNothing: config.decisions.policies == .all), policies: policies)
    }

    private func gateway() throws -> any PaymentGateway {
        if let dryRunGateway { return dryRunGateway }
        switch config.payments.gateway {
        case .none: return NoGateway()
        case .http:
            // `check` has seen to it that there is one.
            guard let text = config.payments.url, let url = URL(string: text) else {
                throw CommandFailure(.wrongUse, code: "config", "payments.url is no URL")
            }
            return HTTPGateway(url: url, secret: config.payments.secret?.value, timeout: config.payments.timeout)
        }
    }
}
