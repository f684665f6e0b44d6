import Foundation
import Testing
import TidemillCore
import TidemillIngest
import TidemillOperations
import TidemillScripting

@testable import TidemillApp

struct ConfigTests {
    /// The messages for a text, each without its file and line.
    func problems(_ text: String, environment: [String: String] = [:]) -> [String] {
        do throws(ConfigProblems) {
            _ = try AppConfig.parse(text, file: "config.toml", environment: environment)
            return []
        } catch {
            return error.all.map(\.description)
        }
    }

    @Test func `an empty file gives the defaults of the contract`() throws {
        let config = try AppConfig.parse("", file: "/etc/tidemill/config.toml")
        #expect(config.environment == "dev")
        #expect(config.worker.concurrency == 4)
        #expect(config.worker.shutdownGrace == .seconds(30))
        #expect(config.scripts.path == "/etc/tidemill/scripts")
        #expect(config.scripts.reload)
        #expect(config.spool.path == "/etc/tidemill/spool")
        #expect(config.spool.settle == .seconds(2))
        #expect(config.spool.rescan == .seconds(10))
        #expect(config.spool.maxFile == 268_435_456)
        #expect(config.spool.keepDone == .seconds(2_592_000))
        #expect(config.spool.inboxes.map(\.path) == ["inbox"])
        #expect(config.spool.inboxes[0].accept == [.event, .usage, .webhook])
        #expect(config.store.path == "/etc/tidemill/var/tidemill.db")
        #expect(config.client.backend == .embedded)
        #expect(config.events.dedupeWindow == .seconds(3_024_000))
        #expect(config.events.keep == .seconds(34_560_000))
        #expect(config.events.maxFuture == .seconds(86_400))
        #expect(config.limits.memory == 67_108_864)
        #expect(config.limits.ruleTime == .milliseconds(50))
        #expect(config.limits.jobTime == .seconds(60))
        #expect(config.alerts.usage == [80, 100])
        #expect(config.log.level == .info)
        #expect(config.log.format == .auto)
    }

    /// The lines `key = value` of the shipped file, those that are commented out included, by their place.
    private func shippedKeys() throws -> (text: String, all: Set<String>, commented: Set<String>) {
        let text = try String(contentsOf: Program.projectRoot.appending(path: "config.toml"), encoding: .utf8)
        var table = ""
        var (all, commented): (Set<String>, Set<String>) = ([], [])
        for line in text.split(separator: "\n") {
            if let header = line.firstMatch(of: #/^(?:\# )?\[+([a-z_.]+)\]+/#) {
                table =
                    ["spool.inbox", "http.key", "http.webhook"].contains(header.1) ? header.1 + "[0]." : header.1 + "."
            } else if let key = line.firstMatch(of: #/^(\# )?([a-z_]+) = .+$/#) {
                all.insert(table + key.2)
                if key.1 != nil { commented.insert(table + key.2) }
            }
        }
        return (text, all, commented)
    }

    @Test func `the shipped file has every key that is read, and no other`() throws {
        let read = try AppConfig.reading("[[spool.inbox]]\n[http]\n[[http.key]]\n[[http.webhook]]\n").asked
        // Sections have a line of their own; one way to give a secret stands for all three.
        let tables = Set(read.compactMap { $0.contains(".") ? String($0.prefix { $0 != "." }) : nil }).union(["vars"])
        let secrets: Set = [
            "payments.secret", "payments.secret_file", "client.key", "client.key_file", "http.key[0].key",
            "http.key[0].key_file",
            "http.webhook[0].secret", "http.webhook[0].secret_file",
        ]
        let keys = read.subtracting(tables).subtracting(secrets)
            .subtracting(["spool.inbox", "http.key", "http.webhook"])
        let shipped = try shippedKeys().all
        #expect(keys.subtracting(shipped) == [], "read, and not in config.toml")
        #expect(shipped.subtracting(keys) == [], "in config.toml, and never read")
        #expect(keys.count > 35)
    }

    @Test func `every key says what it is for, to the reference and to editors`() throws {
        let keys = try ConfigKey.all()
        #expect(keys.filter { $0.about.isEmpty }.map(\.place) == [])
        #expect(Set(keys.map(\.place)).count == keys.count)
    }

