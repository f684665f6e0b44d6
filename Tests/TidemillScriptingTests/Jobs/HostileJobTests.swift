import Testing
import TidemillCore
import TidemillOperations
import TidemillScripting
import TidemillTestSupport

/// The families of hostile scripts, inside of jobs and policies. Each must end by its limit, as the failure that it is,
/// and leave its state fit for the next.
@Suite(.serialized) struct HostileJobTests {
    typealias Case = HostileRuleTests.Case

    /// What jobs have beyond rules: their own order of keys, calls, states of other runs.
    static let ofJobs = [
        "local t = {} for i = 1, 30000 do t['k' .. i] = i end while true do for k in pairs(t) do end end",
        "local t = {} for i = 1, 30000 do t['k' .. i] = i end local k = next(t) while k do k = next(t, k) end while true do next(t) end",
        "local t = {} for i = 1, 60 do t[('x'):rep(1000000 - i)] = i end while true do for k in pairs(t) do end end",
        "while true do pcall(time.now) end",
        "while true do pcall(client.getCustomer, { a = print }) end",
        "while true do client.try.getCustomer {} end",
        "for c in client.each.listCustomers {} do end while true do end",
        "local co = coroutine.wrap(function() while true do time.now() end end) while true do co() end",
        "table.sort({ 1, 2, 3 }, function() while true do end end)",
        "local x <close> = setmetatable({}, { __close = function() while true do time.now() end end }) error('x')",
        "local function f() return f(time.now()) end f()",
        "while true do math.random(1, 1 << 62) end",
        "local s = { } while true do s[#s + 1] = coroutine.create(function() time.now() end) coroutine.resume(s[#s]) end",
        "return run.checkpoint(setmetatable({}, { __index = function() while true do end end, __pairs = error })) or error(run)",
        "local t = setmetatable({}, { __pairs = function() while true do end end }) for k in pairs(t) do end",
    ].map { Case(body: $0, codes: [], limit: .milliseconds(50)) }

    @Test(arguments: HostileRuleTests.all + ofJobs)
    func `a hostile job is stopped and the next run is served`(_ hostile: Case) async throws {
        var limits = ScriptLimits(jobTime: .milliseconds(100))
        limits.effectsMax = 2000
        let jobs = try Jobs(
            """
            job { name = 'bad', run = function(run)
              \(hostile.body)
            end }
            job { name = 'j', run = function() return time.now() end }
            """, limits: limits)
        let end = await jobs.run("bad")
        if !hostile.codes.isEmpty {
            switch end {
            case .timedOut, .outOfMemory: break
            // An error that nobody catches ends a run where it is: no closing variable runs after it.
            case .failed(let failure) where failure.message == "x": break
            default: Issue.record("\(end)")
            }
        }
        if let failure = end.failure {
            #expect(failure.file == "scripts/a.lua" && failure.line > 0, "\(failure)")
            #expect(failure.message.utf8.count <= 8192)
        }
        #expect(await jobs.run("j", ScriptedEffects { _ in "now" }) == .finished("now"))
    }

    @Test(arguments: HostileRuleTests.all)
    func `a hostile policy is stopped, buys nothing, and the next is asked`(_ hostile: Case) throws {
        let host = try PolicyHost(
            [
                ScriptSource(
                    name: "a.lua",
                    text: """
                        recharge { name = 'bad', currency = 'a', decide = function(wallet)
                          \(hostile.body)
                        end }
                        recharge { name = 'good', currency = 'b', decide = function(wallet) return { amount = 5 } end }
                        """)
            ], ScriptLoader(limits: ScriptLimits(ruleTime: .milliseconds(50)), clock: Rules.clock))
        do {
            let decision = try host.decideRecharge("bad", wallet: [:], now: Rules.clock.now) { _ in 0 }
            #expect(decision == nil && hostile.codes.isEmpty)
        } catch {
            // Which of the two limits is met first depends on the machine.
            if !hostile.codes.isEmpty { #expect(error.kind == .timeout || error.kind == .memory, "\(error)") }
            #expect(error.file == "scripts/a.lua" && error.line > 0)
        }
        let next = try host.decideRecharge("good", wallet: [:], now: Rules.clock.now) { _ in 0 }
        #expect(next?.purchase == .amount(Amount(5)))
    }

    static let raised: [(body: String, message: String)] = [
        ("error()", "the script raised nil instead of a message"),
        (
            "local t = {} t.t = t error(t)",
            "the script raised a table without a message; raise a string, or give the table a 'message'"
        ),
        ("error({ message = 'own' })", "own"),
        (
            "error(setmetatable({}, { __tostring = function() error('again') end }))",
            "the script raised a value whose __tostring fails"
        ),
        (
            "error(setmetatable({}, { __tostring = function() return client.getCustomer {} end }))",
            "the script raised a value whose __tostring fails"
        ),
        (
            "error(setmetatable({}, { __tostring = function() while true do end end }))",
            "the script raised a value that cannot be made a text within the limits"
        ),
        (
            "error(setmetatable({}, { __index = function() while true do end end }))",
            "the script raised a value that cannot be made a text within the limits"
        ),
    ]

    @Test(arguments: raised)
    func `any error object ends as a message`(_ body: String, _ message: String) async throws {
        let end = try await job("\n" + body)
        guard case .failed(let failure) = end else {
            Issue.record("\(end)")
            return
        }
        #expect(failure.message == message && failure.line == 2)
    }
}
