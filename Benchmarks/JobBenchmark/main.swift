import Foundation
import Synchronization
import TidemillOperations
import TidemillScripting

/// What rules and calls of a job cost, and what waiting runs take: JobBenchmark [CALLS] [RUNS].
struct Instant: RunEffects {
    let answer: Payload
    nonisolated(nonsending) func perform(_ effect: RunEffect) async throws(EffectError) -> Payload { answer }
}

actor Gate: RunEffects {
    private var held: [CheckedContinuation<Void, Never>] = []

    func perform(_ effect: RunEffect) async throws(EffectError) -> Payload {
        await withCheckedContinuation { held.append($0) }
        return ["id": "x"]
    }

    var count: Int { held.count }
    func open() {
        for continuation in held { continuation.resume() }
    }
}

func residentBytes() -> Int {
    let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
    return (Int(text.split(separator: " ").dropFirst().first ?? "") ?? 0) * 4096
}

let calls = CommandLine.arguments.count > 1 ? Int(CommandLine.arguments[1]) ?? 100_000 : 100_000
let runs = CommandLine.arguments.count > 2 ? Int(CommandLine.arguments[2]) ?? 1000 : 1000
var limits = ScriptLimits()
limits.effectsMax = calls + 10
let script = """
    job { name = 'calls', run = function(run)
      for i = 1, \(calls) do client.getCustomer { id = 'acme', amount = i, note = 'a call that completes at once' } end
    end }
    job { name = 'now', run = function(run) for i = 1, \(calls) do time.now() end end }
    job { name = 'wait', run = function(run) return client.getCustomer { id = run.id }.id end }
    """
let host = try JobHost([ScriptSource(name: "a.lua", text: script)], ScriptLoader(limits: limits))
let customer: Payload = ["id": "acme", "name": "Acme", "metadata": ["tier": "gold"], "balance": .number("12.5")]
try measureRules(events: 500_000)
for (job, answer) in [("calls", customer), ("now", "2026-10-01T00:00:00Z")] {
    let start = ContinuousClock.now
    let end = await host.start(job: job, run: ["id": "r"], seed: 1, effects: Instant(answer: answer))
    let time = ContinuousClock.now - start
    let name = job == "now" ? "time.now() in a job" : "a call of a job that completes at once"
    print("\(name): \(microseconds(time / calls)) µs   target 5 µs\(end == .finished(.null) ? "" : ", \(end)")")
}
let gate = Gate()
let before = residentBytes()
await withTaskGroup(of: Void.self) { group in
    for index in 0..<runs {
        group.addTask {
            let end = await host.start(job: "wait", run: ["id": .string("run-\(index)")], seed: 1, effects: gate)
            if end != .finished("x") { print("\(end)") }
        }
    }
    while await gate.count < runs { await Task.yield() }
    print(
        "\(runs) waiting runs: \((residentBytes() - before) / 1024) KiB resident, \(await host.memoryUsed / 1024) KiB in Lua, without a store"
    )
    await gate.open()
}
