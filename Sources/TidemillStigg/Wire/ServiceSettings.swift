import Foundation

/// Where the hosted service is, and by which key it knows us.
public struct ServiceSettings: Sendable {
    /// Without a slash at its end; a path in front of the API's own is kept.
    let base: String
    /// Appears in no description, log or message.
    let key: String

    public struct Fault: Error, CustomStringConvertible, Sendable {
        public let description: String
    }

    public init(baseURL text: String, key: String) throws(Fault) {
        let parts = URL(string: text)
        guard let parts, let scheme = parts.scheme?.lowercased(), ["http", "https"].contains(scheme),
            let host = parts.host(), !host.isEmpty, parts.user == nil, parts.query == nil, parts.fragment == nil
        else {
            throw Fault(
                description:
                    "client.base_url must be an https URL without name, query or fragment, such as https://api.stigg.io"
            )
        }
        // The key would travel readable.
        guard scheme == "https" || ["localhost", "127.0.0.1", "::1", "[::1]"].contains(host) else {
            throw Fault(
                description:
                    "client.base_url is http, and \(host) is not this machine: the key would travel readable; use https"
            )
        }
        guard !key.isEmpty, key.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw Fault(
                description:
                    "client.key is empty or has characters that no header carries; give the server key as Stigg shows it"
            )
        }
        var base = text
        while base.hasSuffix("/") { base.removeLast() }
        self.base = base
        self.key = key
    }
}
