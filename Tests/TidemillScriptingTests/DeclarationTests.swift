import Testing
import TidemillCore
import TidemillOperations
import TidemillScripting

@Suite struct DeclarationTests {
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

    static let wrong: [(text: String, problem: String)] = [
        ("filter(5)", "scripts/a.lua:1: filter expects a table, got a number (filter { name = …, … })"),
        ("filter()", "scripts/a.lua:1: filter expects a table, got nothing (filter { name = …, … })"),
        (
            "\nfilter { name = 'f', evnt = 'x', keep = print }",
            "scripts/a.lua:2: filter \"f\": unknown key 'evnt' (did you mean 'event'?)"
        ),
        (
            "filter { name = 'f', colour = 'x', keep = print }",
            "scripts/a.lua:1: filter \"f\": unknown key 'colour' (known keys: name, event, keep)"
        ),
        ("filter { keep = print }", "scripts/a.lua:1: filter: 'name' is missing (expected a string)"),
        ("filter { name = '', keep = print }", "scripts/a.lua:1: filter: 'name' must be a string, got an empty string"),
        ("filter { name = 'f' }", "scripts/a.lua:1: filter \"f\": 'keep' is missing (expected a function)"),
        ("filter { name = 'f', keep = 'x' }", "scripts/a.lua:1: filter \"f\": 'keep' must be a function, got a string"),
        (
            "filter { name = 'f', event = 5, keep = print }",
            "scripts/a.lua:1: filter \"f\": 'event' must be a string or a list of strings, got a number"
        ),
        (
            "filter { name = 'f', event = { ['\\xff'] = 1, a = 1, b = 2, c = 3, d = 4, e = 5, f = 6 }, keep = print }",
            "scripts/a.lua:1: filter \"f\": 'event' must be a string or a list of strings, got a table with a key that is no UTF-8 text"
        ),
        (
            "filter { name = 'f', event = { 'a', 5 }, keep = print }",
            "scripts/a.lua:1: filter \"f\": 'event' must be a string or a list of strings, got a list"
        ),
        (
            "mapping { name = 'm', keep = print }",
            "scripts/a.lua:1: mapping \"m\": unknown key 'keep' (known keys: name, event, map)\nscripts/a.lua:1: mapping \"m\": 'map' is missing (expected a function)"
        ),
        (
            "filter { name = 'a\\nb', keep = print }",
            "scripts/a.lua:1: filter: 'name' must have at most 128 bytes and no control characters"
        ),
        (
            "recharge { name = 'r', decide = print }",
            "scripts/a.lua:1: recharge \"r\": 'currency' is missing (expected a string)"
        ),
        (
            "grant { name = 'g', decide = print }",
            "scripts/a.lua:1: grant \"g\": 'on' or 'schedule' is missing (say what it is granted on)"
        ),
        (
            "grant { name = 'g', on = 'x', existing = 'keeep', decide = print }",
            "scripts/a.lua:1: grant \"g\": 'existing' must be \"keep\" or \"replace\" or \"extend\", got \"keeep\" (did you mean \"keep\"?)"
        ),
        (
            "job { name = 'j', retries = { max = '10' }, run = print }",
            "scripts/a.lua:1: job \"j\": 'retries.max' must be a number, got a string"
        ),
        (
            "job { name = 'j', on = { fil = 'x' }, run = print }",
            "scripts/a.lua:1: job \"j\": unknown key 'on.fil' (did you mean 'file'?)\nscripts/a.lua:1: job \"j\": 'on.file' is missing (expected a string)"
        ),
        ("catalog { feature = {} }", "scripts/a.lua:1: catalog: unknown key 'feature' (did you mean 'features'?)"),
        (
            "catalog { features = {}, prodcts = {}, products = { 5 } }",
            "scripts/a.lua:1: catalog: unknown key 'prodcts' (did you mean 'products'?)\nscripts/a.lua:1: catalog: 'products[1]' must be a table, got a number"
        ),
        ("catalog { features = 5 }", "scripts/a.lua:1: catalog: 'features' must be a list of tables, got a number"),
        (
            "catalog { features = { 'x' } }",
            "scripts/a.lua:1: catalog: 'features[1]' must be a table, got a string"
        ),
        (
            "catalog { features = { { id = 'x', meter = print } } }",
            "scripts/a.lua:1: catalog: 'features[1].meter' must be a plain value, got a function"
        ),
        (
            "catalog { features = { { id = 'x', limit = 0/0 } } }",
            "scripts/a.lua:1: catalog: 'features[1].limit' must be a plain value, got not a number (NaN); check the division that made it"
        ),
        (
            "catalog { products = { { 1, x = 2 } } }",
            "scripts/a.lua:1: catalog: 'products[1]' must be a table, got a table that mixes positions and names"
        ),
        (
            "local t = {} t.t = t catalog { products = { t } }",
            "scripts/a.lua:1: catalog: '\(["products[1]"].joined())\(String(repeating: ".t", count: 62))' must be a plain value, got a table nested too deeply (does it contain itself?)"
        ),
        ("x = = 1", "scripts/a.lua:1: unexpected symbol near '='"),
        ("\n\nlocal x = nope.y", "scripts/a.lua:3: undefined global 'nope'"),
        ("fliter { name = 'f' }", "scripts/a.lua:1: undefined global 'fliter' (did you mean 'filter'?)"),
    ]

