import Foundation
import Synchronization
import TidemillCore
import TidemillOperations
import TidemillScripting

/// Performs effects as a test says, and keeps what was asked for.
final class ScriptedEffects: RunEffects {
    typealias Answer = @Sendable (RunEffect) async throws(EffectError) -> Payload

    private let seen = Mutex<[RunEffect]>([])
    private let lines = LogLines()
    private let answer: Answer

    init(_ answer: @escaping Answer = { _ in .null }) {
        self.answer = answer
    }

    var effects: [RunEffect] { seen.withLock { $0 } }
    /// `time.now[]`, `client.getCustomer{"id":"x"}`
    var asked: [String] { effects.map { $0.name + $0.arguments.json } }
    var logged: [String] { lines.all.map { $0.fields.isEmpty ? $0.message : "\($0.message) \($0.fields)" } }

    nonisolated(nonsending) func perform(_ effect: RunEffect) async throws(EffectError) -> Payload {
        seen.withLock { $0.append(effect) }
        return try await answer(effect)
    }

    func log(_ line: ScriptLogLine) {
        lines.append(line)
    }
}

/// A job host over one file, and one run of its job `j`.
struct Jobs {
    let host: JobHost

    init(_ text: String, limits: ScriptLimits = ScriptLimits()) throws {
        host = try JobHost(
            [ScriptSource(name: "a.lua", text: text)], ScriptLoader(limits: limits, clock: Rules.clock))
    }

    /// One job `j` whose function has this body.
    init(body: String, limits: ScriptLimits = ScriptLimits()) throws {
        try self.init("job { name = 'j', run = function(run) \(body)\nend }", limits: limits)
    }

    func run(
        _ job: String = "j", _ effects: any RunEffects = ScriptedEffects(), run: Payload = ["id": "r-1"],
        seed: UInt64 = 7, control: RunControl = RunControl()
    ) async -> RunEnd {
        await host.start(job: job, run: run, seed: seed, effects: effects, control: control)
    }
}

/// What one run of a job with this body returned.
func job(
    _ body: String, limits: ScriptLimits = ScriptLimits(), _ answer: @escaping ScriptedEffects.Answer = { _ in .null }
)
    async throws -> RunEnd
{
    try await Jobs(body: body, limits: limits).run("j", ScriptedEffects(answer))
}

extension RunEnd {
    var failure: ScriptFailure? {
        switch self {
        case .failed(let failure), .outOfMemory(let failure): failure
        case .timedOut(let failure): failure
        case .finished, .cancelled, .abandoned: nil
        }
    }

    var value: Payload? { if case .finished(let value) = self { value } else { nil } }
}

/// Holds effects back until a test lets them go.
actor Gate {
    private var held: [CheckedContinuation<Void, Never>] = []
    private var watchers: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
    private var isOpen = false

    func pass() async {
        guard !isOpen else { return }
        await withCheckedContinuation { continuation in
            held.append(continuation)
            let count = held.count
            for watcher in watchers where watcher.count <= count { watcher.continuation.resume() }
            watchers.removeAll { $0.count <= count }
        }
    }

    /// Returns when so many wait.
    func waitFor(_ count: Int) async {
        guard held.count < count else { return }
        await withCheckedContinuation { watchers.append((count, $0)) }
    }

    func open() {
        isOpen = true
        for continuation in held { continuation.resume() }
        held.removeAll()
    }
}
