import Foundation
import TidemillCore
import TidemillEngine
import TidemillIngest
import TidemillOperations
import TidemillPricing
import TidemillRuns
import TidemillScripting
import TidemillTriggers
import TidemillWorker

/// All settings of `config.toml` (operating.md, "Configuration"). A default stands in the settings of whoever works with it,
/// and is taken from there; here are those that nobody else has. Paths are absolute once loaded.
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
    var limits = ScriptLimits()
    /// Nil: nothing listens.
    var http: HTTP?
    /// What scripts read as `vars.NAME`.
    var vars: TextMap<Payload> = [:]
    var log = Log()

    init() {}

    private static let spoolDefaults = SpoolSettings(path: "spool")
    private static let workerDefaults = TidemillWorker.Worker.Settings(spool: spoolDefaults, accepts: [:])
    private static let engineDefaults = EngineSettings()
    private static let rechargeDefaults = Recharges.Options(isPaid: false)
    private static let taxDefaults = Tax(percentage: .zero)

    struct Worker: Sendable, Hashable {
        var concurrency = 4
        var shutdownGrace = workerDefaults.shutdownGrace
    }

    struct Scripts: Sendable, Hashable {
        var path = "scripts"
        var reload = true
    }

    struct Spool: Sendable, Hashable {
        var path = spoolDefaults.path
        var settle = spoolDefaults.settle
        var rescan = spoolDefaults.rescan
        var maxFile = spoolDefaults.sizeMax
        var keepDone = workerDefaults.keepDone
        var inboxes = [Inbox()]
    }

    struct Inbox: Sendable, Hashable {
        var path = "inbox"
        /// All but what may do anything.
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
        enum Backend: String, Sendable, CaseIterable { case embedded, stigg }
        var backend = Backend.embedded
        /// Nil: STIGG_BASE_URL, or the public one.
        var baseURL: String?
        var key: Secret?
        /// Why the key is not to be had here: what asks the service needs it, and nothing else does.
        var unset: [ConfigProblem] = []

        static let standardURL = "https://api.stigg.io"
        static let urlVariable = "STIGG_BASE_URL"
        static let keyVariable = "STIGG_API_KEY"
    }

    struct Events: Sendable, Hashable {
        var dedupeWindow: Duration = .seconds(engineDefaults.dedupeWindow)
        var keep: Duration = .seconds(engineDefaults.keep)
        var maxFuture: Duration = .seconds(engineDefaults.maxFutureSeconds)
    }

    struct Payments: Sendable, Hashable {
        enum Gateway: String, Sendable, CaseIterable { case none, http }
        var gateway = Gateway.none
        var url: String?
        var secret: Secret?
        var timeout: Duration = .seconds(30)
        var keyLifetime: Duration = .seconds(rechargeDefaults.keyLifetimeSeconds)
    }

    struct Recharge: Sendable, Hashable {
        var maxPerWalletPerDay = rechargeDefaults.maxPerWalletPerDay
        var maxPerHour = rechargeDefaults.maxPerHour
    }

    /// What is kept of what scripts decided. What filters and mappings decided is kept with the events.
    struct Decisions: Sendable, Hashable {
        /// Every answer of a recharge policy, or only those that came to something.
        enum Policies: String, Sendable, CaseIterable { case all, acted }
        var policies = rechargeDefaults.recordsNothing ? Policies.all : .acted
        var keepPolicies: Duration = .seconds(RechargeRetention.keepSeconds)
        /// From a run's end; one that failed is kept three times as long.
        var keepRuns: Duration = .seconds(RunRetention.keepSeconds)
    }

    struct Alerts: Sendable, Hashable {
        var usage = engineDefaults.usageAlerts
        var creditsRemaining = engineDefaults.creditsRemaining
    }

    /// The tax of estimates and invoices where a subscription has none of its own, when they are to be paid, and how long
    /// usage joins them.
    struct Billing: Sendable, Hashable {
        /// 20 is 20 %; nil for no tax.
        var taxPercentage: Amount?
        /// Whether prices contain it.
        var taxInclusive = taxDefaults.isInclusive
        var taxName = taxDefaults.displayName
        /// For how long usage still joins the invoice of a period that has ended.
        var grace: Duration = .seconds(engineDefaults.invoiceGraceSeconds)
        /// When an invoice is due that says nothing else.
        var invoiceDue: Duration = .seconds(engineDefaults.invoiceDueSeconds)
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
