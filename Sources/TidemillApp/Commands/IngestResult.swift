import TidemillCore
import TidemillDisplay
import TidemillIngest
import TidemillOperations
import TidemillStore

/// What a file of `tidemill ingest` came to.
struct IngestResult {
    let outcome: DeliveryOutcome
    let delivery: Delivery?

    init(_ outcome: DeliveryOutcome, _ delivery: Delivery?) {
        self.outcome = outcome
        self.delivery = delivery
    }

    /// Whether something failed, was rejected, or is not finished.
    var needsAttention: Bool { outcome.state != .done || outcome.counts.rejected > 0 }

    /// As in the result file of a delivery.
    var payload: Payload {
        guard case .object(var members) = delivery.map({ DeliveryEntry($0).document }) ?? .object([:]) else {
            return .null
        }
        switch outcome.state {
        case .done, .failed, .held: break
        case .retryLater(let message), .unreachable(let message, _):
            members["state"] = "unfinished"
            members["message"] = .string(message)
        case .incomplete: members["state"] = "unfinished"
        case .lost: members["state"] = "lost"
        }
        return .object(members)
    }

    func line(_ terminal: Terminal) -> String {
        let name = delivery?.name.escapingControls ?? outcome.id.text
        let counts = outcome.counts
        switch outcome.state {
        case .done:
            var parts = ["\(Figures.grouped(counts.applied)) applied"]
            for (rule, records) in counts.filteredBy.sorted(by: { $0.key < $1.key }) where records > 0 {
                parts.append("\(Figures.grouped(records)) filtered by \(rule)")
            }
            if counts.duplicate > 0 { parts.append("\(Figures.grouped(counts.duplicate)) duplicate") }
            if counts.differs > 0 { parts.append("\(Figures.grouped(counts.differs)) of them differ") }
            parts += counts.marks.map { "\(Figures.grouped($0.records)) \($0.text)" }
            if counts.rejected > 0 {
                parts.append(terminal.styled("\(Figures.grouped(counts.rejected)) rejected", .red))
            }
            var hint = counts.rejected > 0 ? "; see `tidemill rejected`" : ""
            if let voided = delivery?.repeatsVoided { hint += "; \(DeliveryFacts.hint(repeating: voided.text))" }
            return
                "\(name): \(Figures.grouped(counts.records)) record\(counts.records == 1 ? "" : "s"), \(parts.joined(separator: ", "))\(hint)"
        case .failed(let code, let message):
            return "\(name): \(terminal.styled("failed", .red)) (\(code)): \(message.escapingControls)"
        case .held(_, let message):
            return
                "\(name): \(terminal.styled("held", .red)): \(message.escapingControls). Ingest is paused until then; afterwards repeat the command"
        case .retryLater(let message), .unreachable(let message, _):
            return "\(name): not finished: \(message.escapingControls); repeat the command to go on"
        case .incomplete: return "\(name): not finished: its last line has no end; repeat the command to go on"
        case .lost: return "\(name): another command has taken it over"
        }
    }
}
