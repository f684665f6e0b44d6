import Synchronization
import Testing
import TidemillCore
import TidemillOperations
import TidemillScripting

/// What recharge policies and grant rules may answer, and that nothing else is ever a charge or a grant.
@Suite struct DecisionTests {
    private static let now = Timestamp(rfc3339: "2026-11-21T23:30:00Z")!

    private func recharge(
        _ body: String, wallet: Payload = ["balance": 5, "now": "2026-11-21T23:30:00Z"],
        consumed: @escaping WalletConsumption = { _ in 0 }, lookup: ScriptLookup? = nil
    ) throws -> RechargeDecision? {
        let host = try PolicyHost(
            [
                ScriptSource(
                    name: "a.lua",
                    text: "recharge { name = 'p', currency = 'c', decide = function(wallet)\n\(body)\nend }")
            ], ScriptLoader(clock: Rules.clock, lookup: lookup))
        #expect(host.policy(for: "c")?.name == "p" && host.policy(for: "d") == nil)
        return try host.decideRecharge("p", wallet: wallet, now: Self.now, consumed: consumed)
    }

    private func grants(_ body: String, trigger: Payload = ["customerId": "acme"]) throws -> [GrantAnswer] {
        let host = try PolicyHost(
            [
                ScriptSource(
                    name: "a.lua", text: "grant { name = 'g', on = 'x', decide = function(trigger)\n\(body)\nend }")
            ],
            ScriptLoader(clock: Rules.clock))
        return try host.decideGrant("g", trigger: trigger, now: Self.now)
    }

    @Test func `the policy of the contract decides`() throws {
        let windows = Mutex<[Duration]>([])
        let decision = try recharge(
            """
            if wallet.balance < 20 and time.parts(wallet.now, "Europe/Berlin").weekday < 8 then
              return { targetBalance = 50 + wallet.consumed("6h"), reason = "below 20", expiration = "1 month" }
            end
            """
        ) { window in
            windows.withLock { $0.append(window) }
            return .number("12.5")
        }
        #expect(decision?.purchase == .targetBalance(try Amount(parsing: "62.5")))
        #expect(decision?.reason == "below 20" && decision?.expiration == .months(1))
        #expect(windows.withLock { $0 } == [.seconds(21_600)])
        #expect(try recharge("if wallet.balance > 20 then return { amount = 1 } end") == nil)
    }

