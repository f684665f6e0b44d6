import TidemillCore
import TidemillIngest
import TidemillOperations
import TidemillStore
import TidemillTriggers

/// The producer's acknowledgement: `NAME.result.json` or `NAME.error.json`.
struct DeliveryReport {
    let delivery: Delivery
    let hasAnswers: Bool
    /// What was written to the file after it had been taken.
    var late: LateWrite?
    let store: any Store

    /// Written in pages: a file of a million usage reports has a million answers.
    private static let page = 1000

    func write(to text: inout FileText) throws {
        try text.write("{\n")
        for (key, value) in head {
            try text.write("  \(quoted(key)): \(value.json),\n")
        }
        try text.write("  \"answers\": [")
        if hasAnswers {
            try writePages(to: &text) { after, connection in
                try DeliveryAnswers.list(of: delivery.id, after: after, limit: Self.page, on: connection).map {
                    ($0.record, "{\"record\": \($0.record), \"answer\": \($0.json)}")
                }
            }
        }
        try text.write("],\n  \"rejections\": [")
        if delivery.rejected > 0 {
            try writePages(to: &text) { after, connection in
                try DeliveryLedger.rejected(of: delivery.id, after: after, limit: Self.page, on: connection).map {
                    ($0.record, Self.payload($0).json)
                }
            }
        }
        try text.write("]\n}\n")
    }

    /// What stands before the lists, in the order in which a person asks.
    private var head: [(String, Payload)] {
        var head: [(String, Payload)] = [
            ("delivery", .string(delivery.id.text)), ("name", .string(delivery.name)),
            ("inbox", .string(delivery.inbox)), ("state", .string(delivery.state.rawValue)),
        ]
        if let code = delivery.code { head.append(("code", .string(code))) }
        // One member, whatever there is to say: of two with a name readers see one.
        let messages = [delivery.message, late?.message].compactMap(\.self)
        if !messages.isEmpty { head.append(("message", .string(messages.joined(separator: "; ")))) }
        if let late { head.append(("unreadBytes", .integer(late.bytes))) }
        head += [
            ("size", .integer(delivery.size)), ("receivedAt", Payload(delivery.receivedAt)),
            ("finishedAt", delivery.finishedAt.map { Payload($0) } ?? .null),
        ]
        head += delivery.result.map { ($0.name, $0.value) }
        if let original = delivery.duplicateOf { head.append(("duplicateOf", .string(original.text))) }
        if let voided = delivery.repeatsVoided { head.append(("repeatsVoided", .string(voided.text))) }
        return head
    }

    private static func payload(_ line: RejectedLine) -> Payload {
        var members: TextMap<Payload> = [
            "record": .integer(line.record), "line": .integer(line.line), "kind": .string(line.kind),
            "code": .string(line.code), "message": .string(line.message),
        ]
        if let rule = line.rule { members["rule"] = .string(rule) }
        return .object(members)
    }

    private func writePages(
        to text: inout FileText, _ next: (Int64, any SQLConnection) throws -> [(record: Int64, json: String)]
    ) throws {
        var after: Int64 = -1
        var isFirst = true
        while true {
            let items = try store.read { try next(after, $0) }
            for item in items {
                try text.write(isFirst ? "\n    " : ",\n    ")
                try text.write(item.json)
                isFirst = false
            }
            guard items.count == Self.page, let last = items.last else { break }
            after = last.record
        }
        if !isFirst { try text.write("\n  ") }
    }

    private func quoted(_ key: String) -> String { Payload.string(key).json }
}
