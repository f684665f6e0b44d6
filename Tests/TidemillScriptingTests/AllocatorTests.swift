import CLuaSupport
import Testing
import TidemillCore
import TidemillOperations
import TidemillScripting

/// Goal: running out of memory is an error of the script, never of the process. Method: the whole life of a state
/// (open, vars, sources, load with a declaration of each kind, seal, rules that touch every part of the library) is
/// repeated with the k-th allocation failing, for every k that there is, in three ways: the k-th alone, the k-th and
/// its retry after Lua's emergency collection, and all from the k-th on. A raise outside a protected call would abort
/// the process, and with it the test.
@Suite struct AllocatorTests {
    private static let library = "local M = { rate = 3 } function M.times(x) return x * M.rate end return M"
    private static let script = """
        local rates = require 'lib.rates'
        global = 5
        catalog { products = { { id = 'p', n = 0.5, d = decimal('1.25') } }, features = json.array {} }
        filter { name = 'a', event = { 'start', 'x' }, keep = function(event)
          local co = coroutine.wrap(function(a) coroutine.yield(a .. 'y') end) co('x')
          return event.dimensions.status ~= '500', ('r'):rep(100)
        end }
        mapping { name = 'b', map = function(event)
          local t = {} for i = 1, 50 do t[i] = ('x'):rep(i) .. i end
          table.sort(t)
          local s = table.concat(t, ','):gsub('x+', function(m) return #m end)
          local text = json.encode { a = t, b = { c = 1.5, d = decimal('0.1') }, e = json.null }
          local diff = json.diff(json.decode(text), { a = 1 })
          log.info('hello ' .. text, { a = 1 }) print('x', 1)
          pcall(error, {}) xpcall(error, function(m) return m .. '!' end, 'x') pcall(string.rep, 'x', 1e9)
          return { { dimensions = { tokens = rates.times(event.dimensions.n), third = decimal(1) / 3, who = vars.who,
                     at = time.add(time.now(), '3 days', 'Europe/Berlin') } },
                   { eventName = 'other', dimensions = { n = ('%5.2f %s'):format(1.5, {}), gone = json.null } } }
        end }
        mapping { name = 'c', event = 'other', map = function(event)
          local d = {} for i = 1, 40 do d['k' .. i] = i end return { dimensions = d }
        end }
        filter { name = 'd', event = 'other', keep = function(event)
          if event.dimensions.k40 ~= 40 then error(setmetatable({}, { __tostring = function() return 'odd' end })) end
          return false, 'reason'
        end }
        """

    /// What one life came to: how many allocations it made, and the codes of its failures.
    private struct Life {
        var allocations: UInt64 = 0
        var failures: [Int32] = []
        var outcomes: [Outcome] = []
        /// After the faults end.
        var recovered: Outcome?
    }