    @Test func `answers are exact, and time stands still`() throws {
        #expect(try recharge("return { amount = 0.1 + 0.2 }")?.purchase == .amount(try Amount(parsing: "0.3")))
        #expect(
            try recharge("return { amount = decimal('1.000000001') }")?.purchase
                == .amount(try Amount(parsing: "1.000000001")))
        #expect(
            try recharge("return { amount = '5.00', expiration = '30 days' }")?.expiration
                == .after(.seconds(2_592_000)))
        #expect(try recharge("return { amount = 1, reason = time.now() }")?.reason == "2026-11-21T23:30:00.000Z")
        #expect(try recharge("return { amount = 1, expiration = '1_YEAR' }")?.expiration == .months(12))
    }

    static let wrongPolicies: [(body: String, message: String)] = [
        ("return 5", "recharge \"p\": decide must return nil or a table, got a number"),
        ("return true", "recharge \"p\": decide must return nil or a table, got a boolean"),
        (
            "return {}",
            "recharge \"p\": the answer has neither 'targetBalance' nor 'amount'; return nil to buy nothing"
        ),
        (
            "return { amount = 1, targetBalance = 2 }",
            "recharge \"p\": the answer has both 'targetBalance' and 'amount'; give one"
        ),
        ("return { amonut = 1 }", "recharge \"p\": the answer has an unknown key 'amonut' (did you mean \"amount\"?)"),
        ("return { amount = 0 }", "recharge \"p\": 'amount' must be a number above 0, got 0"),
        ("return { amount = -5 }", "recharge \"p\": 'amount' must be a number above 0, got -5"),
        ("return { amount = '12abc' }", "recharge \"p\": 'amount' must be a number above 0, got \"12abc\""),
        ("return { amount = true }", "recharge \"p\": 'amount' must be a number above 0, got a boolean"),
        (
            "return { amount = 1, reason = 5 }",
            "recharge \"p\": 'reason' must be a string of at most 1024 bytes, got a number"
        ),
        (
            "return { amount = 1, expiration = 'soon' }",
            "recharge \"p\": 'expiration' must be an instant, or a time such as \"30 days\", \"1 month\" or \"1 year\""
        ),
        ("return { amount = 0/0 }", "decide: 'amount' is not a number (NaN); check the division that made it"),
        ("return { amount = 1/0 }", "decide: 'amount' is infinite; check the division that made it, or use decimal"),
        ("return { amount = 2^63 }", "decide: 'amount' is a float of 2^53 or more, which has lost digits; use decimal"),
        (
            "return { amount = 9223372036854775807 }",
            "recharge \"p\": 'amount' must be a number above 0, got 9223372036854775807"
        ),
        ("return { amount = print }", "decide: 'amount' must be a plain value, got a function"),
        ("return print", "decide: 'the answer' must be a plain value, got a function"),
        ("local t = {} t.amount = t return t", "decide: 'amount' is nested too deeply (does a table contain itself?)"),
    ]

    @Test(arguments: wrongPolicies)
    func `a nonsensical answer is a failure and never a charge`(_ body: String, _ message: String) throws {
        let failure = #expect(throws: ScriptFailure.self) { try recharge(body) }
        #expect(failure?.kind == .answer)
        #expect(failure?.message == message)
        #expect(failure?.file == "scripts/a.lua" && failure?.line == 1)
    }

    static let failing: [(body: String, description: String)] = [
        ("error('broke')", "scripts/a.lua:2: broke"),
        ("return wallet.nothing.x", "scripts/a.lua:2: attempt to index a nil value (field 'nothing')"),
        ("while true do end", "scripts/a.lua:2: used more than 50 ms of processor time"),
        (
            "wallet.consumed('soon')",
            "scripts/a.lua:2: BadUserInput: wallet.consumed: the window must be a length of time such as \"30s\", \"10m\", \"24h\" or \"3 days\""
        ),
        (
            "wallet.consumed(5)",
            "scripts/a.lua:2: wallet.consumed takes a window such as \"6h\" or \"7 days\", got number"
        ),
        (
            "client.grantCredits {}",
            "scripts/a.lua:2: client.grantCredits is not available here: operations are called in jobs; policies and grant rules decide only"
        ),
        (
            "emit('x')",
            "scripts/a.lua:2: emit is not available here: it belongs to jobs; policies and grant rules decide only"
        ),
        (
            "math.random()",
            "scripts/a.lua:2: math.random is not available in policies and grant rules: the same input must always give the same answer"
        ),
    ]

    @Test(arguments: failing)
    func `a policy that fails says where`(_ body: String, _ description: String) throws {
        let failure = #expect(throws: ScriptFailure.self) { try recharge(body) }
        #expect(failure?.description == description)
    }

    @Test func `a wallet is good for its own decision`() throws {
        let host = try PolicyHost(
            [
                ScriptSource(
                    name: "a.lua",
                    text: """
                        local kept
                        recharge { name = 'p', currency = 'c', decide = function(wallet)
                          if not kept then kept = wallet return end
                          return { amount = kept.consumed('1h') }
                        end }
                        """)
            ], ScriptLoader(clock: Rules.clock))
        #expect(try host.decideRecharge("p", wallet: [:], now: Self.now) { _ in 1 } == nil)
        let failure = #expect(throws: ScriptFailure.self) {
            try host.decideRecharge("p", wallet: [:], now: Self.now) { _ in 1 }
        }
        #expect(failure?.description == "scripts/a.lua:4: wallet.consumed belongs to a decision that is over")
    }

    @Test func `an error of the host reaches the script`() throws {
        let decision = try recharge(
            "local ok, e = pcall(wallet.consumed, '1h') return { amount = 1, reason = e.code .. '/' .. e.message }"
        ) { _ throws(EffectError) in throw .raised(code: "Busy", message: "later") }
        #expect(decision?.reason == "Busy/later")
    }

    @Test func `lookups answer at once, in rules and in policies`() throws {
        let lookup: ScriptLookup = { request in
            switch request {
            case .customer("acme"): ["id": "acme", "metadata": ["tier": "gold"], "name": .null]
            case .entitlement(let customer, let feature): ["customer": .string(customer), "feature": .string(feature)]
            default: .null
            }
        }
        let decision = try recharge(
            """
            local gold = lookup.customer('acme').metadata.tier
            return { amount = 1, reason = gold .. lookup.entitlement('a', 'f').feature .. tostring(lookup.customer('x')) }
            """, consumed: { _ in 0 }, lookup: lookup)
        #expect(decision?.reason == "goldfnil")
        let thread = DedicatedThread()
        let rules = try ScriptLoader(clock: Rules.clock, lookup: lookup).load(
            [
                ScriptSource(
                    name: "a.lua",
                    text:
                        "filter { name = 'f', keep = function(event) return lookup.customer(event.customerId) ~= nil, 'unknown' end }"
                )
            ], on: thread)
        let known = try thread.wait { rules.apply(Event()) }
        let unknown = try thread.wait {
            var stranger = Event()
            stranger.customer = "who"
            return rules.apply(stranger)
        }
        #expect(known == .unchanged)
        #expect(unknown == .filtered(rule: 0, reason: "unknown"))
    }

    // MARK: - Grant rules

    @Test func `a grant rule answers a list of grants with their keys`() throws {
        let answers = try grants(
            """
            return { { customerId = trigger.customerId, featureId = 'feature-tokens', period = '1 month', usageLimit = 100000, key = 'welcome' },
                     { customerId = trigger.customerId, currencyId = 'credits-ai', amount = 0.5 } }
            """)
        #expect(answers.map(\.kind) == [.promotionalEntitlement, .credits])
        #expect(answers.map(\.key) == ["welcome", nil])
        #expect(answers.map(\.customerID) == ["acme", "acme"])
        #expect(
            answers[0].fields == [
                "customerId": "acme", "featureId": "feature-tokens", "period": "1 month", "usageLimit": 100_000,
            ])
        #expect(answers[1].fields["amount"] == .number("0.5"))
        #expect(try grants("return nil").isEmpty && grants("return {}").isEmpty && grants("").isEmpty)
    }

    static let wrongGrants: [(body: String, message: String)] = [
        ("return 'x'", "decide must return nil or a list of grants, got a string"),
        (
            "return { customerId = 'a', featureId = 'f' }",
            "decide must return nil or a list of grants, got a table; write { { … } }"
        ),
        ("return { 5 }", "grant 1 must be a table, got a number"),
        ("return { { featureId = 'f' } }", "grant 1: 'customerId' must be a string of 1 to 255 bytes"),
        (
            "return { { customerId = 'a' } }",
            "grant 1 needs 'featureId' (a promotional entitlement) or 'currencyId' (credits), and not both"
        ),
        (
            "return { { customerId = 'a', featureId = 'f', key = 5 } }",
            "grant 1: 'key' must be a string of 1 to 255 bytes, got a number"
        ),
        (
            "local t = {} for i = 1, 1001 do t[i] = { customerId = 'a', featureId = 'f' } end return t",
            "the answer has 1001 grants; at most 1000 at once"
        ),
        (
            """
            return { { customerId = 'a', featureId = 'f' }, { customerId = 'b', featureId = 'f' },
                     { customerId = 'a', currencyId = 'c' } }
            """,
            "grants 1 and 3 for \"a\" have no key, and one is made for each customer and key; give each a 'key' of its own"
        ),
        (
            "return { { customerId = 'a', featureId = 'f', key = 'k' }, { customerId = 'a', featureId = 'g', key = 'k' } }",
            "grants 1 and 2 for \"a\" have the same key \"k\", and one is made for each customer and key; give each a 'key' of its own"
        ),
    ]

    @Test(arguments: wrongGrants)
    func `a nonsensical list grants nothing`(_ body: String, _ message: String) throws {
        let failure = #expect(throws: ScriptFailure.self) { try grants(body) }
        #expect(failure?.kind == .answer && failure?.message == "grant \"g\": \(message)")
        #expect(failure?.file == "scripts/a.lua" && failure?.line == 1)
    }
}
