import Testing
import TidemillOperations
import TidemillScripting

/// Goal: a run whose answers are kept can be repeated. Method: a job that walks tables, draws numbers, sorts and formats
/// is run twice in states of its own (each with another seed of Lua's string hash) against the same answers; all it asks
/// for must be equal.
@Suite struct JobDeterminismTests {
    private static let script = """
        job { name = 'j', run = function(run)
          local t = {}
          for i = 1, 200 do t['key-' .. i * 7919 % 1000] = i end
          for i = 1, 20 do t[i * 3] = i t[i / 8 + 0.01] = i end
          t[true], t[false], t[{}] = 1, 2, 3
          local order = {}
          for k, v in pairs(t) do order[#order + 1] = tostring(k) .. '=' .. tostring(v) end
          emit('order', order)
          local first = {}
          local k = nil
          for i = 1, 50 do k = next(t, k) first[i] = tostring(k) end
          emit('next', first)
          for i = 1, 5 do emit('random', { math.random(), math.random(6), math.random(-5, 5), math.random(0) }) end
          math.randomseed(42)
          emit('seeded', math.random(1000000))
          local list = {}
          for i = 1, 100 do list[i] = { n = i % 7, i = i } end
          table.sort(list, function(a, b) return a.n < b.n end)
          emit('sorted', list)
          emit('texts', { tostring({}), tostring(print), ('%s'):format(coroutine.create(print)), time.now() })
          if client.getCustomer { id = 'x' }.isNew then emit('new') end
          for k in pairs(client.getCustomer { id = 'y' }) do emit('member', k) end
        end }
        """

    private static func asked(seed: UInt64 = 7) async throws -> [String] {
        let effects = ScriptedEffects { effect in
            switch effect.request {
            case .now: "2026-10-01T00:00:00Z"
            case .client: ["isNew": true, "b": 1, "a": 2, "c": 3]
            default: .null
            }
        }
        #expect(try await Jobs(script).run("j", effects, seed: seed) == .finished(.null))
        return effects.asked
    }

    @Test func `the same run with the same answers asks for the same`() async throws {
        let first = try await Self.asked()
        for _ in 0..<3 { #expect(try await Self.asked() == first) }
        #expect(try await Self.asked(seed: 8) != first)
        #expect(
            first.suffix(4) == [
                #"emit["member","a",null]"#, #"emit["member","b",null]"#, #"emit["member","c",null]"#,
                #"emit["member","isNew",null]"#,
            ])
    }

    @Test func `keys come as numbers, strings, booleans, and one object last`() async throws {
        let end = try await job(
            """
            local t = { 10, 20, 30, z = 1, a = 2, ab = 3, [2.5] = 4, [-1] = 5, [1e300] = 6, [true] = 7, [false] = 8, [print] = 9 }
            local order, next_order = {}, {}
            for k, v in pairs(t) do order[#order + 1] = v if k == 'a' then t.ab = nil end end
            local k, v = next(t)
            while k ~= nil do next_order[#next_order + 1] = v k, v = next(t, k) end
            return { order, next_order, next({}) == nil }
            """)
        #expect(
            end
                == .finished([
                    [5, 10, 20, 4, 30, 6, 2, 1, 8, 7, 9], [5, 10, 20, 4, 30, 6, 2, 1, 8, 7, 9], true,
                ]))
    }

    /// Of xoshiro256** seeded by splitmix64, computed apart from this code.
    @Test func `random numbers are those of the seed`() async throws {
        let end = try await Jobs(body: "return { math.random(0), math.random(0), math.random(0) }").run("j", seed: 42)
        #expect(end == .finished([1546998764402558742, 6990951692964543102, -5902157311460992607]))
    }
}