    private static func live(after: UInt64, count: UInt64) -> Life {
        var life = Life()
        var options = cls_options()
        options.memory = 64 << 20
        options.string_max = 1 << 20
        options.rule_time = 5_000_000_000
        options.load_time = 5_000_000_000
        options.fail_after = after
        options.fail_count = count
        options.log = { _, _, _, _, _, _ in }
        options.zone_offset = { _, _, _, offset in
            offset?.pointee = 3600
            return true
        }
        guard let state = cls_open(&options) else {
            life.failures.append(Int32(CLS_CODE_MEMORY.rawValue))
            return life
        }
        defer { cls_close(state) }
        var failure = cls_failure()
        func check(_ done: Bool) {
            if !done { life.failures.append(Int32(failure.code)) }
        }
        text(#"{"who":"me","n":[1,2.5]}"#) { check(cls_set_vars(state, $0, &failure)) }
        for (name, source) in [("lib/rates.lua", library), ("a.lua", script)] {
            text(name) { name in
                text(source) { source in check(cls_add_source(state, name, name, source, &failure)) }
            }
        }
        text("a.lua") { check(cls_load(state, $0, &failure)) }
        for index in 0..<cls_declaration_count(state) {
            let declaration = cls_declaration_at(state, index)
            let nodes = UnsafeBufferPointer(start: declaration.nodes, count: Int(declaration.node_count))
            guard let function = nodes.last(where: { $0.type == UInt8(CLS_NODE_FUNCTION.rawValue) }) else { continue }
            text(index > 2 ? "other" : "start") { names in
                withUnsafePointer(to: names) { names in
                    text("rule") { rule in
                        let kind = cls_kind(UInt32(declaration.kind))
                        failure.code = UInt8(CLS_CODE_MEMORY.rawValue)
                        check(cls_rules_add(state, kind, function.integer, rule, rule, 1, names, 1))
                    }
                }
            }
        }
        check(cls_seal(state, &failure))
        for attempt in 0..<4 {
            if attempt == 3 {
                life.allocations = cls_allocations(state)
                cls_fail_allocations(state, 0, 0)
            }
            let outcome = apply(state)
            if attempt < 3 { life.outcomes.append(outcome) } else { life.recovered = outcome }
        }
        return life
    }

    private static func text<T>(_ string: String, _ body: (cls_text) -> T) -> T {
        string.withCString { body(cls_text(bytes: $0, length: UInt32(string.utf8.count))) }
    }

    private static func apply(_ state: OpaquePointer) -> Outcome {
        text("start") { name in
            text("status") { key in
                text("n") { number in
                    var dimensions = [cls_dimension(), cls_dimension()]
                    dimensions[0].key = key
                    dimensions[0].type = UInt8(CLS_STRING.rawValue)
                    dimensions[0].text = name
                    dimensions[1].key = number
                    dimensions[1].type = UInt8(CLS_INTEGER.rawValue)
                    dimensions[1].integer = 7
                    return text("2026-10-01T00:00:02Z") { time in
                        dimensions.withUnsafeBufferPointer { buffer in
                            var event = cls_event()
                            event.customer_id = name
                            event.event_name = name
                            event.timestamp = time
                            event.received_at = time
                            event.dimensions = buffer.baseAddress
                            event.dimension_count = 2
                            var result = cls_result()
                            cls_rules_apply(state, &event, &result)
                            return Outcome(result)
                        }
                    }
                }
            }
        }
    }

    private static let expected = Outcome.mapped([
        .init(dimensions: [
            "tokens": .integer(21), "third": .number("0.333333333"), "who": .text("me"),
            "at": .text("2026-10-04T00:00:02.000Z"),
        ]),
        .init(
            name: "other",
            dimensions: (1...40).reduce(into: ["n": .text(" 1.50 table"), "gone": .null]) {
                $0["k\($1)"] = .integer(Int64($1))
            },
            droppedBy: 3, reason: "reason"),
    ])

    @Test func `without faults all of it works`() {
        let life = Self.live(after: 0, count: 0)
        #expect(life.failures.isEmpty)
        #expect(life.outcomes == [Self.expected, Self.expected, Self.expected])
        #expect(life.allocations > 500)
    }

    @Test(arguments: [1, 2, UInt64.max / 2])
    func `a refused allocation is an error of the script, for every one of them`(count: UInt64) throws {
        try DedicatedThread().wait {
            let total = Self.live(after: 0, count: 0).allocations
            var hit = 0
            for index in 0..<(total + 3) {
                let life = Self.live(after: index, count: count)
                let outcomes = life.outcomes.filter { $0.code != nil }
                if !life.failures.isEmpty || !outcomes.isEmpty { hit += 1 }
                // The first failure is the lack of memory; a file that did not load may bring further ones.
                if let first = life.failures.first {
                    #expect(first == Int32(CLS_CODE_MEMORY.rawValue), "allocation \(index)")
                }
                if life.failures.isEmpty {
                    #expect(outcomes.allSatisfy { $0.code == "memory" }, "allocation \(index): \(outcomes)")
                    #expect(life.recovered == Self.expected, "allocation \(index)")
                }
            }
            // A single refusal is mostly healed by the collection that Lua makes before it tries again.
            #expect(hit > (count == 1 ? 10 : Int(total) - 10))
        }
    }
}
