import Logging
import TidemillCore
import TidemillIngest
import TidemillOperations
import TidemillStore

/// How long a batch of files took: their records are committed together, so that none has a time of its own.
struct BatchTime: Sendable {
    var files = 1
    let duration: Duration

    var text: String {
        files == 1
            ? "in \(duration.milliseconds) ms" : "in a batch of \(files) files that took \(duration.milliseconds) ms"
    }
}

/// One line of the log for one delivery.
enum DeliveryLine {
    static func text(_ outcome: DeliveryOutcome, name: String, batch: BatchTime) -> String {
        let subject = name.escapingControls
        switch outcome.state {
        case .done: return "\(subject): \(counts(outcome.counts)) \(batch.text)"
        case .failed(let code, let message): return "\(subject): failed (\(code)): \(message.escapingControls)"
        case .held(_, let message): return "\(subject): held, and ingest is paused: \(message.escapingControls)"
        case .retryLater(let message): return "\(subject): will be tried again: \(message.escapingControls)"
        case .unreachable(let message, _): return "\(subject): will be tried again: \(message.escapingControls)"
        case .incomplete: return "\(subject): is still being written"
        case .lost: return "\(subject): another worker has taken it over"
        }
    }

    /// The numbers for machines: each count under its name in result files.
    static func fields(_ outcome: DeliveryOutcome, batch: BatchTime) -> Logger.Metadata {
        var fields: Logger.Metadata = [
            "batchFiles": .number(batch.files), "batchMilliseconds": .number(batch.duration.milliseconds),
        ]
        for (name, value) in outcome.counts.members {
            if case .integer(let count) = value { fields[name] = .number(count) }
        }
        return fields
    }

    /// `1000 records: 900 applied, 60 filtered (drop-failed 60), 40 duplicate`: what is none is left out.
    static func counts(_ counts: DeliveryCounts) -> String {
        var parts = ["\(counts.applied) applied"]
        let filters = counts.filteredBy.filter { $0.value > 0 }
        if !filters.isEmpty {
            let rules = filters.keys.sorted().map { "\($0) \(filters[$0] ?? 0)" }.joined(separator: ", ")
            parts.append("\(counts.filtered) filtered (\(rules.escapingControls))")
        }
        if counts.duplicate > 0 {
            parts.append("\(counts.duplicate) duplicate" + (counts.differs > 0 ? " (\(counts.differs) differ)" : ""))
        }
        if counts.rejected > 0 { parts.append("\(counts.rejected) rejected") }
        parts += counts.marks.map { "\($0.records) \($0.text)" }
        return "\(counts.records) record\(counts.records == 1 ? "" : "s"): " + parts.joined(separator: ", ")
    }
}

extension Logger.MetadataValue {
    /// A number that the line says in words already.
    static func number(_ count: some BinaryInteger) -> Self { .stringConvertible(LogNumber(Int64(count))) }
}
