import Crypto
import Foundation
import TidemillCore

extension WebhookSource {
    /// A signature with a time is good for so long before and after it.
    static let toleranceSeconds: Int64 = 300

    /// Whether a request comes from who has one of the secrets. `now` is the machine's clock.
    func isGenuine(_ request: WireRequest, now: Timestamp) -> Bool {
        switch verification {
        case .secret:
            let shown = request.headers.all(header)
            return secrets.contains { secret in
                shown.contains { AccessKey.isSame(AccessKey.digest(of: $0), AccessKey.digest(of: secret)) }
            }
        case .hmac:
            let shown = request.headers.all(header).compactMap { value in
                [UInt8](hexadecimal: value.hasPrefix("sha256=") ? String(value.dropFirst(7)) : value)
            }
            return isSigned(request.body, by: secrets.map { Array($0.utf8) }, shown)
        case .stripe: return isStripe(request, now)
        case .standard: return isStandard(request, now)
        }
    }

    /// `t=1700000000,v1=hex,v1=hex`: signed is the time, a full stop and the body.
    private func isStripe(_ request: WireRequest, _ now: Timestamp) -> Bool {
        guard let value = request.headers[header] else { return false }
        let pairs = value.split(separator: ",").compactMap { part -> (name: String, value: String)? in
            let sides = part.split(separator: "=", maxSplits: 1)
            guard sides.count == 2 else { return nil }
            return (sides[0].trimmingCharacters(in: .whitespaces), String(sides[1]))
        }
        guard let time = pairs.first(where: { $0.name == "t" })?.value, isRecent(time, now) else { return false }
        let shown = pairs.filter { $0.name == "v1" }.compactMap { [UInt8](hexadecimal: $0.value) }
        return isSigned(Array("\(time).".utf8) + request.body, by: secrets.map { Array($0.utf8) }, shown)
    }

    /// `v1,base64 v1,base64`: signed is the id, the time and the body, joined by full stops; secrets are base64 after
    /// `whsec_`.
    private func isStandard(_ request: WireRequest, _ now: Timestamp) -> Bool {
        guard let id = request.headers["webhook-id"], let time = request.headers["webhook-timestamp"],
            isRecent(time, now), let value = request.headers[header]
        else { return false }
        let shown = value.split(separator: " ").compactMap { part -> [UInt8]? in
            let sides = part.split(separator: ",", maxSplits: 1)
            guard sides.count == 2, sides[0] == "v1" else { return nil }
            return Data(base64Encoded: String(sides[1])).map { Array($0) }
        }
        return isSigned(
            Array("\(id).\(time).".utf8) + request.body, by: secrets.compactMap(Self.standardKey), shown)
    }

    /// The key that a secret of Standard Webhooks stands for; nil where it is no base64.
    public static func standardKey(_ secret: String) -> [UInt8]? {
        Data(base64Encoded: secret.hasPrefix("whsec_") ? String(secret.dropFirst(6)) : secret).map { Array($0) }
    }

    private func isRecent(_ time: String, _ now: Timestamp) -> Bool {
        // Nobody has shown anything yet: the time may be any number.
        guard let seconds = Int64(time) else { return false }
        let (difference, isBeyond) = (now.microseconds / 1_000_000).subtractingReportingOverflow(seconds)
        return !isBeyond && difference.magnitude <= UInt64(Self.toleranceSeconds)
    }

    private func isSigned(_ content: [UInt8], by keys: [[UInt8]], _ shown: [[UInt8]]) -> Bool {
        var isSigned = false
        for key in keys where !key.isEmpty {
            let made = Array(HMAC<SHA256>.authenticationCode(for: content, using: SymmetricKey(data: key)))
            for other in shown where AccessKey.isSame(made, other) { isSigned = true }
        }
        return isSigned
    }
}
