import Foundation
import TidemillCore
import TidemillOperations

/// The request of an operation by the route of its row: the inverse of how our own server reads one.
enum RequestRoute {
    static func request(_ row: OperationRow, _ input: Payload, kind: ServiceRequest.Kind? = nil) -> ServiceRequest {
        var members: TextMap<Payload> = [:]
        if case .object(let given) = input { members = given }
        let entity = row.customer(in: input)?.text
        var segments: [String] = []
        for part in row.route.path.split(separator: "/") {
            guard part.hasPrefix("{") else {
                segments.append(String(part))
                continue
            }
            let name = String(part.dropFirst().dropLast())
            segments.append(escaped(members.removeValue(forKey: name).flatMap { $0.text ?? $0.json } ?? ""))
        }
        let path = "/" + segments.joined(separator: "/")
        let kind = kind ?? self.kind(of: row)
        guard row.route.method == .post || row.route.method == .patch else {
            return ServiceRequest(row.route.method, path + query(members), kind: kind, entity: entity)
        }
        let body = RequestBody.rewritten(row, members)
        return ServiceRequest(row.route.method, path, body: .object(body), kind: kind, entity: entity)
    }

    static func kind(of row: OperationRow) -> ServiceRequest.Kind {
        switch row.report {
        case .events: .events
        case .usage, .credits: .usage
        case nil: row.effect.isWrite ? .write : .read
        }
    }

    /// As SDKs write it: lists joined by commas, objects in brackets; null is left out.
    private static func query(_ members: TextMap<Payload>) -> String {
        var pairs: [String] = []
        for (name, value) in members.sorted(by: { $0.key < $1.key }) {
            switch value {
            case .null: continue
            case .object(let inner):
                for (part, member) in inner.sorted(by: { $0.key < $1.key }) where !member.isNull {
                    pairs.append("\(escaped("\(name)[\(part)]"))=\(escaped(word(member)))")
                }
            case .array(let items): pairs.append("\(escaped(name))=\(escaped(items.map(word).joined(separator: ",")))")
            default: pairs.append("\(escaped(name))=\(escaped(word(value)))")
            }
        }
        return pairs.isEmpty ? "" : "?" + pairs.joined(separator: "&")
    }

    private static func word(_ value: Payload) -> String { value.text ?? value.json }

    static func escaped(_ text: String) -> String {
        var escaped = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                escaped.unicodeScalars.append(Unicode.Scalar(byte))
            default: escaped += "%" + CollectionOfOne(byte).hexadecimal.uppercased()
            }
        }
        return escaped
    }
}
