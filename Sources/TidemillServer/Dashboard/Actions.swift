import TidemillCore
import TidemillOperations

/// What operators may do from pages, and the links to it.
enum Actions {
    /// What is offered, and what it is called on its button.
    static let offered: [Offer] = [
        Offer(.retryRejected, "retry", "Retry rejected records", of: .rejected),
        Offer(.dropRejected, "drop", "Drop rejected records", of: .rejected),
        Offer(.voidDelivery, "void", "Void this delivery", of: .deliveries),
        Offer(.retryRun, "retry", "Retry this run", of: .runs),
        Offer(.cancelRun, "cancel", "Cancel this run", of: .runs),
        Offer(.fireJob, "fire", "Fire this job", of: .jobs), Offer(.pause, "pause", "Pause", of: .system),
        Offer(.resume, "resume", "Resume", of: .system),
        Offer(.resumeWallet, "resume", "Let this wallet go on", of: .recharges),
    ]

    struct Offer: Sendable {
        let id: OperationID
        let label: String
        let verb: String
        /// Where what it is done to is chosen.
        let section: PageSection

        init(_ id: OperationID, _ label: String, _ verb: String, of section: PageSection) {
            self.id = id
            self.label = label
            self.verb = verb
            self.section = section
        }

        /// What must be given and is not: by names, one of them where there is a choice.
        func missing(_ members: TextMap<Payload>) -> String? {
            func lacks(_ name: String) -> Bool { members[name].map { $0.isNull || $0 == "" } ?? true }
            switch id {
            case .retryRejected, .dropRejected:
                let filters = ["ids", "rule", "code", "delivery", "all"]
                return filters.allSatisfy(lacks) ? filters.joined(separator: ", ") : nil
            case .pause, .resume:
                return lacks("target") ? "target" : members["target"] == "job" && lacks("job") ? "job" : nil
            default:
                let names = OperationTable.row(id).input.filter { $0.isRequired && lacks($0.name) }.map(\.name)
                return names.first { $0 != "reason" }
            }
        }
    }

    /// Links to forms, for whoever may use them; for others there is nothing.
    static func links(_ actions: [(OperationID, [(String, String)])], _ request: PageRequest, label: String? = nil)
        -> HTML
    {
        guard request.isOperator else { return .empty }
        let links = actions.compactMap { id, fields -> HTML? in
            guard let offer = offered.first(where: { $0.id == id }) else { return nil }
            let back = PagePath.text(request.segments, request.query.map { ($0.name, $0.value) })
            return .link(["do", id.rawValue], query: fields + [("back", back)], "\(label ?? offer.label)")
        }
        return .joined(links, separator: " ")
    }

    /// A path of this server: no scheme, no other host.
    static func isOwn(_ path: String) -> Bool {
        path.hasPrefix("/") && !path.hasPrefix("//") && !path.contains("\\")
            && path.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    }
}
