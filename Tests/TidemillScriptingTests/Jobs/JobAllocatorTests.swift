import CLuaSupport
import Testing

/// Goal and method as in `AllocatorTests`, for runs and decisions: the k-th allocation of a life fails, for every k, in
/// three ways. No raise may leave the C layer, and once the faults end everything works again.
@Suite struct JobAllocatorTests {
    private static let script = """
        job { name = 'a', run = function(run)
          local c = client.getCustomer { id = 'x', amount = 0.1, d = decimal('1.5'), list = { 1, 2 } }
          local ok, err = client.try.grantCredits { customerId = 'x' }
          local s = tostring(err) .. tostring(c.l[2])
          for c in client.each.listCustomers { limit = 2 } do s = s .. c.id end
          emit('x.y', { a = 1 }, { key = 'k' }) later { job = 'a' } state.set('k', 1) state.shared('z').get('a')
          run.checkpoint(5) local t = time.now()
          local co = coroutine.wrap(function()
            client.getCustomer { id = 'in' } coroutine.yield(1) pcall(client.grantCredits, {}) return 2
          end) co() co()
          local dead = coroutine.create(function() end)
          for i = 1, 3 do s = s .. tostring((select(2, coroutine.resume(dead)))) end
          s = s .. tostring((select(2, coroutine.resume((coroutine.running())))))
          local function deep() return (select(2, coroutine.resume(coroutine.create(deep)))) end s = s .. tostring(deep())
          for k, v in pairs({ 10, 20, 30, z = 1, a = 2, [true] = 3, [2.5] = 1 }) do s = s .. tostring(k) end
          next({ a = 1, b = 2 }) math.random(5)
          pcall(table.sort, { 3, 1, 2 }, function(a, b) client.getCustomer {} return a < b end)
          log.info(s, { a = 1 })
          return { s = s }
        end }
        recharge { name = 'r', currency = 'c', decide = function(w)
          return { targetBalance = 50.5 + w.balance, c = w.consumed('6h'), l = lookup.customer('x'), t = time.now() }
        end }
        """

    private enum End: Equatable {
        case done
        case memory
        case other(String)
    }

    private struct Life {
        var allocations: UInt64 = 0
        var ends: [End] = []
        var recovered: [End] = []
    }

    private static func constant(_ bytes: UnsafeBufferPointer<CChar>) -> cls_text {
        cls_text(bytes: bytes.baseAddress, length: UInt32(bytes.count))
    }

    /// The text of a literal lives as long as the process.
    private static func constant(_ string: StaticString) -> cls_text {
        cls_text(
            bytes: UnsafeRawPointer(string.utf8Start).assumingMemoryBound(to: CChar.self),
            length: UInt32(string.utf8CodeUnitCount))
    }

    private static func end(_ failure: cls_failure) -> End {
        if failure.code == UInt8(CLS_CODE_MEMORY.rawValue) { return .memory }
        return .other(String(copying: failure.message))
    }

    private static func live(after: UInt64, count: UInt64) -> Life {
        var life = Life()
        var options = cls_options()
        options.memory = 64 << 20
        options.string_max = 1 << 20
        options.rule_time = 5_000_000_000
        options.load_time = 5_000_000_000
        options.job_time = 50_000_000_000
        options.effects_max = 1000
        options.value_max = 1 << 20
        options.fail_after = after
        options.fail_count = count
        options.log = { _, _, _, _, _, _ in }
        options.ask = { _, _, _, _, reply in
            reply?.pointee.json = JobAllocatorTests.constant(#"{"id":"x","v":0.1}"#)
        }
        let operations = [("getCustomer", ""), ("grantCredits", ""), ("listCustomers", "data")].map {
            cls_operation(name: constant($0.0), page: constant($0.1), refused: false)
        }
        let opened = operations.withUnsafeBufferPointer { buffer in
            options.operations = buffer.baseAddress
            options.operation_count = 3
            return cls_open(&options)
        }
        guard let state = opened else {
            life.ends.append(.memory)
            return life
        }
        defer { cls_close(state) }
        var failure = cls_failure()
        let name = constant("a.lua")
        var source = script
        let loaded = source.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) {
                cls_add_source(state, name, name, constant($0), &failure)
                    && cls_load(state, name, &failure) && cls_seal(state, &failure)
            }
        }
        guard loaded else {
            life.ends.append(end(failure))
            return life
        }
        let functions = (0..<cls_declaration_count(state)).map { index in
            let declaration = cls_declaration_at(state, index)
            let nodes = UnsafeBufferPointer(start: declaration.nodes, count: Int(declaration.node_count))
            return nodes.last { $0.type == UInt8(CLS_NODE_FUNCTION.rawValue) }?.integer ?? 0
        }
        life.ends = [run(state, functions[0]), decide(state, functions[1])]
        life.allocations = cls_allocations(state)
        cls_fail_allocations(state, 0, 0)
        life.recovered = [run(state, functions[0]), decide(state, functions[1])]
        return life
    }

    private static func decide(_ state: OpaquePointer, _ function: Int64) -> End {
        var decision = cls_decision()
        cls_decide(state, function, constant(#"{"balance":5}"#), true, 0, &decision)
        return decision.done ? .done : end(decision.failure)
    }

    private static func run(_ state: OpaquePointer, _ function: Int64) -> End {
        guard let run = cls_run_new() else { return .memory }
        defer { cls_run_free(run) }
        var failure = cls_failure()
        guard cls_run_start(state, run, function, constant(#"{"id":"r"}"#), 42, &failure) else { return end(failure) }
        defer { cls_run_end(state, run) }
        var step = cls_step()
        cls_run_step(state, run, nil, &step)
        var pages = 0
        while true {
            switch cls_run_outcome(UInt32(step.outcome)) {
            case CLS_RUN_FINISHED: return .done
            case CLS_RUN_PAUSED: cls_run_step(state, run, nil, &step)
            case CLS_RUN_EFFECT:
                var reply = cls_reply()
                switch String(copying: step.name) {
                case "client.grantCredits":
                    reply.failed = true
                    reply.code = constant("CustomerNotFound")
                    reply.message = constant("no such customer")
                case "client.listCustomers":
                    pages += 1
                    reply.json =
                        pages == 1
                        ? constant(#"{"data":[{"id":"a"}],"pagination":{"next":"c1"}}"#)
                        : constant(#"{"data":[{"id":"c"}],"pagination":{"next":null}}"#)
                case "time.now": reply.json = constant(#""2026-10-01T00:00:00Z""#)
                default: reply.json = constant(#"{"id":"x","n":null,"v":0.1,"l":[1,null,2]}"#)
                }
                cls_run_step(state, run, &reply, &step)
            default: return end(step.failure)
            }
        }
    }

    @Test func `every allocation of a run may fail`() {
        let whole = Self.live(after: 0, count: 0)
        #expect(whole.ends == [.done, .done] && whole.recovered == [.done, .done])
        for count: UInt64 in [1, 2, .max] {
            var hit = 0
            for index in 0..<whole.allocations {
                let life = Self.live(after: index, count: count)
                #expect(life.ends.allSatisfy { $0 == .done || $0 == .memory }, "allocation \(index): \(life.ends)")
                if life.ends.contains(.memory) { hit += 1 }
                if life.ends.count == 2 { #expect(life.recovered == [.done, .done], "allocation \(index)") }
            }
            // A single refusal is mostly healed by the collection that Lua makes before it tries again.
            #expect(hit > (count == 1 ? 10 : Int(whole.allocations) - 10))
        }
    }
}
