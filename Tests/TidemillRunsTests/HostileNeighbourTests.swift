import Testing
import TidemillCore
import TidemillOperations
import TidemillRuns
import TidemillScripting
import TidemillTestSupport

/// A job that is inside one call which does not end holds up no other: those begin in another state.
///
/// Method: the hostile run has an hour of processor time, and is stopped by the test when the others are done. If they
/// waited for it, the test would take that hour.
@Suite(.serialized) struct HostileNeighbourTests {
    /// One of each family that keeps the processor: in Lua's instructions, where runs take turns, and inside of the
    /// library, where nothing interrupts.
    static let bodies = [
        "while true do end",
        "while true do pcall(function() while true do end end) end",
        "local co = coroutine.wrap(function() while true do end end) co()",
        "xpcall(function() while true do end end, function() while true do end end)",
        "local x <close> = setmetatable({}, { __close = function() while true do end end }) error('x')",
        "local t = setmetatable({}, { __index = function() while true do end end }) return t.x",
        "table.sort({ 1, 2, 3 }, function() while true do end end)",
        "return (('x'):rep(10):gsub('x', function() while true do end end))",
        "local s = ('a'):rep(1000000) s:find(('a*'):rep(30) .. 'b')",
        "local s = ('a'):rep(1000000) s:gsub('(.-)b', '')",
        "table.concat(setmetatable({}, { __len = function() return 1 << 60 end, __index = function() return 'x' end }))",
        "table.move({}, 1, 1 << 60, 2)",
        "while true do pcall(function() local s = 'x' while true do s = s .. s end end) end",
        "while true do time.now() end",
    ]

    @Test(.timeLimit(.minutes(15)), arguments: bodies)
    func `other jobs begin and end while it goes on`(_ body: String) async throws {
        let kit = try RunKit(
            """
            job { name = "bad", on = "go", retries = { max = 0 }, timeout = "1h", run = function(run)
              log.info("in it")
              \(body)
            end }
            job { name = "good", on = "go", run = function(run)
              state.set("n", (state.get("n") or 0) + 1)
              return "done"
            end }
            """, limits: ScriptLimits(jobTime: .seconds(3600)))
        for number: Int64 in 0..<3 { try kit.webhook(["type": "go", "n": .integer(number)]) }
        while try RunTriggers(kit.tools).take(now: kit.clock.now).causes > 0 {}
        let runs = Runs(kit.tools)
        let claimed = try runs.claim(now: kit.clock.now, limit: 10, owner: "w")
        #expect(claimed.count == 6)
        // One of the hostile ones: with all states inside of one there is none left to go on.
        let bad = try #require(claimed.first { $0.run.name == "bad" })
        let good = claimed.filter { $0.run.name == "good" }
        let control = RunControl()
        let sleep: @Sendable (Duration) async throws -> Void = { _ in try await Task.sleep(for: .seconds(3600)) }
        async let hostile = runs.perform(bad, control: control, sleep: sleep)
        let ends = await withTaskGroup { group in
            for run in good {
                group.addTask { await runs.perform(run, control: RunControl(), sleep: sleep).outcome }
            }
            var ends: [RunAttempt.Outcome] = []
            for await end in group { ends.append(end) }
            return ends
        }
        #expect(ends == [.done, .done, .done])
        control.stop()
        // One that ran out of memory, of calls, or of what a single call may take has ended by itself.
        let end = await hostile.outcome
        let why = try kit.run(bad.run.id)?.message ?? ""
        #expect([.cancelled, .failed, .memory, .timeout].contains(end), "\(end): \(why)")
    }

    @Test func `a run that is stopped before any state has come to it ends at once`() async throws {
        let kit = try RunKit(
            """
            job { name = "bad", on = "go", run = function() table.sort({ 1, 2, 3 }, function() while true do end end) end }
            """, limits: ScriptLimits(jobTime: .seconds(3600)))
        // As many as there are states, and one more.
        let ids = try (0..<3).map { _ in try kit.fire("bad") }
        let runs = Runs(kit.tools)
        let claimed = try runs.claim(now: kit.clock.now, limit: 10, owner: "w")
        #expect(Set(claimed.map(\.run.id)) == Set(ids))
        let controls = claimed.map { _ in RunControl() }
        await withTaskGroup { group in
            for (run, control) in zip(claimed, controls) {
                group.addTask {
                    await runs.perform(run, control: control) { _ in try await Task.sleep(for: .seconds(3600)) }
                        .outcome
                }
            }
            // In whatever state they are.
            for control in controls.reversed() { control.stop() }
            for await end in group { #expect(end == .cancelled) }
        }
    }
}
