import TidemillCore
import TidemillOperations
import TidemillRuns
import TidemillStore
public import TidemillTriggers

/// Writes what jobs emitted as files of the spool's `out/`, each whole or not at all. A name is made of the message's
/// own id: after a crash the same file is written again, so that a reader who knows names or ids takes each once.
public struct OutFolder: Sendable {
    /// Messages in one transaction.
    private static let messagesMax: Int64 = 200

    private let spool: Spool

    public init(_ spool: Spool) {
        self.spool = spool
    }

    /// Writes what has no file yet.
    func write(_ store: any Store, now: Timestamp) throws {
        while true {
            let waiting = try store.read { try Emissions($0).unwritten(limit: Self.messagesMax) }
            if waiting.isEmpty { return }
            for message in waiting {
                try spool.emit(Self.name(of: message)) { try $0.write(message.document.prettyJSON + "\n") }
            }
            try spool.syncOut()
            try store.write { connection in
                for message in waiting { try Emissions(connection).markWritten(message.id, at: now) }
            }
        }
    }

    /// `000000000042-invoice.due-2f1c….json`: in the order of the messages, and named for what they are.
    private static func name(of message: Emission) -> String {
        let type = String(
            message.type.prefix(60).map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == ".") ? $0 : "_" })
        let number = String(message.sequence)
        return String(repeating: "0", count: max(0, 12 - number.count)) + "\(number)-\(type)-\(message.id).json"
    }
}
