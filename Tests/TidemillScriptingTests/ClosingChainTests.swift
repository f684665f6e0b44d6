import CLuaSupport
import Foundation
import Testing
import TidemillCore
import TidemillOperations
import TidemillScripting

/// Goal: coroutines that close each other never use up the native stack, which would end the process, wherever a script
/// runs. Method: chains far longer than the stack, in each form in which a close can run, with the library's own nesting in
/// between; each must come to an end that the script can go on after.
@Suite struct ClosingChainTests {
    /// `deep(n, f)` calls f below n calls of the library.
    private static let prelude = """
        local function deep(n, f)
          if n == 0 then return f() end
          return (("x"):gsub("x", function() deep(n - 1, f) return "y" end))
        end
        local function format(n, f)
          if n == 0 then return f() end
          return string.format("%s", setmetatable({}, { __tostring = function() format(n - 1, f) return "z" end }))
        end
        local function closing(f) return setmetatable({}, { __close = f }) end
        local function chain(links, body)
          local c = coroutine.create(function() end)
          for i = 1, links do
            local previous = c
            c = coroutine.create(function() body(function() coroutine.close(previous) end) end)
            coroutine.resume(c)
          end
          return c
        end

        """

    static let chains: [String] = [
        "coroutine.close(chain(6000, function(f) local x <close> = closing(f) coroutine.yield() end))",
        "coroutine.close(chain(6000, function(f) local x <close> = closing(function() pcall(f) end) coroutine.yield() end))",
        "coroutine.close(chain(6000, function(f) for _ in function() return 1 end, nil, nil, closing(f) do coroutine.yield() end end))",
        "coroutine.close(chain(6000, function(f) local x <close> = closing(f) error('no') end))",
        "coroutine.close(chain(6000, function(f) local x <close> = closing(function() f() error('more') end) coroutine.yield() end))",
        "coroutine.close(chain(1500, function(f) local x <close> = closing(function() deep(60, f) end) coroutine.yield() end))",
        "coroutine.close(chain(1500, function(f) local x <close> = closing(function() format(80, f) end) coroutine.yield() end))",
        "coroutine.close(chain(6000, function(f) local x <close> = closing(function() coroutine.resume(coroutine.create(f)) end) coroutine.yield() end))",
        """
        coroutine.close(chain(6000, function(f)
          local x <close> = closing(function()
            pcall(coroutine.wrap(function() local y <close> = closing(f) error('x') end))
          end)
          coroutine.yield()
        end))
        """,
    ]

    private static let limits = ScriptLimits(ruleTime: .seconds(10))

    @Test(arguments: chains)
    func `a mapping ends and the next event is served`(chain: String) throws {
        let rules = try Rules(
            "\(Self.prelude)mapping { name = 'm', map = function(event) \(chain) return { dimensions = { x = 1 } } end }",
            limits: Self.limits)
        for _ in 0..<2 { #expect(try rules.apply(Event()) == .mapped([.init(dimensions: ["x": .integer(1)])])) }
    }

    @Test(arguments: chains)
    func `a job ends and the next run begins`(chain: String) async throws {
        let jobs = try Jobs("\(Self.prelude)job { name = 'j', run = function(run) \(chain) return 1 end }")
        for _ in 0..<2 { #expect(await jobs.run() == .finished(1)) }
    }

    @Test(arguments: chains)
    func `a policy decides`(chain: String) throws {
        let host = try PolicyHost(
            [
                ScriptSource(
                    name: "a.lua",
                    text:
                        "\(Self.prelude)recharge { name = 'p', currency = 'c', decide = function(w) \(chain) return { amount = 1 } end }"
                )
            ], ScriptLoader(limits: Self.limits, clock: Rules.clock))
        let now = try #require(Timestamp(rfc3339: "2026-11-21T23:30:00Z"))
        let decision = try host.decideRecharge("p", wallet: ["balance": 5], now: now, consumed: { _ in 0 })
        #expect(decision?.purchase == .amount(try Amount(parsing: "1")))
    }

    @Test(arguments: chains)
    func `a file loads`(chain: String) throws {
        let rules = try Rules(
            "\(Self.prelude)\(chain)\nmapping { name = 'm', map = function(event) return { dimensions = { x = 1 } } end }"
        )
        #expect(try rules.apply(Event()) == .mapped([.init(dimensions: ["x": .integer(1)])]))
    }

    @Test func `the hundredth close below another is refused and says why`() async throws {
        let end = try await Jobs(
            """
            \(Self.prelude)
            job { name = 'j', run = function(run)
              local deepest, message, count = 0, nil, 0
              local c = chain(150, function(f) local x <close> = closing(function()
                count = count + 1
                local ok, why = pcall(f)
                if not ok then message = why end
              end) coroutine.yield() end)
              local ok = coroutine.close(c)
              return { ok, count, message }
            end }
            """
        ).run()
        #expect(
            end
                == .finished([
                    true, 100, "scripts/a.lua:14: C stack overflow: too many coroutines that close each other",
                ]))
    }
}