    @Test(arguments: wrong)
    func `a wrong declaration is reported in words`(_ text: String, _ problem: String) {
        #expect(problems(text).joined(separator: "\n") == problem)
    }

    @Test func `what is sound in a broken catalog is there for further checks`() {
        let error = #expect(throws: ScriptLoadError.self) {
            try Rules(
                "catalog { features = { { id = 'x' } }, prodcts = {}, products = { 5 } }\ncatalog { features = { { id = 'y' } } }"
            )
        }
        #expect(error?.sound?.catalog == ["features": [["id": "x"], ["id": "y"]]])
        #expect(error?.sound?.declarations.map(\.line) == [1, 2])
    }

    @Test func `all problems of all files come at once`() {
        let error = #expect(throws: ScriptLoadError.self) {
            try Rules(sources: [
                ScriptSource(
                    name: "b.lua",
                    text: "filter { name = 'one', keep = print }\nmapping { name = 'two' }\nerror('stop')"),
                ScriptSource(name: "a.lua", text: "filter { name = 'one', keep = print }\nx ="),
                ScriptSource(
                    name: "c/d.lua", text: "\njob { name = 'one', run = print }\nlocal r = require 'lib.broken'"),
                ScriptSource(name: "e.lua", text: "local r = require 'lib.broken'"),
                ScriptSource(name: "lib/broken.lua", text: "\nreturn +"),
                ScriptSource(name: "lib/unused.lua", text: "return )"),
                ScriptSource(name: "lib/fine.lua", text: "return 1"),
                ScriptSource(name: "x_test.lua", text: "this is no Lua"),
            ])
        }
        #expect(
            error?.problems.map(\.description) == [
                "scripts/a.lua:2: unexpected symbol near <eof>",
                "scripts/b.lua:2: mapping \"two\": 'map' is missing (expected a function)",
                "scripts/b.lua:3: stop",
                "scripts/c/d.lua:2: job \"one\": the name is taken by the filter at scripts/b.lua:1 (names of rules and jobs are unique)",
                "scripts/lib/broken.lua:2: unexpected symbol near '+'",
                "scripts/lib/unused.lua:1: unexpected symbol near ')'",
            ])
    }

    @Test func `every kind of declaration is kept with its options`() throws {
        let rules = try Rules(
            """
            recharge { name = 'ai', currency = 'credits-ai', decide = function() end }
            grant { name = 'welcome', on = { 'customer.created', 'x.*' }, source = 'inbox', existing = 'extend', decide = print }
            job { name = 'nightly', schedule = '0 3 * * *', timezone = 'Europe/Berlin', overlap = 'buffer_one',
                  catchup = { window = '24h', mode = 'one' }, retries = { max = 10, factor = 1.5 }, enabled = true,
                  operations = { 'reportUsage' }, on = { file = 'seats-*.json' }, run = print }
            """)
        #expect(rules.ruleSet.rules.isEmpty && rules.ruleSet.catalog == nil)
        let declarations = rules.ruleSet.declarations
        #expect(declarations.map(\.kind) == [.recharge, .grant, .job])
        #expect(declarations.map(\.name) == ["ai", "welcome", "nightly"])
        #expect(declarations.map(\.line) == [1, 2, 3])
        #expect(declarations[1].options["on"] == ["customer.created", "x.*"])
        #expect(
            Payload.object(declarations[2].options).json
                == #"{"catchup":{"mode":"one","window":"24h"},"enabled":true,"on":{"file":"seats-*.json"},"operations":["reportUsage"],"overlap":"buffer_one","retries":{"factor":1.5,"max":10},"schedule":"0 3 * * *","timezone":"Europe/Berlin"}"#
        )
    }

    @Test func `catalogs merge by appending, with exact numbers`() throws {
        let rules = try Rules(sources: [
            ScriptSource(
                name: "a.lua",
                text: """
                    catalog { products = { { id = 'p1', metadata = {} } },
                      currencies = { { id = 'c', creditPrice = { amount = 0.01, currency = 'usd' }, exact = decimal('0.000000001') } } }
                    """),
            ScriptSource(
                name: "b.lua",
                text:
                    "catalog { products = { { id = 'p2', gone = json.null, big = 9007199254740993, filters = {} } }, plans = {} }"
            ),
        ])
        #expect(
            rules.ruleSet.catalog?.json
                == #"{"currencies":[{"creditPrice":{"amount":0.01,"currency":"usd"},"exact":0.000000001,"id":"c"}],"plans":[],"products":[{"id":"p1","metadata":{}},{"big":9007199254740993,"filters":[],"gone":null,"id":"p2"}]}"#
        )
    }
}
