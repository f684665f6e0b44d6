import CLuaSupport
import Foundation
import TidemillCore
import TidemillOperations
import TidemillScripting
import TidemillTestSupport

/// One dimension of a test event or of an answer's patch, in a form that tests can write down.
enum Value: Equatable, CustomStringConvertible {
    case null
    case boolean(Bool)
    case integer(Int64)
    /// Its digits.
    case number(String)
    case text(String)

    var description: String {
        switch self {
        case .null: "null"
        case .boolean(let value): "\(value)"
        case .integer(let value): "\(value)"
        case .number(let digits): digits
        case .text(let text): "\"\(text)\""
        }
    }
}

struct Event {
    var customer = "acme"
    var resource = ""
    var name = "llm.inference"
    var key = "k-1"
    var timestamp = "2026-10-01T00:00:02.500Z"
    var receivedAt = "2026-10-02T00:00:00.000Z"
    var dimensions: [(key: String, value: Value)] = []

    init(_ dimensions: KeyValuePairs<String, Value> = [:]) {
        self.dimensions = dimensions.map { ($0.key, $0.value) }
    }
}

/// What the rules made of one event.
enum Outcome: Equatable {
    struct Part: Equatable {
        var customer: String?
        var resource: String?
        var name: String?
        var timestamp: String?
        var dimensions: [String: Value] = [:]
        /// The filter that dropped this part of a split event.
        var droppedBy: Int?
        var reason = ""
    }

    case unchanged
    case mapped([Part])
    case filtered(rule: Int, reason: String)
    case failed(code: String, rule: Int, message: String)

    var message: String {
        switch self {
        case .failed(_, _, let message): message
        case .filtered(_, let reason): reason
        case .unchanged: "unchanged"
        case .mapped(let parts): "\(parts)"
        }
    }

    var code: String? { if case .failed(let code, _, _) = self { code } else { nil } }
}

/// Scripts loaded and called on a Lua thread, as the worker does it.
struct Rules {
    static let clock = StandingClock(Timestamp(rfc3339: "2026-11-22T10:00:00Z")!)
    let ruleSet: RuleSet
    let thread = DedicatedThread()

    init(
        _ text: String, limits: ScriptLimits = ScriptLimits(), vars: TextMap<Payload> = [:],
        log: @escaping ScriptLog = { _ in }
    ) throws {
        try self.init(sources: [ScriptSource(name: "a.lua", text: text)], limits: limits, vars: vars, log: log)
    }

    init(
        sources: [ScriptSource], limits: ScriptLimits = ScriptLimits(), vars: TextMap<Payload> = [:],
        log: @escaping ScriptLog = { _ in }
    ) throws {
        ruleSet = try ScriptLoader(limits: limits, vars: vars, clock: Self.clock, log: log).load(sources, on: thread)
    }

    func apply(_ event: Event = Event()) throws -> Outcome {
        try thread.wait { [ruleSet] in ruleSet.apply(event) }
    }
}

/// The outcome of one mapping whose function has this body.
func mapping(_ body: String, _ event: Event = Event(), limits: ScriptLimits = ScriptLimits()) throws -> Outcome {
    try Rules("mapping { name = 'm', map = function(event) \(body)\nend }", limits: limits).apply(event)
}

/// The dimension `x` that a mapping answers with this expression.
func value(of expression: String, _ event: Event = Event()) throws -> Value? {
    let outcome = try mapping("return { dimensions = { x = \(expression) } }", event)
    guard case .mapped(let parts) = outcome, parts.count == 1 else { return .text(outcome.message) }
    return parts[0].dimensions["x"]
}

extension Event: @unchecked Sendable {}

extension RuleSet {
    /// On the calling thread.
    func apply(_ event: Event) -> Outcome {
        // strdup'ed copies that live as long as the call.
        var copies: [UnsafeMutablePointer<CChar>] = []
        defer { copies.forEach { free($0) } }
        func text(_ string: String) -> cls_text {
            let copy = strdup(string)!
            copies.append(copy)
            return cls_text(bytes: copy, length: UInt32(string.utf8.count))
        }
        let dimensions = event.dimensions.map { key, value in
            var dimension = cls_dimension()
            dimension.key = text(key)
            switch value {
            case .null: dimension.type = UInt8(CLS_NULL.rawValue)
            case .boolean(let value):
                dimension.type = UInt8(CLS_BOOLEAN.rawValue)
                dimension.boolean = value
            case .integer(let value):
                dimension.type = UInt8(CLS_INTEGER.rawValue)
                dimension.integer = value
                dimension.text = text(String(value))
            case .number(let digits):
                dimension.type = UInt8(CLS_NUMBER.rawValue)
                dimension.real = Double(digits)!
                dimension.text = text(digits)
            case .text(let string):
                dimension.type = UInt8(CLS_STRING.rawValue)
                dimension.text = text(string)
            }
            return dimension
        }
        var seen = cls_event()
        seen.customer_id = text(event.customer)
        seen.resource_id = text(event.resource)
        seen.event_name = text(event.name)
        seen.idempotency_key = text(event.key)
        seen.timestamp = text(event.timestamp)
        seen.received_at = text(event.receivedAt)
        seen.dimension_count = UInt32(dimensions.count)
        return dimensions.withUnsafeBufferPointer { buffer in
            seen.dimensions = buffer.baseAddress
            var result = cls_result()
            cls_rules_apply(state, &seen, &result)
            return Outcome(result)
        }
    }
}

extension Outcome {
    init(_ result: cls_result) {
        switch cls_outcome(UInt32(result.outcome)) {
        case CLS_FILTERED: self = .filtered(rule: Int(result.rule), reason: String(copying: result.text))
        case CLS_FAILED:
            let codes = ["error", "timeout", "memory", "answer"]
            self = .failed(
                code: codes[Int(result.code)], rule: Int(result.rule), message: String(copying: result.text))
        case CLS_MAPPED:
            self = .mapped((0..<Int(result.part_count)).map { Part(result.parts[$0]) })
        default: self = .unchanged
        }
    }
}

extension Outcome.Part {
    init(_ part: cls_part) {
        func changed(_ bit: Int, _ text: cls_text) -> String? {
            Int(part.changed) & bit != 0 ? String(copying: text) : nil
        }
        customer = changed(Int(CLS_CHANGED_CUSTOMER), part.customer_id)
        resource = changed(Int(CLS_CHANGED_RESOURCE), part.resource_id)
        name = changed(Int(CLS_CHANGED_EVENT_NAME), part.event_name)
        timestamp = changed(Int(CLS_CHANGED_TIMESTAMP), part.timestamp)
        droppedBy = part.dropped_by == UInt32.max ? nil : Int(part.dropped_by)
        reason = String(copying: part.reason)
        for index in 0..<Int(part.patch_count) {
            let dimension = part.patch[index]
            let value: Value =
                switch cls_type(UInt32(dimension.type)) {
                case CLS_BOOLEAN: .boolean(dimension.boolean)
                case CLS_INTEGER: .integer(dimension.integer)
                case CLS_NUMBER: .number(String(copying: dimension.text))
                case CLS_STRING: .text(String(copying: dimension.text))
                default: .null
                }
            dimensions[String(copying: dimension.key)] = value
        }
    }
}

extension String {
    init(copying text: cls_text) {
        self.init(decoding: UnsafeRawBufferPointer(start: text.bytes, count: Int(text.length)), as: UTF8.self)
    }
}
