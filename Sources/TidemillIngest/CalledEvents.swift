import CEvents
import DequeModule
import Synchronization
public import TidemillCore

/// The last events that came by calls, as the brake sees them: as if they had come in one batch.
public final class CalledEvents: Sendable {
    /// Why ingest is to be paused, and under which scripts the rule failed.
    public struct Alarm: Sendable, Hashable {
        public let message: String
        public let version: ScriptVersionID
    }

    private struct Call {
        var events: Int
        var failed: [String: Int]
        var sample: String
    }

    private struct State {
        var calls: Deque<Call> = []
        var events = 0
        var version: ScriptVersionID?
        var alarm: Alarm?
    }

    /// So many events count.
    static let eventsMax = 1000

    private let options: IngestOptions
    private let state = Mutex(State())

    public init(options: IngestOptions) {
        self.options = options
    }

    /// Counts a call's events, and those that each rule failed on.
    func note(_ batch: RecordBatch, under version: ScriptVersionID) {
        var call = Call(events: 0, failed: [:], sample: "")
        for record in batch.records where record.kind == CEV_EVENT.rawValue {
            call.events += 1
            guard record.verdict == CEV_REJECTED.rawValue, batch.ruleNames.indices.contains(Int(record.rule)) else {
                continue
            }
            call.failed[batch.ruleNames[Int(record.rule)], default: 0] += 1
            if call.sample.isEmpty { call.sample = record.message.string }
        }
        state.withLock { state in
            // Other scripts begin anew.
            if state.version != version {
                state = State()
                state.version = version
            }
            state.calls.append(call)
            state.events += call.events
            while let first = state.calls.first, state.events - first.events >= Self.eventsMax {
                state.events -= first.events
                state.calls.removeFirst()
            }
            guard !call.failed.isEmpty, let message = Self.alarm(state.calls, state.events, options) else { return }
            state.alarm = Alarm(message: message, version: version)
            state.calls = []
            state.events = 0
        }
    }

    /// What the last events came to, once.
    public func takeAlarm() -> Alarm? {
        state.withLock { state in
            defer { state.alarm = nil }
            return state.alarm
        }
    }

    private static func alarm(_ calls: Deque<Call>, _ events: Int, _ options: IngestOptions) -> String? {
        var failed: [String: Int] = [:]
        for call in calls { failed.merge(call.failed, uniquingKeysWith: +) }
        guard events >= options.brakeRecordsMin, let worst = failed.max(by: { $0.value < $1.value }),
            worst.value * 100 > events * options.brakePercent
        else { return nil }
        let sample = calls.last { !$0.sample.isEmpty }?.sample ?? ""
        return
            "\(worst.value) of the last \(events) events that came by HTTP failed in rule \"\(worst.key)\": \(sample); "
            + "mend the script, or run tidemill resume ingest to go on and reject them"
    }
}
