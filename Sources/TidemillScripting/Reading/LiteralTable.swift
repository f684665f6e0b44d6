import TidemillCore
import TidemillOperations

/// What a table of a source says by itself, as the value that a run would get: what is computed is a stand-in, which no
/// field takes, so that nothing is said of what depends on it.
struct LiteralTable {
    /// No text may have this byte, and it is no number and no word.
    static let unknown = Payload.string("\u{0}")

    private(set) var value: Payload = .null
    private var lines: [[String]: Int] = [:]
    private var unknowns: Set<[String]> = []
    /// Tables that may have more in them than is written.
    private var open: Set<[String]> = []

    /// - Parameter isNull: whether an expression is `json.null`.
    init(_ expression: LuaExpression, isNull: (LuaExpression) -> Bool = { _ in false }) {
        value = read(expression, [], isNull) ?? .null
    }

    /// Whether all of it is written, and nothing computed.
    var isWhole: Bool { unknowns.isEmpty && open.isEmpty }

    func line(_ steps: [String]) -> Int {
        var steps = steps
        while true {
            if let line = lines[steps] { return line }
            if steps.isEmpty { return 0 }
            steps.removeLast()
        }
    }

    /// Whether a value stands there, or a part of it, that is computed.
    func isUnknown(_ steps: [String]) -> Bool {
        unknowns.contains(steps) || open.contains(steps)
    }

    /// Whether a name that is not written may be there all the same.
    func isOpen(_ steps: [String]) -> Bool { open.contains(steps) }

    /// Whether any value directly in the table is computed.
    func hasUnknowns(in steps: [String]) -> Bool {
        unknowns.contains { $0.count == steps.count + 1 && $0.starts(with: steps) }
    }

    func isWritten(_ steps: [String]) -> Bool { lines[steps] != nil }

    /// The lines of the members of a table, by their names.
    func member(_ name: String) -> Payload? { value[name].flatMap { $0 == Self.unknown ? nil : $0 } }

    // MARK: - Reading

    private mutating func computed(_ steps: [String]) -> Payload {
        unknowns.insert(steps)
        return Self.unknown
    }

    /// Nil: nothing, as `name = nil`.
    private mutating func read(
        _ expression: LuaExpression, _ steps: [String], _ isNull: (LuaExpression) -> Bool
    ) -> Payload? {
        lines[steps] = expression.line
        switch expression.kind {
        case .nil: return nil
        case .boolean(let value): return .boolean(value)
        case .string(let text): return text.utf8.contains(0) ? computed(steps) : .string(text)
        case .number(let digits): return Self.number(digits) ?? computed(steps)
        case .negative(let operand):
            guard case .number(let digits) = operand.kind, let number = Self.number(digits, isNegative: true) else {
                return computed(steps)
            }
            return number
        case .parentheses(let inner): return read(inner, steps, isNull)
        case .table(let fields): return read(fields, steps, isNull)
        default: return isNull(expression) ? .null : computed(steps)
        }
    }

    private mutating func read(
        _ fields: [LuaTableField], _ steps: [String], _ isNull: (LuaExpression) -> Bool
    ) -> Payload {
        var members: TextMap<Payload> = [:]
        var items: [Payload] = []
        for (index, field) in fields.enumerated() {
            switch field.key {
            case .name(let name):
                if let value = read(field.value, steps + [name], isNull) { members[name] = value }
                lines[steps + [name]] = field.line
            case .position:
                guard let value = read(field.value, steps + ["[\(items.count)]"], isNull) else {
                    return computed(steps)
                }
                lines[steps + ["[\(items.count)]"]] = field.line
                if index == fields.count - 1, field.value.isMultiple { open.insert(steps) }
                items.append(value)
            case .computed: open.insert(steps)
            }
        }
        if items.isEmpty { return .object(members) }
        // Both a list and an object is neither.
        return members.isEmpty && !(open.contains(steps) && fields.contains(where: \.isComputed))
            ? .array(items) : computed(steps)
    }

    /// As Lua gives it on: what is integral is an integer; what is not written plainly is not looked at.
    private static func number(_ digits: String, isNegative: Bool = false) -> Payload? {
        let sign = isNegative ? "-" : ""
        if digits.utf8.allSatisfy({ (48...57).contains($0) }) { return Int64(sign + digits).map { .integer($0) } }
        let parts = digits.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy { (48...57).contains($0) } }),
            digits.utf8.count <= 15, parts[0] == "0" || !parts[0].hasPrefix("0")
        else { return nil }
        if parts[1].utf8.allSatisfy({ $0 == 48 }) { return Int64(sign + parts[0]).map { .integer($0) } }
        return .number(sign + digits)
    }
}

extension LuaTableField {
    var isComputed: Bool { if case .computed = key { true } else { false } }
}
