import Foundation
import Testing
import TidemillOperations

/// `tidemill check`: all that is wrong before it goes live, and what is allowed and may not be meant.
struct CheckCommandTests {
    private func mill(_ script: String = "job { name = \"j\", run = function() end }") throws -> Mill {
        try Mill(scripts: ["a.lua": script])
    }

    private func messages(_ mill: Mill) throws -> [String] {
        try mill.json("check", status: 2)["problems"]?.items.compactMap { $0["message"]?.text } ?? []
    }

    @Test func `mistakes in functions are problems, with file, line and suggestion`() throws {
        let mill = try mill(
            """
            job { name = "j", run = function(run)
              client.provisonCustomer { id = "a" }
              later { job = "jj", after = "1 day" }
            end }
            """)
        let ended = try mill.program.run("check")
        #expect(ended.status == 2)
        #expect(
            ended.text.split(separator: "\n") == [
                "scripts/a.lua:2: client.provisonCustomer is not defined (did you mean 'provisionCustomer'?)",
                "scripts/a.lua:3: later: there is no job \"jj\" (did you mean \"j\"?)",
            ])
        // They fail their run and nothing else: a worker takes such scripts.
        try mill.runOnce()
    }

    @Test func `tests are read as well, and what they want to fail is theirs`() throws {
        let test = """
            test("x", function(t)
              t.client.provisonCustomer { id = "a" }
              t.advnce("1d")
              t.fails(function() t.client.provisionCustomer { idd = "a" } end, "unknown field")
            end)
            """
        let mill = try Mill(scripts: ["a.lua": "job { name = \"j\", run = function() end }", "a_test.lua": test])
        let ended = try mill.program.run("check")
        #expect(ended.status == 2)
        #expect(
            ended.text.split(separator: "\n") == [
                "scripts/a_test.lua:2: client.provisonCustomer is not defined (did you mean 'provisionCustomer'?)",
                "scripts/a_test.lua:3: a test has no function 'advnce' (did you mean 'advance'?)",
            ])
        // A worker does not look at them.
        try mill.runOnce()
    }

    @Test func `what functions say is told of scripts that do not load, too`() throws {
        let mill = try mill("job { name = \"j\", rn = 1, run = function() latter {} end }")
        let found = try messages(mill)
        #expect(found.contains("job \"j\": unknown key 'rn'"))
        #expect(found.contains("undefined global 'latter'"))
    }

    @Test func `a name that there is not hides nothing of its file, and is told once`() throws {
        let mill = try mill(
            """
            filter { name = "a", keep = keepIt }
            filter { name = "b", keeep = 1, keep = function(e) return e.dimensionz.n end }
            local x = foo.bar
            job { name = "c", schedule = "every 3 parsecs", run = function() end }
            """)
        let lines = try mill.program.run("check").text.split(separator: "\n")
        let places = lines.map { $0.split(separator: " ").first.map(String.init) ?? "" }
        #expect(lines.filter { $0.contains("'keepIt'") }.count == 1 && lines.filter { $0.contains("'foo'") }.count == 1)
        #expect(lines.contains { $0.contains("unknown key 'keeep' (did you mean 'keep'?)") }, "\(lines)")
        #expect(lines.contains { $0.contains("an event has no field 'dimensionz'") }, "\(lines)")
        #expect(places == places.sorted(), "\(lines)")
    }

    @Test func `one bad declaration hides nothing of its file and of others`() throws {
        let mill = try Mill(scripts: [
            "a.lua": """
            local cfg = {}
            job { name = "a2", schedule = cfg.missing.at, run = function() end }
            job { name = "b", schedul = "@daily", run = function(run) later { job = "c", after = "3 dayz" } end }
            filter { name = "f", keeep = 1, keep = function(e) return e.dimensionz.n end }
            job { name = "c", schedule = "61 * * * *", run = function() latter {} end }
            """,
            "b.lua": """
            job { name = "d", schedule = "@dayly", run = function(run) later { job = "b", after = "1 day" } end }
            job { name = "e", on = "custmer.created", run = function(run) later { job = "bb", after = "1 day" } end }
            """,
        ])
        let lines = try mill.program.run("check").text.split(separator: "\n").map(String.init)
        for part in [
            "scripts/a.lua:2: ", "scripts/a.lua:3: job \"b\": unknown key 'schedul'", "a.lua:3: later: 'after' must be",
            "a.lua:4: filter \"f\": unknown key 'keeep'", "a.lua:4: an event has no field 'dimensionz'",
            "a.lua:5: job \"c\": ", "a.lua:5: undefined global 'latter'", "b.lua:1: job \"d\": ",
            "warning: scripts/b.lua:2: job \"e\" is on \"custmer.created\"",
        ] {
            #expect(lines.contains { $0.contains(part) }, "\(part) in \(lines)")
        }
        // One that is wrong is there all the same.
        #expect(!lines.contains { $0.contains("there is no job \"b\"") }, "\(lines)")
        try mill.folder.write("scripts/a.lua", "job { name = \"b\", schedul = \"@daily\", run = function(run) end }")
        let less = try mill.program.run("check").text
        #expect(less.contains("b.lua:2: later: there is no job \"bb\" (did you mean \"b\"?)"), "\(less)")
    }

    @Test func `ids that the catalog does not have are warned of, and what a store has is known`() throws {
        let mill = try mill(
            """
            catalog { products = { { id = "p", displayName = "P" } },
              plans = { { id = "plan-pro", productId = "p", displayName = "Pro", pricingType = "FREE" } } }
            job { name = "j", run = function(run)
              client.provisionSubscription { customerId = "a", planId = "plan-por" }
              client.getPlan { id = "plan-pro2" }
            end }
            """)
        let warnings = try #require(try mill.json("check")["warnings"]?.items).compactMap { $0["message"]?.text }
        #expect(warnings.count == 2, "\(warnings)")
        #expect(warnings.first?.hasPrefix("scripts/a.lua:4: ") == true)
        #expect(warnings.first?.hasSuffix("(did you mean \"plan-pro\"?)") == true)
        try mill.runOnce()
        _ = try mill.json("call", "createPlan", "{\"id\":\"plan-pro2\",\"productId\":\"p\",\"displayName\":\"P\"}")
        #expect(try mill.json("check")["warnings"]?.items.count == 1)
    }

    @Test(arguments: ["spool", "spool/inbox", "spool/work", "var"])
    func `a place that run could not open is a problem`(place: String) throws {
        let mill = try mill()
        try mill.folder.write(place, "a file, where a folder is expected")
        let found = try messages(mill)
        #expect(found.count == 1 && found[0].contains("\(mill.folder.path(place)) is no folder"), "\(found)")
        #expect(try mill.program.run("run", "--once").status != 0)
    }

    @Test func `the spool of another store, and a store of another environment, are problems`() throws {
        let mill = try mill()
        try mill.runOnce()
        try mill.folder.write("spool/.store", "other\n")
        #expect(try messages(mill).contains { $0.contains("belongs to the store other") })
    }

    @Test func `a check makes nothing`() throws {
        let mill = try mill()
        #expect(try mill.program.run("check").text.hasPrefix("Everything is fine.\n"))
        #expect(try mill.folder.names(in: "") == ["config.toml", "scripts"])
    }

    @Test func `warnings are counted first, and a pause is one`() throws {
        let mill = try mill("job { name = \"j\", schedule = \"*/90 9 1-7 * 1\", run = function() end }")
        try mill.runOnce()
        _ = try mill.json("pause", "ingest", "--reason", "moving")
        let ended = try mill.program.run("check")
        #expect(ended.status == 0)
        let lines = ended.text.split(separator: "\n").map(String.init)
        #expect(lines.first == "3 warnings; nothing is wrong otherwise.", "\(ended.text)")
        #expect(lines.contains("warning: ingest is paused: moving"))
        #expect(
            lines.contains {
                $0.hasPrefix(
                    "warning: scripts/a.lua:1: job \"j\": '*/90 9 1-7 * 1': the minute field has a step longer")
            })
        #expect(lines.contains { $0.hasSuffix("and on every Monday; the first of a month is 1#1") })
        #expect(try mill.json("check")["warnings"]?.items.count == 3)
    }
}
