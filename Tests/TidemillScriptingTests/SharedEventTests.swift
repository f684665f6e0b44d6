import Testing

/// Rules that can only look at their event hand its table on to the next rule. Goal: nobody notices. Method: a filter or
/// mapping tries to change the event or to keep it, each in another way, and the rules after it tell what they got.
@Suite struct SharedEventTests {
    /// What a mapping that comes last saw.
    private func seen(after rules: String) throws -> [String: Value] {
        let last = """
            mapping { name = "last", map = function(event)
              return { dimensions = {
                name = event.eventName, region = event.dimensions.region, more = event.dimensions.more or "none" } }
            end }
            """
        var event = Event(["region": .text("eu"), "status": .text("200")])
        event.name = "llm_call"
        let outcome = try Rules(rules + "\n" + last).apply(event)
        guard case .mapped(let parts) = outcome, parts.count == 1 else {
            Issue.record("\(outcome)")
            return [:]
        }
        return parts[0].dimensions.filter { ["name", "region", "more"].contains($0.key) }
    }

    private let delivered: [String: Value] = ["name": .text("llm_call"), "region": .text("eu"), "more": .text("none")]

    @Test(arguments: [
        // Readers only.
        "filter { name = 'a', keep = function(event) return event.dimensions.status ~= '500' end }",
        "filter { name = 'a', keep = function(event) return event.eventName == 'llm_call' and not event.other end }",
        // Written to by the rule itself.
        "filter { name = 'a', keep = function(event) event.eventName = 'x' return true end }",
        "filter { name = 'a', keep = function(event) event.dimensions.more = 'x' return true end }",
        "filter { name = 'a', keep = function(event) event.dimensions = {} return true end }",
        "mapping { name = 'a', map = function(event) event.dimensions.region = 'x' end }",
        "mapping { name = 'a', map = function(event) for key in pairs(event) do event[key] = nil end end }",
        "mapping { name = 'a', map = function(event) local d = event.dimensions d.more = 'x' end }",
    ])
    func `a rule sees the event as it was delivered, whatever came before`(_ rule: String) throws {
        let reader = "filter { name = 'r', keep = function(event) return event.dimensions.status ~= '500' end }\n"
        for rules in [rule, reader + rule, rule + reader.replacing("'r'", with: "'s'"), reader + rule + rule] {
            // Names are there once.
            var number = 0
            let named = rules.split(separator: "name = 'a'", omittingEmptySubsequences: false).reduce("") {
                text, piece in
                defer { number += 1 }
                return text.isEmpty ? String(piece) : text + "name = 'a\(number)'" + piece
            }
            #expect(try seen(after: named) == delivered, "\(named)")
        }
    }

    /// Ways to keep an event that store it nowhere in the rule's own code.
    @Test(arguments: [
        "local kept keep = function(event) kept = event return true end",
        "local kept = {} keep = function(event) kept.event = event return true end",
        "local kept = {} keep = function(event) kept[1] = event return true end",
        "local t = setmetatable({}, { __index = function(_, key) spoil(key) end }) keep = function(e) return not t[e] end",
        "local t = setmetatable({}, { __eq = function(_, e) spoil(e) end }) keep = function(e) return t ~= e end",
        "local t = setmetatable({}, { __lt = function(_, e) spoil(e) end }) keep = function(e) return not (t < e) end",
        "local t = setmetatable({}, { __le = function(_, e) spoil(e) end }) keep = function(e) return not (t <= e) end",
        "local t = setmetatable({}, { __add = function(_, e) spoil(e) end }) keep = function(e) return not (t + e) end",
        "local t = setmetatable({}, { __concat = function(_, e) spoil(e) end }) keep = function(e) return not (t .. e) end",
        "local t = setmetatable({}, { __call = function(_, e) spoil(e) end }) keep = function(e) return not t(e) end",
        "local t = setmetatable({}, { __newindex = function(_, _, e) spoil(e) end }) keep = function(e) t.x = e return true end",
        "keep = function(event) local f = function() spoil(event) end f() return true end",
        "keep = function(event) spoil(event) return true end",
        "keep = function(event) return spoil(event) end",
        "keep = function(...) spoil(...) return true end",
        "local f = string.rep keep = function(event) for _ = 1, 2 do spoil(event) end return true end",
    ])
    func `an event that a rule kept or handed on is that rule's alone`(_ body: String) throws {
        let rules = """
            local function spoil(event)
              event.eventName = "spoilt"
              event.dimensions.region = "spoilt"
              event.dimensions.more = "spoilt"
              return true
            end
            local keep
            \(body)
            filter { name = "reader", keep = function(event) return event.dimensions.status ~= "500" end }
            filter { name = "keeper", keep = keep }
            filter { name = "again", keep = function(event) return event.dimensions.status == "200" end }
            """
        #expect(try seen(after: rules) == delivered)
    }

    @Test func `what a mapping changed reaches the readers after it`() throws {
        let rules = """
            filter { name = "a", keep = function(event) return event.dimensions.status ~= "500" end }
            mapping { name = "b", map = function(event) return { eventName = "other", dimensions = { more = "b" } } end }
            filter { name = "c", keep = function(event) return event.eventName == "other" end }
            mapping { name = "d", map = function(event) return { { dimensions = { region = event.dimensions.more } } } end }
            filter { name = "e", keep = function(event) return event.dimensions.region == "b" end }
            """
        #expect(try seen(after: rules) == ["name": .text("other"), "region": .text("b"), "more": .text("b")])
    }

    @Test func `each part of a split has an event of its own`() throws {
        let rules = """
            filter { name = "a", keep = function(event) return event.dimensions.status ~= "500" end }
            mapping { name = "split", map = function(event)
              local parts = {}
              for i = 1, 500 do parts[i] = { dimensions = { part = i } } end
              return parts
            end }
            filter { name = "b", keep = function(event) return event.dimensions.status ~= "500" end }
            filter { name = "c", keep = function(event) return event.dimensions.part ~= 7 end }
            mapping { name = "d", map = function(event) return { dimensions = { copy = event.dimensions.part } } end }
            """
        let outcome = try Rules(rules).apply(Event(["status": .text("200")]))
        guard case .mapped(let parts) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(parts.count == 500)
        for (index, part) in parts.enumerated() where index != 6 {
            #expect(part.dimensions["copy"] == .integer(Int64(index + 1)))
        }
    }

    @Test func `a mapping may answer with the event's own tables`() throws {
        let rules = """
            filter { name = "a", keep = function(event) return event.dimensions.status ~= "500" end }
            mapping { name = "b", map = function(event) return { dimensions = event.dimensions } end }
            """
        #expect(try seen(after: rules) == delivered)
    }
}
