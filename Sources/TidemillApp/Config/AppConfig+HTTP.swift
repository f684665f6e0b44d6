import Foundation
import TidemillOperations
import TidemillServer

extension AppConfig {
    /// The HTTP door; without the section nothing listens.
    struct HTTP: Sendable, Hashable {
        var door = DoorSettings()
        var keys: [Key] = []
        var webhooks: [Webhook] = []
        /// Secrets that are named and not to be had here: needed by whoever serves.
        var unset: [ConfigProblem] = []
    }

    /// A key that the configuration has, beside those of `tidemill keys`.
    struct Key: Sendable, Hashable {
        var name = ""
        var scope = KeyScope.read
        var key: Secret?
    }

    /// Who may drop webhooks.
    struct Webhook: Sendable, Hashable {
        var name = ""
        var inbox = AppConfig.Inbox().path
        var verify: WebhookSource.Verification?
        var secrets: [Secret] = []
        var header: String?
        var typeHeader: String?
        var idHeader: String?
        var maxBody = 1 << 20
        var payments = false
    }

    mutating func readHTTP(_ root: inout ConfigTable) {
        var http = HTTP()
        let isThere = root.optionalTable("http") { http.read(&$0) }
        if isThere { self.http = http }
    }
}

extension AppConfig.HTTP {
    mutating func resolvePaths(_ reader: ConfigReader) {
        if case .unix(let path) = door.listen { door.listen = .unix(path: reader.resolve(path)) }
    }

    fileprivate mutating func read(_ table: inout ConfigTable) {
        var listen: String?
        table.optionalString("listen", &listen)
        if let listen {
            if let place = DoorSettings.Listen(listen) {
                door.listen = place
            } else {
                table.report(
                    "listen", "must be an address with a port, or unix: and a path, got \"\(listen.prefix(60))\"",
                    hint: "write it as \"127.0.0.1:7411\" or \"unix:run/tidemill.sock\"")
            }
        }
        table.names("hosts", &door.hosts)
        door.hosts = Set(door.hosts.map { $0.lowercased() })
        var (chain, key): (String?, String?) = (nil, nil)
        table.optionalString("tls_cert", &chain)
        table.optionalString("tls_key", &key)
        if let chain, let key {
            door.certificate = DoorSettings.Certificate(
                chain: table.reader.resolve(chain), key: table.reader.resolve(key))
        } else if (chain == nil) != (key == nil) {
            table.report(
                chain == nil ? "tls_key" : "tls_cert", "needs the other of tls_cert and tls_key beside it",
                hint: "a certificate and its key go together")
        }
        table.names("behind_proxy", &door.proxies)
        var metrics = Metrics.key
        table.choice("metrics", &metrics)
        door.opensMetrics = metrics == .open
        table.integer("rate", in: 0...1_000_000, &door.rate)
        table.integer("burst", in: 1...1_000_000, &door.burst)
        table.integer("max_connections", in: 1...100_000, &door.connectionsMax)
        keys = table.tables("key") { Self.key(&$0) } ?? []
        webhooks = table.tables("webhook") { Self.webhook(&$0) } ?? []
        if !door.listen.isLocal, door.certificate == nil, door.proxies.isEmpty {
            table.report(
                "listen", "is reached from other machines, and what travels there would not be encrypted",
                hint: "add tls_cert and tls_key, or behind_proxy with the proxy's address, or listen on 127.0.0.1")
        }
        repeated(keys.map(\.name), "key", table)
        repeated(webhooks.map(\.name), "webhook", table)
    }

    private enum Metrics: String, Sendable, CaseIterable { case key, open }

    private func repeated(_ names: [String], _ list: String, _ table: ConfigTable) {
        var seen: Set<String> = []
        for (index, name) in names.enumerated() where !name.isEmpty && !seen.insert(name).inserted {
            table.report("\(list)[\(index)].name", "two have the name \"\(name)\"", hint: "give each its own")
        }
    }

    private static func key(_ table: inout ConfigTable) -> AppConfig.Key {
        var key = AppConfig.Key()
        table.string("name", &key.name)
        table.choice("scope", &key.scope)
        table.secret("key", &key.key)
        if key.name.isEmpty {
            table.report("name", "is missing: it is the actor in the audit", hint: "add name = \"backend\"")
        }
        if !table.names(secret: "key") {
            table.report("key", "is missing", hint: "add key_env with the name of a variable, or key_file with a path")
        }
        if let value = key.key?.value, value.utf8.count < 16 {
            table.report("key", "must have 16 bytes or more", hint: "`tidemill keys add` makes one that nobody guesses")
        }
        return key
    }

    private static func webhook(_ table: inout ConfigTable) -> AppConfig.Webhook {
        var webhook = AppConfig.Webhook()
        table.string("name", &webhook.name)
        table.string("inbox", &webhook.inbox)
        table.optionalChoice("verify", &webhook.verify)
        table.secrets("secret", &webhook.secrets)
        table.optionalString("header", &webhook.header)
        table.optionalString("type_header", &webhook.typeHeader)
        table.optionalString("id_header", &webhook.idHeader)
        table.size("max_body", in: 1...(256 << 20), &webhook.maxBody)
        table.boolean("payments", &webhook.payments)
        let isPlain =
            !webhook.name.isEmpty
            && webhook.name.allSatisfy {
                $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_")
            }
        if !isPlain {
            table.report(
                "name", "must be letters, digits, - and _, as it stands in the URL", hint: "add name = \"stigg\"")
        }
        if webhook.verify == nil {
            let names = WebhookSource.Verification.allCases.map(\.rawValue)
            table.report("verify", "is missing: \(ConfigTable.oneOf(names))", hint: "say how the sender signs")
        }
        if !table.names(secret: "secret") {
            table.report("secret", "is missing", hint: "add secret_env with the name of a variable, or secret_file")
        }
        return webhook
    }
}
