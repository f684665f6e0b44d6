import TidemillOperations

/// What operators may do from pages, and the links to it.
enum Actions {
    /// What is offered, and what it is called on its button.
    static let offered: [(id: OperationID, label: String, verb: String)] = [
        (.retryRejected, "retry", "Retry rejected records"), (.dropRejected, "drop", "Drop rejected records"),
        (.voidDelivery, "void", "Void this delivery"), (.retryRun, "retry", "Retry this run"),
        (.cancelRun, "cancel", "Cancel this run"), (.fireJob, "fire", "Fire this job"), (.pause, "pause", "Pause"),
        (.resume, "resume", "Resume"), (.resumeWallet, "resume", "Let this wallet go on"),
    ]

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
