import TidemillCore
import TidemillOperations

/// The form in which an answer goes out.
enum Envelope: Sendable {
    /// `{"data": …}`.
    case data
    /// The operation's answer as it is: a page has `data` and `pagination` itself.
    case bare
    /// A list of measurements, each with its wallet.
    case firstUsage

    init(_ row: OperationRow) {
        let names = row.output.map(\.name)
        self = names.contains("data") && names.contains("pagination") ? .bare : .data
    }

    func wrap(_ answer: Payload) -> Payload {
        switch self {
        case .data: ["data": answer]
        case .bare: answer
        case .firstUsage: ["data": .array(ReportUsageBulk.withWallets(answer))]
        }
    }
}
