import TidemillCore
import TidemillOperations
import TidemillScripting

/// What a run has read by `state.get`, and what it has done since: whether a `state.set` may still follow from it.
///
/// A value that another run has changed and changed back is as it was read: the run might as well have read it just now.
struct StateMarks {
    /// Where a value is kept.
    struct Place: Hashable {
        let scope: StateScope
        let key: String
    }

    /// Stands for a value, which may have 64 KiB.
    struct Print: Hashable {
        private let hash: UInt64
        private let size: Int

        init(_ value: Payload) {
            let json = value.json
            hash = StableHash.of(json)
            size = json.utf8.count
        }
    }

    private struct Mark {
        var print: Print
        /// The journal's step that read it, and what the run had done by then.
        var step: Int64
        var effects: Int64
    }

    private var marks: [Place: Mark] = [:]
    private var effects: Int64 = 0

    /// What the run goes by; nil where it has not read it.
    func print(at place: Place) -> Print? { marks[place]?.print }

    /// The step that read it, where nothing was done since: what the run has come to then is nothing but reads.
    func freeStep(at place: Place) -> Int64? {
        marks[place].flatMap { $0.effects == effects ? $0.step : nil }
    }

    /// Notes a step that was answered, by the journal or anew.
    mutating func note(_ request: EffectRequest, _ step: RunStep) {
        guard !step.raised else { return }
        switch request {
        case .stateGet(let scope, let key):
            marks[Place(scope: scope, key: key)] = Mark(print: Print(step.answer), step: step.number, effects: effects)
        case .stateSet(let scope, let key, let value, _): wrote(value, at: Place(scope: scope, key: key))
        case .stateUpdate(let scope, let key, _), .stateReplace(let scope, let key, _, _):
            wrote(step.answer["new"] ?? .null, at: Place(scope: scope, key: key))
        case .client, .emit, .later, .cancelLater, .checkpoint, .now, .lookup:
            break
        }
        if step.isWrite { effects += 1 }
    }

    /// A set that follows from nothing that was read stays free of it.
    private mutating func wrote(_ value: Payload, at place: Place) {
        marks[place]?.print = Print(value)
    }
}

/// Another run has changed a value of `state` since this one read it.
struct StateOvertaken: Error {}
