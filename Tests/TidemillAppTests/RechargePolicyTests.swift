import Foundation
import Testing
import TidemillCore
import TidemillOperations
import TidemillTestSupport

/// Recharge policies in Lua, by the real program and a real payment service: whatever they answer, nobody is charged who
/// should not be.
struct RechargePolicyTests {
    private func mill(
        _ server: PaymentServer?, _ script: String, wallets: [String] = ["credits"], more: String = ""
    ) throws -> Mill {
        let payments = server.map {
            """
            [payments]
            gateway = "http"
            url = "\($0.url.absoluteString)"
            timeout = "60s"
            """
        }
        let mill = try Mill(
            scripts: ["policies.lua": script], configuration: "level = \"info\"\n\(payments ?? "")\n\(more)")
        let currencies = Set(wallets).sorted()
        for currency in currencies {
            _ = try mill.json(
                "call", "createCustomCurrency",
                #"{"id": "\#(currency)", "displayName": "Credits", "creditPrice": {"amount": 1, "currency": "usd"}}"#)
        }
        _ = try mill.json(
            "call", "provisionCustomer",
            #"{"id": "acme", "metadata": {"tier": "gold"}, "defaultPaymentMethod": {"billingId": "pm_1"}}"#)
        for currency in currencies { try enable(mill, currency) }
        return mill
    }

    private func enable(_ mill: Mill, _ currency: String = "credits") throws {
        _ = try mill.json(
            "call", "saveAutoRecharge",
            #"{"customerId": "acme", "currencyId": "\#(currency)", "isEnabled": true, "thresholdValue": 20, "targetBalance": 50, "maxSpendLimit": 500}"#
        )
    }

    private func consume(_ mill: Mill, _ amount: String, key: String) throws {
        _ = try mill.json(
            "call", "consumeCredits",
            #"{"customerId": "acme", "currencyId": "credits", "amount": \#(amount), "idempotencyKey": "\#(key)"}"#)
    }

    private func sql(_ mill: Mill, _ statement: String) throws -> [String] {
        let shell = Process()
        shell.executableURL = URL(filePath: "/usr/bin/env")
        shell.arguments = ["sqlite3", mill.folder.path("var/tidemill.db"), statement]
        let output = Pipe()
        shell.standardOutput = output
        try shell.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        shell.waitUntilExit()
        return text.split(separator: "\n").map(String.init)
    }

    @Test func `jobs shows what a policy decided last, and that it never did`() throws {
        let server = try PaymentServer()
        defer { server.stop() }
        let mill = try mill(
            server,
            "recharge { name = 'buy', currency = 'credits', decide = function(wallet) return nil end }\nrecharge { name = 'other', currency = 'gold', decide = function(wallet) return nil end }",
            wallets: ["credits"])
        let before = try mill.program.run("jobs").text
        #expect(before.contains("never"), "\(before)")
        try consume(mill, "5", key: "k")
        _ = try mill.program.run("run", "--once")
        let jobs = try mill.json("jobs").items
        let decided = jobs.first { $0["name"] == "buy" }?["lastDecision"]
        #expect(decided?["result"] == "NOTHING" && decided?["customerId"] == "acme" && decided?["policy"] == "buy")
        #expect(jobs.first { $0["name"] == "other" }?["lastDecision"] == nil)
        let shown = try mill.program.run("jobs").text.split(separator: "\n")
        #expect(shown.contains { $0.contains("buy") && $0.contains("NOTHING") })
        #expect(shown.contains { $0.contains("other") && $0.contains("never") })
    }

    @Test func `a policy replaces threshold and target, and sees the wallet of the contract`() throws {
        let server = try PaymentServer()
        defer { server.stop() }
        let mill = try mill(
            server,
            """
            recharge { name = "velocity", currency = "credits", decide = function(wallet)
              assert(wallet.customerId == "acme" and wallet.currencyId == "credits")
              assert(wallet.settings.targetBalance == 50 and wallet.settings.maxSpendLimit == 500)
              assert(wallet.customer.metadata.tier == "gold" and lookup.customer("acme").metadata.tier == "gold")
              assert(lookup.customer("nobody") == nil and #lookup.subscriptions("acme") == 0)
              assert(lookup.subscriptions("nobody") == nil and lookup.entitlement("acme", "nothing") == nil)
              assert(wallet.held == 0 and wallet.available == wallet.balance and wallet.failures == 0)
              wallet.balance = wallet.balance - 0  -- its own copy
              if wallet.lastRecharge then
                assert(wallet.lastRecharge.amount == 72.5 and wallet.spentThisMonth == 72.5)
                return nil
              end
              return { targetBalance = 40 + wallet.consumed("6h"), expiration = "30 days",
                       reason = "used " .. wallet.consumed("6h") .. " in 6 h" }
            end }
            """)
        try consume(mill, "12.5", key: "k1")
        try consume(mill, "3.75", key: "k2")
        try mill.runOnce()
        // The overdraft is −16.25, and 16.25 were used: 40 + 16.25 − (−16.25) = 72.5 credits at 1 usd.
        #expect(server.paid.map(\.amount.description) == ["72.5"])
        let balance = try mill.json("call", "getCreditBalance", #"{"customerId": "acme", "currencyId": "credits"}"#)
        #expect(balance["balance"] == .number("56.25"))
        let row = try sql(
            mill,
            """
            SELECT policy, length(script_version), reason, json_extract(inputs, '$.balance'),
              json_extract(inputs, '$.consumed.21600s') FROM recharge_decisions WHERE result = 'RECHARGE'
            """)
        #expect(row == ["velocity|64|used 16.25 in 6 h|-16.25|16.25"])
        let shown = try mill.json("recharges", "--customer", "acme", "--result", "recharge").items
        #expect(
            shown.count == 1 && shown.first?["policy"] == "velocity" && shown.first?["reason"] == "used 16.25 in 6 h")
        #expect(shown.first?["inputs"]?["consumed"]?["21600s"] == .number("16.25"))
        #expect(try mill.json("recharges", "--customer", "nobody").items.isEmpty)
        #expect(try mill.program.run("recharges", "--result", "bought").status == 2)
        // Nothing changed: nobody is asked, and nothing is bought.
        try mill.runOnce()
        #expect(server.requests.count == 1)
    }

    /// Answers that must end as a recorded failure, and what its message must hold.
    private static let hostile: [(body: String, message: String)] = [
        ("while true do end", "used more than 50 ms of processor time"),
        ("local t = {} for i = 1, 100 do t[i] = ('x'):rep(1000000) .. i end", "memory"),
        ("return { amount = 0/0 }", "not a number"),
        ("return { amount = 1/0 }", "infinite"),
        ("return { amount = 1e18 }", "policies.lua"),
        ("return { amount = 1000000000000000000 }", "must be a number above 0"),
        ("return { targetBalance = -5 }", "must be a number above 0"),
        ("return { amount = '0.0000000001' }", "must be a number above 0"),
        ("return { amount = 'many' }", "must be a number above 0"),
        ("return { amuont = 5 }", "did you mean"),
        ("return 7", "nil or a table"),
        ("return { amount = 5, expiration = '2001-01-01T00:00:00Z' }", "has passed"),
        ("return { amount = 5, expiration = 'soon' }", "'expiration' must be"),
        ("error({ code = 'X', message = 'mine' })", "mine"),
        ("error(setmetatable({}, { __tostring = function() while true do end end }))", "policies.lua"),
        ("return client.grantCredits { customerId = 'acme' }", "policies.lua"),
        ("for k in pairs(wallet) do wallet[k] = nil end return wallet.settings.targetBalance", "settings"),
        ("return { targetBalance = wallet.consumed('-1h') }", "window"),
        ("local function f() return f() .. 'x' end return f()", "policies.lua"),
        ("return string.rep('a', 1e9)", "policies.lua"),
    ]

    @Test func `hostile policies end as recorded failures, and others are recharged`() throws {
        let server = try PaymentServer()
        defer { server.stop() }
        let names = Self.hostile.indices.map { "c\($0 + 10)" }
        let policies = zip(names, Self.hostile).map { name, hostile in
            "recharge { name = '\(name)', currency = '\(name)', decide = function(wallet)\n\(hostile.body)\nend }"
        }
        let good = "recharge { name = 'good', currency = 'z', decide = function() return { amount = 9 } end }"
        let mill = try mill(
            server, (policies + [good]).joined(separator: "\n"), wallets: names + ["z"],
            more: "[limits]\nmemory = \"8MiB\"")
        try mill.runOnce(expecting: 1)
        #expect(server.paid.map(\.amount.description) == ["9"])
        let status = try mill.json("status", status: 1)["recharges"]
        #expect(status?["policiesFailing"]?.count == Int64(names.count))
        var messages: [String: String] = [:]
        for wallet in status?["failing"]?.items ?? [] {
            messages[wallet["currencyId"]?.text ?? ""] = wallet["message"]?.text
        }
        for (name, hostile) in zip(names, Self.hostile) {
            let message = messages[name] ?? "none"
            #expect(
                message.contains(hostile.message) && message.contains("policies.lua:"), "\(hostile.body): \(message)")
        }
        #expect(
            try sql(mill, "SELECT COUNT(*) FROM outbox WHERE type = 'recharge.policy_failed'") == ["\(names.count)"])
        #expect(
            try sql(
                mill,
                "SELECT COUNT(*) FROM recharge_decisions WHERE reason = 'POLICY_FAILED' AND script_version IS NOT NULL")
                == ["\(names.count)"])
        // Within the minute nobody is asked again, and nothing is told twice.
        try mill.runOnce()
        #expect(
            try sql(mill, "SELECT COUNT(*) FROM outbox WHERE type = 'recharge.policy_failed'") == ["\(names.count)"])
        // Mended: asked at once.
        let mended = names.map { "recharge { name = '\($0)', currency = '\($0)', decide = function() end }" }
        try mill.folder.write("scripts/policies.lua", (mended + [good]).joined(separator: "\n"))
        try mill.runOnce()
        #expect(try mill.json("status")["recharges"]?["policiesFailing"] == 0)
        #expect(server.paid.count == 1)
    }

    @Test func `the guards hold whatever a policy answers`() throws {
        let server = try PaymentServer()
        defer { server.stop() }
        let mill = try mill(
            server,
            "recharge { name = 'greedy', currency = 'credits', decide = function() return { amount = 400 } end }")
        try mill.runOnce()
        #expect(server.paid.map(\.amount.description) == ["400"])
        // One more would be 800 of 500; and it is too soon.
        try consume(mill, "1", key: "k1")
        try mill.runOnce()
        #expect(server.paid.count == 1)
        #expect(
            try sql(mill, "SELECT reason FROM recharge_decisions WHERE result = 'REFUSED'") == ["COOL_DOWN"])
        _ = try sql(mill, "UPDATE recharge_wallets SET cool_until = NULL")
        try consume(mill, "1", key: "k2")
        try mill.runOnce()
        #expect(server.paid.count == 1)
        let settings = try mill.json("call", "getAutoRecharge", #"{"customerId": "acme", "currencyId": "credits"}"#)
        #expect(settings["state"] == "CAPPED")
    }

    @Test func `a charge under way comes to its one end, whatever becomes of the script`() throws {
        let server = try PaymentServer()
        defer { server.stop() }
        let mill = try mill(
            server, "recharge { name = 'p', currency = 'credits', decide = function() return { amount = 30 } end }")
        server.queue(PaymentServer.Turn(.succeeded, reply: .held))
        let worker = try mill.program.start(["run", "--once"])
        #expect(server.awaitRequest())
        kill(worker.processIdentifier, SIGKILL)
        worker.waitUntilExit()
        server.releaseHeld()
        // The charge may have been made: it is asked about with its key and amount, and the new script has no say in it.
        try mill.folder.write(
            "scripts/policies.lua",
            "recharge { name = 'p', currency = 'credits', decide = function() return { amount = 77 } end }")
        try mill.runOnce()
        #expect(server.paid.map(\.amount.description) == ["30"])
        #expect(Set(server.requests.map { $0.headers["idempotency-key"] }).count == 1)
        let balance = try mill.json("call", "getCreditBalance", #"{"customerId": "acme", "currencyId": "credits"}"#)
        #expect(balance["balance"] == 30)
        // Broken scripts: the last good version goes on deciding.
        try mill.folder.write("scripts/policies.lua", "recharge { name = 'p',")
        _ = try sql(mill, "UPDATE recharge_wallets SET cool_until = NULL")
        try consume(mill, "5", key: "k1")
        try mill.runOnce(expecting: nil)
        #expect(server.paid.map(\.amount.description) == ["30", "77"])
    }

    @Test func `a worker that runs takes new policies between two decisions`() throws {
        let server = try PaymentServer()
        defer { server.stop() }
        let mill = try mill(
            server, "recharge { name = 'p', currency = 'credits', decide = function() error('not yet') end }")
        let worker = try mill.program.start(["run"])
        defer {
            kill(worker.processIdentifier, SIGKILL)
            worker.waitUntilExit()
        }
        try mill.wait { try sql(mill, "SELECT COUNT(*) FROM outbox WHERE type = 'recharge.policy_failed'") == ["1"] }
        try mill.folder.write(
            "scripts/policies.lua",
            "recharge { name = 'p', currency = 'credits', decide = function() return { amount = 30 } end }")
        // Not after a minute: when the script is taken.
        #expect(server.awaitRequest())
        #expect(server.requests.first?.body.contains("30") == true)
    }

    @Test func `check names a policy that nobody can ever ask`() throws {
        let mill = try mill(
            nil, "recharge { name = 'p', currency = 'credit', decide = function() end }", more: "")
        let warnings = try mill.json("check")["warnings"]?.items.compactMap { $0["message"]?.text } ?? []
        #expect(
            warnings.first
                == "scripts/policies.lua:1: recharge \"p\" is for the credit currency \"credit\", which does not exist (did you mean \"credits\"?): nobody ever asks it"
        )
        #expect(warnings.contains { $0.contains("payments.gateway is \"none\"") })
        #expect(!warnings.contains { $0.contains("does not run") })
    }
}

extension Mill {
    /// Looks again and again until it is so: for effects of a worker that runs. Gives up after a minute.
    func wait(for condition: () throws -> Bool) throws {
        let end = ContinuousClock.now.advanced(by: .seconds(60))
        while try !condition() {
            guard ContinuousClock.now < end else { throw CocoaError(.userCancelled) }
            usleep(50_000)
        }
    }
}
