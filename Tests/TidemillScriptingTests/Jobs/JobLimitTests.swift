import Testing
import TidemillOperations
import TidemillScripting

/// Time, memory and the number of calls; what stops one run leaves the others of its state alone.
@Suite struct JobLimitTests {
    @Test func `processor time counts over all segments`() async throws {
        let limits = ScriptLimits(jobTime: .milliseconds(100))
        let effects = ScriptedEffects()
        let end = try await Jobs(
            body: """
                for i = 1, 1000000 do
                  for i = 1, 100000 do end
                  time.now()
                end
                """, limits: limits
        ).run("j", effects)
        guard case .timedOut(let failure?) = end else {
            Issue.record("\(end)")
            return
        }
        #expect(failure.message == "used more than 100 ms of processor time")
        #expect(failure.file == "scripts/a.lua" && (1...3).contains(failure.line))
        // Each segment alone is far below the limit.
        #expect(effects.effects.count > 5)
    }

    @Test func `a run makes so many calls and no more`() async throws {
        var limits = ScriptLimits()
        limits.effectsMax = 10
        let end = try await job("for i = 1, 11 do time.now() end", limits: limits)
        #expect(end.failure?.message == "time.now: a run may make 10 calls; split the job, or use later")
    }

    @Test func `an answer that is too large is an error`() async throws {
        var limits = ScriptLimits()
        limits.valueMax = 1000
        let end = try await job("client.getCustomer {}", limits: limits) { _ in
            .string(String(repeating: "x", count: 2000))
        }
        #expect(
            end.failure?.description
                == "scripts/a.lua:1: answer_too_large: the answer is too large; ask for less at once")
    }

    @Test func `a waiting run is dropped at once and never goes on`() async throws {
        let jobs = try Jobs(
            body:
                "local x <close> = setmetatable({}, { __close = function() log.info('closed') end }) time.now() log.info('went on') emit('x')"
        )
        let gate = Gate()
        for reason in [RunControl.Reason.timedOut, .cancelled] {
            let gate = Gate()
            let effects = ScriptedEffects { _ in
                await gate.pass()
                return "2026-10-01T00:00:00Z"
            }
            let control = RunControl()
            async let end = jobs.run("j", effects, control: control)
            await gate.waitFor(1)
            control.stop(reason)
            #expect(await end == (reason == .timedOut ? .timedOut(nil) : .cancelled))
            // Its effect comes back to nobody.
            await gate.open()
            #expect(await jobs.run("j", ScriptedEffects()) == .finished(.null))
            #expect(effects.effects.count == 1 && effects.logged.isEmpty)
        }
        await gate.open()
    }

    @Test func `a computing run is stopped where it is`() async throws {
        let jobs = try Jobs(body: "time.now()\nwhile true do pcall(function() while true do end end) end")
        for reason in [RunControl.Reason.timedOut, .cancelled] {
            let control = RunControl()
            let effects = ScriptedEffects { _ in "now" }
            async let end = jobs.run("j", effects, control: control)
            // It takes turns with others, so that others get in.
            #expect(await jobs.run("none").failure != nil)
            control.stop(reason)
            switch await end {
            case .cancelled: #expect(reason == .cancelled)
            case .timedOut(let failure): #expect(reason == .timedOut && (failure?.line ?? 2) == 2)
            case let other: Issue.record("\(other)")
            }
        }
    }

    @Test func `cancelling the task that waits stops the run`() async throws {
        let jobs = try Jobs(body: "while true do time.now() end")
        let task = Task { await jobs.run("j", ScriptedEffects { _ in "now" }) }
        task.cancel()
        #expect(await task.value == .cancelled)
        let control = RunControl()
        control.stop()
        #expect(await jobs.run("j", control: control) == .cancelled)
    }

    @Test func `an abandoned run ends without a word to the script`() async throws {
        let effects = ScriptedEffects { effect throws(EffectError) in throw .abandoned("the journal is full") }
        let end = try await Jobs(body: "pcall(time.now) log.info('went on')").run("j", effects)
        #expect(end == .abandoned("the journal is full"))
        #expect(effects.logged.isEmpty)
    }

    @Test func `a run without memory ends and the others go on`() async throws {
        let jobs = try Jobs(
            """
            job { name = 'hoard', run = function() local t = {}
              for i = 1, 1e9 do t[i] = { i } end end }
            job { name = 'j', run = function() local s = 'kept' time.now() return s .. #tostring({}) end }
            """, limits: ScriptLimits(memory: 4 << 20))
        let gate = Gate()
        let effects = ScriptedEffects { _ in
            await gate.pass()
            return "now"
        }
        async let other = jobs.run("j", effects)
        await gate.waitFor(1)
        for _ in 0..<5 {
            let end = await jobs.run("hoard")
            guard case .outOfMemory(let failure) = end else {
                Issue.record("\(end)")
                continue
            }
            #expect(
                failure.description
                    == "scripts/a.lua:2: not enough memory: the scripts of a state may hold 4 MiB")
        }
        await gate.open()
        #expect(await other == .finished("kept5"))
    }

    @Test func `one thousand runs wait in one state, in little memory`() async throws {
        let jobs = try Jobs(
            body: """
                local data = {}
                for i = 1, 20 do data[i] = run.id .. i end
                local answer = client.getCustomer { id = run.id }
                return answer.id == run.id and data[20] == run.id .. 20
                """)
        let gate = Gate()
        let effects = ScriptedEffects { effect in
            await gate.pass()
            return ["id": effect.arguments["id"] ?? .null]
        }
        let before = await jobs.host.memoryUsed
        let finished = await withTaskGroup(of: RunEnd.self) { group in
            for index in 0..<1000 {
                group.addTask { await jobs.run("j", effects, run: ["id": .string("run-\(index)")]) }
            }
            await gate.waitFor(1000)
            let used = await jobs.host.memoryUsed - before
            #expect(used < 20 << 20, "\(used) bytes")
            await gate.open()
            return await group.reduce(into: 0) { count, end in count += end == .finished(true) ? 1 : 0 }
        }
        #expect(finished == 1000)
    }

    @Test func `runs that compute take turns with those that wait`() async throws {
        let jobs = try Jobs(
            """
            job { name = 'long', run = function() while true do end end }
            job { name = 'j', run = function() return time.now() end }
            """)
        let control = RunControl()
        async let long = jobs.run("long", control: control)
        // Each of these would wait for a minute were the long one not interrupted.
        for _ in 0..<5 { #expect(await jobs.run("j", ScriptedEffects { _ in "now" }) == .finished("now")) }
        control.stop()
        #expect(await long == .cancelled)
    }

    @Test func `what cannot be interrupted ends after a second`() async throws {
        let end = try await job("\ntable.sort({ 1, 2, 3 }, function() while true do end end)")
        #expect(
            end.failure?.description
                == "scripts/a.lua:2: computed for a second inside one call of the library, which holds up other runs; do less in it: a sort of fewer items, a simpler pattern"
        )
        guard case .timedOut = end else {
            Issue.record("\(end)")
            return
        }
    }
}
