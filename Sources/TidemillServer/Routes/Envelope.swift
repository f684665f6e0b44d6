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
        case .firstUsage: ["data": .array(Self.withWallets(answer))]
        }
    }

    /// What version 2 lists once a wallet stood in each measurement before.
    private static func withWallets(_ answer: Payload) -> [Payload] {
        let wallets = answer["credits"]?.items ?? []
        return (answer["usages"]?.items ?? []).map { usage in
            guard case .object(var members) = usage, let credit = members["credit"], !credit.isNull,
                case .object(var block) = credit
            else { return usage }
            let same = wallets.filter {
                $0["customerId"] == members["customerId"] && $0["currencyId"] == block["currencyId"]
            }
            // The resource's own wallet, where it has one.
            let wallet = same.first { $0["resourceId"] == members["resourceId"] } ?? same.first
            for name in ["currentUsage", "usageLimit", "timestamp", "usagePeriodEnd"] {
                block[name] = wallet?[name] ?? .null
            }
            members["credit"] = .object(block)
            return .object(members)
        }
    }
}
