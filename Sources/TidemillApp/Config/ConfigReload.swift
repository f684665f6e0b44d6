import Logging
import Synchronization
import TidemillCore
import TidemillOperations

/// Looks at the configuration file again on SIGHUP: takes what can change while the worker runs, and names the rest, so
/// that nobody takes a setting for one in force.
final class ConfigReload: Sendable {
    private let config: Mutex<AppConfig>
    private let logger: Logger

    init(_ config: AppConfig, logger: Logger) {
        self.config = Mutex(config)
        self.logger = logger
    }

    func look() {
        let inForce = config.withLock { $0 }
        let found: AppConfig
        do { found = try AppConfig.load(path: inForce.file) } catch {
            for problem in error.all {
                logger.error("\(problem.description.escapingControls); the settings in force stay")
            }
            return
        }
        if found.log.level != inForce.log.level {
            config.withLock { $0.log.level = found.log.level }
            StderrLogHandler.setLevel(found.log.level)
            logger.notice("log.level is \(found.log.level.rawValue) from now on")
        }
        let others = inForce.keys(thatDifferFrom: found).filter { $0 != "log.level" }
        if !others.isEmpty {
            logger.warning("\(others.joined(separator: ", ")) changed in \(found.file): that takes a restart")
        }
    }
}

extension AppConfig {
    /// The keys whose values are others there, as the file has them; of `[http]` and `[vars]` the section alone.
    func keys(thatDifferFrom other: AppConfig) -> [String] {
        zip(Mirror(reflecting: self).children, Mirror(reflecting: other).children).flatMap { own, others in
            Self.differing(own.label ?? "", own.value, others.value)
        }
    }

    private static func differing(_ name: String, _ own: Any, _ other: Any) -> [String] {
        guard !isEqual(own, other) else { return [] }
        let parts = Mirror(reflecting: own)
        guard parts.displayStyle == .struct, !(own is TextMap<Payload>) else { return [key(name)] }
        return zip(parts.children, Mirror(reflecting: other).children).compactMap { own, other in
            isEqual(own.value, other.value) ? nil : "\(key(name)).\(key(own.label ?? ""))"
        }
    }

    private static func isEqual(_ own: Any, _ other: Any) -> Bool {
        guard let own = own as? any Hashable, let other = other as? any Hashable else { return false }
        return AnyHashable(own) == AnyHashable(other)
    }

    /// `shutdownGrace` is `shutdown_grace`; a list of tables has the name of one.
    private static func key(_ property: String) -> String {
        if property == "inboxes" { return "inbox" }
        return property.reduce(into: "") { $0 += $1.isUppercase ? "_\($1.lowercased())" : String($1) }
    }
}
