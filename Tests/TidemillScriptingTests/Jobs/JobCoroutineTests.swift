import Testing
import TidemillOperations
import TidemillScripting

/// Goal: scripts' own coroutines work as ever while calls inside of them wait for the host. Method: effects at every
/// depth, between yields of the script's own, and coroutines that are handed from one run to another.
@Suite struct JobCoroutineTests {
    @Test func `a call inside of coroutines passes through them`() async throws {
        let effects = ScriptedEffects { effect in ["id": effect.arguments["id"] ?? .null] }
        let end = try await Jobs(
            body: """
                local function get(id) return client.getCustomer { id = id }.id end
                local co = coroutine.wrap(function(a)
                  local b = coroutine.yield(a .. get('1'))
                  local inner = coroutine.create(function(x)
                    local y = coroutine.yield(x .. get('2'))
                    error({ code = 'MINE', message = y .. get('3') })
                  end)
                  local _, first = coroutine.resume(inner, b)
                  coroutine.yield(first)
                  local ok, e = coroutine.resume(inner, 'y')
                  return tostring(ok) .. e.message .. coroutine.status(inner)
                end)
                local one, two, three = co('a'), co('b'), co()
                local isMain = select(2, coroutine.running())
                return { one, two, three, isMain, coroutine.isyieldable() }
                """
        ).run("j", effects)
        #expect(end == .finished(["a1", "b2", "falsey3dead", true, false]))
        #expect(effects.asked.count == 3)
    }

    @Test func `an error inside of wrapped coroutines keeps its place and code`() async throws {
        let end = try await job(
            """

            coroutine.wrap(function()
              client.getCustomer {}
            end)()
            """
        ) { _ throws(EffectError) in throw .raised(code: "Broken", message: "no") }
        #expect(end.failure?.code == "Broken" && end.failure?.message == "Broken: no")
        #expect(end.failure?.file == "scripts/a.lua")
    }

    /// A file's locals are shared by the runs of a state; what waits in one run is nobody else's.
    @Test func `what waits in one run cannot be resumed by another`() async throws {
        let jobs = try Jobs(
            """
            local kept = {}
            job { name = 'a', run = function(run)
              kept.main = coroutine.running()
              kept.co = coroutine.create(function() return client.getCustomer { id = 'secret' }.id end)
              return select(2, coroutine.resume(kept.co))
            end }
            job { name = 'b', run = function(run)
              local result = {}
              for _, what in ipairs { 'co', 'main' } do
                for _, how in ipairs { 'resume', 'close' } do
                  local ok, message = pcall(coroutine[how], kept[what])
                  result[#result + 1] = message
                end
              end
              local wrapped = coroutine.wrap(function() return coroutine.resume(kept.co) end)
              result[#result + 1] = select(2, pcall(wrapped))
              return result
            end }
            """)
        let gate = Gate()
        let waiting = ScriptedEffects { _ in
            await gate.pass()
            return ["id": "secret"]
        }
        async let first = jobs.run("a", waiting)
        await gate.waitFor(1)
        #expect(
            await jobs.run("b")
                == .finished([
                    "cannot resume a coroutine that waits for a call", "cannot close a coroutine that waits for a call",
                    "cannot resume a coroutine that waits for a call", "cannot close a coroutine that waits for a call",
                    "scripts/a.lua:15: cannot resume a coroutine that waits for a call",
                ]))
        await gate.open()
        #expect(await first == .finished("secret"))
    }

    @Test func `a coroutine that computes in turns is not lost on the way`() async throws {
        // Long enough for several turns of 5 ms; the sums are those of 1…n.
        let end = try await job(
            """
            local function sum(n) local s = 0 for i = 1, n do s = s + i end return s end
            local co = coroutine.wrap(function()
              local inner = coroutine.wrap(function() coroutine.yield(sum(3000000)) return sum(1000000) end)
              coroutine.yield(inner() + inner())
              return pcall(sum, 2000000)
            end)
            local a = co()
            local ok, b = co()
            return { a, ok, b, sum(1000000) }
            """)
        #expect(end == .finished([5_000_002_000_000, true, 2_000_001_000_000, 500_000_500_000]))
    }
}
