import Testing
import TidemillCore
import TidemillOperations
import TidemillScripting

@Suite struct TypedDeclarationTests {
    private func problems(_ text: String) -> [String] {
        do {
            _ = try Rules(text)
            return []
        } catch let error as ScriptLoadError {
            return error.problems.map(\.description)
        } catch {
            return ["\(error)"]
        }
    }

    @Test func `a job has all its options, read`() throws {
        let jobs = try Rules(
            """
            job { name = 'all', schedule = 'every 30s', timezone = 'Europe/Berlin', on = { 'invoice.*', 'x' }, source = 'engine',
                  overlap = 'cancel_other', catchup = { window = '3 days', mode = 'all' }, jitter = '30s', serial = 'customer',
                  timeout = '1h 30m', retries = { max = 3, first = '1s', factor = 1.5, cap = '10m' },
                  operations = { 'getCustomer', 'grantCredits' }, enabled = false, run = print }
            job { name = 'files', on = { file = 'seats-*.json' }, run = print }
            job { name = 'none', run = print }
            """
        ).ruleSet.jobs
        let all = jobs[0]
        #expect(all.schedule == "every 30s" && all.timezone == "Europe/Berlin" && all.source == .engine)
        #expect(all.on.map(\.text) == ["invoice.*", "x"])
        #expect(all.overlap == .cancelOther && all.catchUp.mode == .all && all.catchUp.window == .seconds(259_200))
        #expect(all.jitter == .seconds(30) && all.serial == .customer && all.timeout == .seconds(5400))
        #expect(
            all.retries.max == 3 && all.retries.first == .seconds(1) && all.retries.factor == 1.5
                && all.retries.cap == .seconds(600))
        #expect(all.operations == [.getCustomer, .grantCredits] && !all.isEnabled)
        #expect(jobs[1].on.isEmpty && jobs[1].files?.matches("seats-2026.json") == true)
        #expect(jobs[1].files?.matches("Seats-2026.json") == false)
        let none = jobs[2]
        #expect(none.overlap == .skip && none.catchUp.mode == .one && none.catchUp.window == .seconds(86_400))
        #expect(none.jitter == nil && none.serial == nil && none.timeout == .seconds(600) && none.isEnabled)
        #expect(none.retries.max == 10 && none.retries.first == .seconds(10) && none.retries.factor == 2)
        #expect(none.retries.cap == .seconds(3600) && none.operations == nil)
    }

    @Test func `policies and grant rules too`() throws {
        let rules = try Rules(
            """
            recharge { name = 'r', currency = 'credits-ai', decide = print }
            grant { name = 'g', on = 'customer.created', source = 'inbox', existing = 'extend', decide = print }
            grant { name = 'h', schedule = '0 6 * * *', decide = print }
            """
        ).ruleSet
        #expect(rules.policies.map(\.currencyID) == ["credits-ai"])
        #expect(rules.grantRules[0].existing == .extend && rules.grantRules[0].source == .inbox)
        #expect(rules.grantRules[1].existing == .keep && rules.grantRules[1].schedule == "0 6 * * *")
    }

    static let wrong: [(text: String, problem: String)] = [
        (
            "jitter = 'soon'", "'jitter' must be a length of time such as \"30s\", \"10m\", \"24h\" or \"3 days\""
        ),
        ("timeout = '0s'", "'timeout' must be a length of time such as \"30s\", \"10m\", \"24h\" or \"3 days\""),
        ("timeout = '1 month'", "'timeout' must be a length of time such as \"30s\", \"10m\", \"24h\" or \"3 days\""),
        (
            "catchup = { window = '1x' }",
            "'catchup.window' must be a length of time such as \"30s\", \"10m\", \"24h\" or \"3 days\""
        ),
        ("retries = { max = -1 }", "'retries.max' must be a whole number from 0 to 1000"),
        ("retries = { max = 1.5 }", "'retries.max' must be a whole number from 0 to 1000"),
        ("retries = { factor = 0.5 }", "'retries.factor' must be a number from 1 to 100"),
        (
            "timezone = 'Mars/Olympus'",
            "'timezone': \"Mars/Olympus\" is no name of the tz database; write one such as \"Europe/Berlin\""
        ),
        (
            "operations = { 'grantCredit' }",
            "'operations' names no operation \"grantCredit\" (did you mean \"grantCredits\"?)"
        ),
    ]

    @Test(arguments: wrong)
    func `a wrong value is reported in words`(_ option: String, _ problem: String) {
        #expect(problems("job { name = 'j', \(option), run = print }") == ["scripts/a.lua:1: job \"j\": \(problem)"])
    }

    @Test func `two policies for one currency are a problem`() {
        #expect(
            problems(
                "recharge { name = 'a', currency = 'c', decide = print }\nrecharge { name = 'b', currency = 'c', decide = print }"
            ) == [
                "scripts/a.lua:2: recharge \"b\": the currency has a policy already, at scripts/a.lua:1 (one policy decides for a currency)"
            ])
    }

    static let patterns: [(pattern: String, name: String, matches: Bool)] = [
        ("invoice.paid", "invoice.paid", true), ("invoice.paid", "invoice.paid2", false),
        ("invoice.*", "invoice.paid", true), ("invoice.*", "invoice.", true), ("invoice.*", "invoices.paid", false),
        ("*", "anything", true), ("*", "", true), ("*.paid", "invoice.paid", true), ("*.paid", "paid", false),
        ("a*b*c", "abc", true), ("a*b*c", "axxbyyc", true), ("a*b*c", "acb", false), ("a*b*b", "ab", false),
        ("a*b*b", "abb", true), ("aa*aa", "aaa", false), ("aa*aa", "aaaa", true),
        ("promotional_entitlement.granted", "promotionalEntitlement.granted", true),
        ("promotionalEntitlement.*", "promotional_entitlement.granted", true),
    ]

    @Test(arguments: patterns)
    func `patterns match names`(_ pattern: String, _ name: String, _ matches: Bool) {
        #expect(NamePattern(pattern).matches(name) == matches)
    }

    static let lengths: [(text: String, seconds: Int64?)] = [
        ("30s", 30), ("10m", 600), ("24h", 86_400), ("3 days", 259_200), ("1h 30m", 5400), ("1h30m", 5400),
        ("2w", 1_209_600),
        ("0s", 0), ("", nil), ("5", nil), ("h", nil), ("-1h", nil), ("1.5h", nil), ("1 month", nil),
        ("999999999w", nil),
        ("99999999999s", nil), ("1h,", nil),
    ]

    @Test(arguments: lengths)
    func `lengths of time are read`(_ text: String, _ seconds: Int64?) {
        #expect(DurationText.parse(text) == seconds.map { .seconds($0) })
    }
}
