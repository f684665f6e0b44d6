import Foundation
import TidemillCore
import TidemillOperations

/// All settings of `config.toml` (operating.md, "Configuration"), with their defaults. Paths are absolute once loaded.
struct AppConfig: Sendable, Hashable {
    /// The file that was read.
    var file = "config.toml"
    var environment = "dev"
    var worker = Worker()
    var scripts = Scripts()
    var spool = Spool()
    var store = StoreSettings()
    var client = Client()
    var events = Events()
    var payments = Payments()
    var recharge = Recharge()
    var decisions = Decisions()
    var alerts = Alerts()
    var billing = Billing()
    var limits = Limits()
    /// What scripts read as `vars.NAME`.
    var vars: [String: Payload] = [:]
    var log = Log()

    init() {}

    struct Worker: Sendable, Hashable {
        var concurrency = 4
        var shutdownGrace: Duration = .seconds(30)
    }

    struct Scripts: Sendable, Hashable {
        var path = "scripts"
        var reload = true
    }

    struct Spool: Sendable, Hashable {
        var path = "spool"
        var settle: Duration = .seconds(2)
        var rescan: Duration = .seconds(10)
        var maxFile: Int64 = 256 << 20
        var keepDone: Duration = .seconds(30 * 86_400)
        var inboxes = [Inbox()]
    }

    struct Inbox: Sendable, Hashable {
        var path = "inbox"
        var accept: Set<RecordKind> = [.event, .usage, .webhook]
        /// Unknown top-level fields of events and usage reports that are passed over.
        var ignore: Set<String> = []
    }

    struct StoreSettings: Sendable, Hashable {
        var url = "sqlite:var/tidemill.db"

        /// The path behind `sqlite:`.
        var path: String { String(url.dropFirst("sqlite:".count)) }
    }

    struct Client: Sendable, Hashable {
        enum Backend: String, Sendable, CaseIterable { case embedded }
        var backend = Backend.embedded
    }

    struct Events: Sendable, Hashable {
        var dedupeWindow: Duration = .seconds(35 * 86_400)
        var keep: Duration = .seconds(400 * 86_400)
        var maxFuture: Duration = .seconds(86_400)
    }

    struct Payments: Sendable, Hashable {
        enum Gateway: String, Sendable, CaseIterable { case none, http }
        var gateway = Gateway.none
        var url: String?
        var secret: Secret?
        var timeout: Duration = .seconds(30)
        var keyLifetime: Duration = .seconds(86_400)
    }

    struct Recharge: Sendable, Hashable {
        var maxPerWalletPerDay = 10
        var maxPerHour = 1000
    }

    /// What is kept of what scripts decided. What filters and mappings decided is kept with the events.
    struct Decisions: Sendable, Hashable {
        /// Every answer of a recharge policy, or only those that came to something.
        enum Policies: String, Sendable, CaseIterable { case all, acted }
        var policies = Policies.all
        var keepPolicies: Duration = .seconds(400 * 86_400)
        /// From a run's end; one that failed is kept three times as long.
        var keepRuns: Duration = .seconds(30 * 86_400)
    }

    struct Alerts: Sendable, Hashable {
        var usage = [80, 100]
        var creditsRemaining = [20, 10]
    }

    /// The tax of estimates and previews where a subscription has none of its own, and when credits are to be paid.
    struct Billing: Sendable, Hashable {
        /// 20 is 20 %; nil for no tax.
        var taxPercentage: Amount?
        /// Whether prices contain it.
        var taxInclusive = false
        var taxName = "Tax"
        /// When an invoice for credits is due that says nothing else.
        var invoiceDue: Duration = .seconds(30 * 86_400)
    }

    struct Limits: Sendable, Hashable {
        var memory: Int64 = 64 << 20
        var ruleTime: Duration = .milliseconds(50)
        var jobTime: Duration = .seconds(60)
    }

    struct Log: Sendable, Hashable {
        enum Level: String, Sendable, CaseIterable { case trace, debug, info, notice, warning, error, critical }
        enum Format: String, Sendable, CaseIterable { case auto, pretty, json }
        var level = Level.info
        var format = Format.auto
    }
}

/// A value that no log and no message may show.
struct Secret: Sendable, Hashable, CustomStringConvertible {
    let value: String

    init(_ value: String) {
        self.value = value
    }

    var description: String { "(secret)" }
}