    @Test func `the values in the shipped file are the defaults`() throws {
        let (text, _, commented) = try shippedKeys()
        #expect(try AppConfig.parse(text, file: "/t/config.toml") == AppConfig.parse("", file: "/t/config.toml"))
        // These have none; whatever else is commented out would have to be the default.
        // Without its section nothing listens: all of it is.
        let others = commented.filter { !$0.hasPrefix("http.") }
        #expect(
            others == [
                "client.base_url", "client.key_env", "payments.url", "payments.secret_env", "billing.tax_percentage",
            ])
    }

    @Test func `a configured tax is exact`() throws {
        let config = try AppConfig.parse(
            "[billing]\ntax_percentage = \"7.7\"\ntax_inclusive = true\ntax_name = \"VAT\"", file: "config.toml")
        #expect(config.billing.taxPercentage?.description == "7.7")
        #expect(config.billing.taxInclusive && config.billing.taxName == "VAT")
        #expect(problems("[billing]\ntax_percentage = 101").count == 1)
        #expect(problems("[billing]\ntax_percentage = \"a lot\"").count == 1)
    }

    @Test func `every key of the contract is read`() throws {
        let text = """
            environment = "prod"
            [worker]
            concurrency = 2
            shutdown_grace = "1m"
            [scripts]
            path = "/srv/scripts"
            reload = false
            [spool]
            path = "mill"
            settle = "50ms"
            rescan = "1.5s"
            max_file = "1GiB"
            keep_done = "7d"
            [[spool.inbox]]
            path = "a"
            accept = ["event"]
            [[spool.inbox]]
            path = "b"
            accept = ["operation", "usage"]
            ignore = ["time", "ts"]
            [store]
            url = "sqlite:/srv/x.db"
            [client]
            backend = "embedded"
            [events]
            dedupe_window = "10d"
            keep = "24h"
            max_future = "10m"
            [payments]
            gateway = "http"
            url = "http://127.0.0.1:9/"
            secret = "s3cret"
            timeout = "5s"
            key_lifetime = "12h"
            [recharge]
            max_per_wallet_per_day = 1
            max_per_hour = 2
            [alerts]
            usage = [50]
            credits_remaining = []
            [limits]
            memory = "8MiB"
            rule_time = "5ms"
            job_time = "2s"
            [vars]
            rate = 0.1
            names = ["a", "b"]
            [log]
            level = "debug"
            format = "json"
            """.replacingOccurrences(of: "keep = \"24h\"", with: "keep = \"240h\"")
        let config = try AppConfig.parse(text, file: "/etc/config.toml")
        #expect(config.spool.path == "/etc/mill")
        #expect(config.spool.settle == .milliseconds(50))
        #expect(config.spool.rescan == .milliseconds(1500))
        #expect(config.spool.inboxes.map(\.path) == ["a", "b"])
        #expect(config.spool.inboxes[1].accept == [.operation, .usage])
        #expect(config.spool.inboxes.map(\.ignore) == [[], ["time", "ts"]])
        #expect(config.store.path == "/srv/x.db")
        #expect(config.events.keep == .seconds(864_000))
        #expect(config.events.maxFuture == .seconds(600))
        #expect(config.payments.secret?.value == "s3cret")
        #expect("\(config.payments)".contains("s3cret") == false)
        #expect(config.vars["rate"] == .number("0.1"))
        #expect(config.vars["names"] == ["a", "b"])
        #expect(config.alerts.creditsRemaining == [])
        #expect(config.log.format == .json)
    }

    @Test func `a secret comes from a variable or a file, and from one place only`() throws {
        let folder = try TemporaryFolder()
        try folder.write("key", "from-file\n")
        let file = folder.path("config.toml")
        let fromFile = try AppConfig.parse("[payments]\nsecret_file = \"key\"", file: file)
        #expect(fromFile.payments.secret?.value == "from-file")
        let fromVariable = try AppConfig.parse(
            "[payments]\nsecret_env = \"PAY_KEY\"", file: file, environment: ["PAY_KEY": "from-variable"])
        #expect(fromVariable.payments.secret?.value == "from-variable")
        #expect(
            problems("[payments]\nsecret = \"a\"\nsecret_env = \"PAY_KEY\"", environment: ["PAY_KEY": "b"]) == [
                "config.toml:3: payments.secret and payments.secret_env give the same secret; keep one of them"
            ])
    }

    @Test func `what a changed file has that is not in force is named as the file names it`() throws {
        let known = try AppConfig.reading("").asked
        func changed(_ text: String) throws -> [String] {
            try AppConfig.parse("", file: "/t/config.toml").keys(
                thatDifferFrom: AppConfig.parse(text, file: "/t/config.toml"))
        }
        #expect(try changed("[worker]\nconcurrency = 4") == [])
        let all = try changed(
            """
            environment = "prod"
            [worker]
            shutdown_grace = "1s"
            [spool]
            keep_done = "1d"
            max_file = "1MiB"
            [[spool.inbox]]
            path = "other"
            [store]
            url = "sqlite:other.db"
            [payments]
            secret = "s"
            key_lifetime = "1h"
            [recharge]
            max_per_wallet_per_day = 1
            [decisions]
            keep_runs = "2d"
            [limits]
            rule_time = "1ms"
            [billing]
            tax_percentage = 5
            [alerts]
            credits_remaining = [1]
            [log]
            level = "debug"
            [http]
            [vars]
            a = 1
            """)
        #expect(
            Set(all) == [
                "environment", "worker.shutdown_grace", "spool.keep_done", "spool.max_file", "spool.inbox", "store.url",
                "payments.secret", "payments.key_lifetime", "recharge.max_per_wallet_per_day", "decisions.keep_runs",
                "limits.rule_time", "billing.tax_percentage", "alerts.credits_remaining", "log.level", "http", "vars",
            ])
        #expect(Set(all).subtracting(known).subtracting(["http", "vars"]) == [])
    }

    @Test func `lines are found past strings, comments and lists of several lines`() {
        let text = """
            [vars]
            text = \"\"\"
            [spool]
            setle = 1
            \"\"\"
            list = [
              1, # ] not the end
              "]",
            ]
            'quoted.key' = "a = b"
            [spool]
            oops = 1
            """
        #expect(problems(text).map { $0.prefix(30) } == ["config.toml:12: [spool] has no"])
    }
}
