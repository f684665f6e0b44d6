import Foundation
import Testing
import TidemillOperations

/// `check` about triggers that nothing sends: of misspelt ones, and not of those that are only unknown here.
struct TriggerWarningTests {
    private func warnings(_ script: String) throws -> [String] {
        let checked = try Mill(scripts: ["a.lua": script]).json("check")
        #expect(checked["ok"] == true)
        return (checked["warnings"]?.items ?? []).compactMap { $0["message"]?.text }
    }

    private static let body = "run = function() end }"

    @Test func `a type that is close to a known one is told of, with what it may mean`() throws {
        let found = try warnings(
            """
            job { name = "a", on = "customer.craeted", \(Self.body)
            job { name = "b", on = { "subscription.cancelled", "customer.updated" }, \(Self.body)
            grant { name = "c", on = "promotionalEntitlements.granted", decide = function() end }
            job { name = "d", on = "report.nigthly", \(Self.body)
            job { name = "e", run = function() emit("report.nightly", {}) end }
            """)
        #expect(
            found == [
                #"scripts/a.lua:1: job "a" is on "customer.craeted", which nothing known sends; did you mean "customer.created"?"#,
                #"scripts/a.lua:2: job "b" is on "subscription.cancelled", which nothing known sends; did you mean "subscription.canceled"?"#,
                #"scripts/a.lua:4: job "d" is on "report.nigthly", which nothing known sends; did you mean "report.nightly"?"#,
                #"scripts/a.lua:3: grant "c" is on "promotionalEntitlements.granted", which nothing known sends; did you mean "promotionalEntitlement.granted"?"#,
            ])
    }

    @Test func `what only the engine may send and never does is told of`() throws {
        #expect(
            try warnings(#"job { name = "a", on = "parcel.paid", source = "engine", \#(Self.body)"#) == [
                #"scripts/a.lua:1: job "a" is on "parcel.paid" from the engine, which sends no such event, and no script emits one"#
            ])
        // A script that makes up types while it runs may send anything.
        let emits = "job { name = 'b', run = function() emit('parcel.' .. 'paid', {}) end }"
        #expect(
            try warnings(#"job { name = "a", on = "parcel.paid", source = "engine", \#(Self.body) \#(emits)"#) == [])
    }

    @Test func `what billers' webhooks are called as well has to say whose it is`() throws {
        let words =
            "which the engine sends, and billers' webhooks are called so too: say source = \"engine\", or \"inbox\" for theirs"
        #expect(
            try warnings(
                """
                job { name = "a", on = "invoice.paid", \(Self.body)
                job { name = "b", on = "invoice.*", \(Self.body)
                job { name = "c", on = "invoice.paid", source = "engine", \(Self.body)
                job { name = "d", on = "invoice.*", source = "inbox", \(Self.body)
                job { name = "e", on = "invoice.payment_failed", \(Self.body)
                """) == [
                    #"scripts/a.lua:1: job "a" is on "invoice.paid", \#(words)"#,
                    #"scripts/a.lua:2: job "b" is on "invoice.*", \#(words)"#,
                ])
    }

    @Test func `types of producers, other spellings and patterns are not told of`() throws {
        #expect(
            try warnings(
                """
                job { name = "a", on = "seats.snapshot", \(Self.body)
                job { name = "b", on = { "promotional_entitlement.granted", "credits.balance.usage_low" }, \(Self.body)
                job { name = "c", on = "invoice.*", source = "inbox", \(Self.body)
                job { name = "d", on = "*", source = "engine", \(Self.body)
                job { name = "e", on = "round", source = "engine", run = function() emit ("round", {}) end }
                job { name = "f", on = { file = "seats-*.json" }, \(Self.body)
                job { name = "g", on = { file = "seats-*" }, \(Self.body)
                job { name = "h", on = "run.failed", \(Self.body)
                """) == [])
    }

    @Test func `files that no job takes are told of`() throws {
        #expect(
            try warnings(#"job { name = "a", on = { file = "seats-*.csv" }, \#(Self.body)"#) == [
                #"scripts/a.lua:1: job "a" is on files "seats-*.csv": a job takes .json files, one JSON document each, so nothing starts it"#
            ])
    }

    @Test func `a type that has come before is known`() throws {
        let mill = try Mill(scripts: ["a.lua": #"job { name = "a", on = "customer.create", \#(Self.body)"#])
        #expect(try mill.json("check")["warnings"]?.items.count == 1)
        try mill.deliver("one.json", #"{"type": "customer.create"}"#)
        try mill.runOnce()
        #expect(try mill.json("check")["warnings"]?.items.count == 0)
    }
}
