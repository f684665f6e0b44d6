import Foundation
import TidemillCore
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
        table.optionalString(
            "listen", &listen,
            "An address with a port, or unix: and a path; 127.0.0.1:7411 when left out.")
        if let listen {
            if let place = DoorSettings.Listen(listen) {
                door.listen = place
            } else {
                table.report(
                    "listen", "must be an address with a port, or unix: and a path, got \"\(listen.prefix(60))\"",
                    hint: "write it as \"127.0.0.1:7411\" or \"unix:run/tidemill.sock\"")
            }
        }
        table.names(
            "hosts", &door.hosts,
            "Names by which it may be called, beside addresses and localhost.")
        for host in door.hosts.sorted() where !DoorSettings.isHost(host) {
            table.report(
                "hosts", "has \"\(host.prefix(60).description.escapingControls)\", which is no name of a host",
                hint: "write names alone, such as \"mill.example\": no scheme, no port, no *")
        }
        door.hosts = Set(door.hosts.map { $0.lowercased() })
        var (chain, key): (String?, String?) = (nil, nil)
        table.optionalString(
            "tls_cert", &chain,
            "The certificate, with those above it; with tls_key.")
        table.optionalString(
            "tls_key", &key,
            "The certificate's key.")
        if let chain, let key {
            door.certificate = DoorSettings.Certificate(
                chain: table.reader.resolve(chain), key: table.reader.resolve(key))
        } else if (chain == nil) != (key == nil) {
            table.report(
                chain == nil ? "tls_key" : "tls_cert", "needs the other of tls_cert and tls_key beside it",
                hint: "a certificate and its key go together")
        }
        table.names(
            "behind_proxy", &door.proxies,
            "Addresses of proxies whose X-Forwarded-User names a person in the audit.")
        for proxy in door.proxies.sorted() where DoorSettings.address(proxy) == nil {
            table.report(
                "behind_proxy", "has \"\(proxy.prefix(60).description.escapingControls)\", which is no address",
                hint: "write the address from which each proxy connects, such as \"10.0.0.5\": no names, no ranges")
        }
        door.proxies = Set(door.proxies.compactMap(DoorSettings.address))
        table.string(
            "timezone", &door.dashboard.timezone, "The zone of the pages, until a person chooses another.")
        // UTC needs no database.
        if door.dashboard.timezone != "UTC", Zone(identifier: door.dashboard.timezone) == nil {
            table.report(
                "timezone",
                "is \"\(door.dashboard.timezone.prefix(60).description.escapingControls)\", which is no time zone",
                hint:
                    "write a name of the database, such as \"\(ZoneDatabase.shared.suggestion(for: door.dashboard.timezone) ?? "Europe/Berlin")\""
            )
        }
        var metrics = Metrics.key
        table.choice(
            "metrics", &metrics,
            "Whether /metrics beyond this machine needs a key.")
        door.opensMetrics = metrics == .open
        table.integer(
            "rate", in: 0...1_000_000, &door.rate,
            "Requests a second of each key in the long run; 0 for no bound.")
        table.integer(
            "burst", in: 1...1_000_000, &door.burst,
            "And at once.")
        table.integer(
            "max_connections", in: 1...100_000, &door.connectionsMax,
            "Open connections.")
        keys = table.tables("key") { Self.key(&$0) } ?? []
        webhooks = table.tables("webhook") { Self.webhook(&$0) } ?? []
        if !door.listen.isLocal, door.certificate == nil, door.proxies.isEmpty {
            table.report(
                "listen", "is reached from other machines, and what travels there would not be encrypted",
                hint: "add tls_cert and tls_key, or behind_proxy with the proxy's address, or listen on 127.0.0.1")
        }
        repeated(keys.map(\.name), "key", table)
        repeated(webhooks.map(\.name), "webhook", table)
        var holders: [String: String] = [:]
        for (index, key) in keys.enumerated() {
            guard let value = key.key?.value else { continue }
            if let other = holders[value] {
                table.report(
                    "key[\(index)].key", "is the key of \"\(other)\" too: nobody could tell the two apart",
                    hint: "give each its own; `tidemill keys add` makes one")
            }
            holders[value] = key.name
        }
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
        table.string("name", &key.name, "The actor in the audit.")
        table.choice(
            "scope", &key.scope,
            "What it allows.")
        table.secret(
            "key", &key.key,
            "The key itself.")
        if key.name.isEmpty {
            table.report("name", "is missing: it is the actor in the audit", hint: "add name = \"backend\"")
        } else if !KeyName.isName(key.name) {
            table.report(
                "name", "must be \(KeyName.expected), got \"\(key.name.prefix(60).description.escapingControls)\"",
                hint: "it is the actor in the audit, where a proxy's person stands behind a slash")
        }
        if !table.names(secret: "key") {
            table.report("key", "is missing", hint: "add key_env with the name of a variable, or key_file with a path")
        }
        if let value = key.key?.value {
            if value.utf8.count < 16 {
                table.report(
                    "key", "must have 16 bytes or more", hint: "`tidemill keys add` makes one that nobody guesses")
            }
            if !isHeaderValue(value) {
                table.report(
                    "key", "has a character that no header carries: a space, a line end, or one that is not ASCII",
                    hint: "`tidemill keys add` makes one that any client can send")
            }
        }
        return key
    }

    private static func webhook(_ table: inout ConfigTable) -> AppConfig.Webhook {
        var webhook = AppConfig.Webhook()
        table.string("name", &webhook.name, "POST /webhooks/NAME.")
        table.string(
            "inbox", &webhook.inbox,
            "Where its files go: an inbox that accepts webhooks.")
        table.optionalChoice(
            "verify", &webhook.verify,
            "How the sender signs.")
        table.secrets(
            "secret", &webhook.secrets,
            "What it signs with; 12 bytes or more.")
        table.optionalString(
            "header", &webhook.header,
            "The header that carries secret or signature.")
        table.optionalString(
            "type_header", &webhook.typeHeader,
            "The header that tells the type, where the body does not.")
        table.optionalString(
            "id_header", &webhook.idHeader,
            "The header that tells its id.")
        table.size(
            "max_body", in: 1...(256 << 20), &webhook.maxBody,
            "As it is sent.")
        table.boolean(
            "payments", &webhook.payments,
            "Whether its payment.* messages act on money.")
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
        for (name, header) in [
            ("header", webhook.header), ("type_header", webhook.typeHeader), ("id_header", webhook.idHeader),
        ] {
            guard let header, !isHeaderName(header) else { continue }
            table.report(
                name, "\"\(header.prefix(60).description.escapingControls)\" is no name of a header",
                hint: "write it as the sender does, such as \"X-GitHub-Event\"")
        }
        for secret in webhook.secrets.map(\.value) {
            if secret.utf8.count < secretMin {
                table.report(
                    "secret", "must have \(secretMin) bytes or more", hint: "use one that nobody guesses")
            }
            if webhook.verify == .secret, !isHeaderValue(secret) {
                table.report(
                    "secret", "has a character that no header carries: a space, a line end, or one that is not ASCII",
                    hint: "use letters and digits")
            }
            if webhook.verify == .standard, WebhookSource.standardKey(secret) == nil {
                table.report(
                    "secret", "must be base64, after \"whsec_\" or alone",
                    hint: "copy it whole from the sender's settings")
            }
        }
        if !table.names(secret: "secret") {
            table.report("secret", "is missing", hint: "add secret_env with the name of a variable, or secret_file")
        }
        return webhook
    }

    /// Of secrets that senders give: theirs may be shorter than our own keys.
    private static let secretMin = 12

    private static func isHeaderValue(_ text: String) -> Bool { text.utf8.allSatisfy { (0x21...0x7e).contains($0) } }

    private static func isHeaderName(_ text: String) -> Bool {
        !text.isEmpty
            && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "!#$%&'*+-.^_`|~".contains($0)) }
    }
}
