import CLuaSupport
import TidemillOperations

/// A value inside a declaration, copied out of Lua.
indirect enum DeclaredValue {
    case null
    case boolean(Bool)
    case integer(Int64)
    /// Exact digits.
    case number(String)
    case string(String)
    case list([DeclaredValue])
    /// An empty table may be meant as either: it is an empty table.
    case table([String: DeclaredValue])
    /// By its reference in the state.
    case function(Int64)
    /// What no declaration can hold: "a list with holes".
    case other(String)

    /// Completes "expected …, got".
    var kind: String {
        switch self {
        case .null: "json.null"
        case .boolean: "a boolean"
        case .integer, .number: "a number"
        case .string: "a string"
        case .list: "a list"
        case .table(let members): members.isEmpty ? "an empty table" : "a table"
        case .function: "a function"
        case .other(let what): what
        }
    }

    static func read(_ declaration: cls_declaration) -> DeclaredValue {
        var cursor = 0
        let nodes = UnsafeBufferPointer(start: declaration.nodes, count: Int(declaration.node_count))
        return read(nodes, &cursor)
    }

    private static func read(_ nodes: UnsafeBufferPointer<cls_node>, _ cursor: inout Int) -> DeclaredValue {
        guard cursor < nodes.count else { return .null }
        let node = nodes[cursor]
        cursor += 1
        switch cls_node_type(UInt32(node.type)) {
        case CLS_NODE_BOOLEAN: return .boolean(node.integer != 0)
        case CLS_NODE_INTEGER: return .integer(node.integer)
        case CLS_NODE_NUMBER: return .number(String(node.text))
        case CLS_NODE_STRING: return .string(String(node.text))
        case CLS_NODE_ARRAY: return .list((0..<node.count).map { _ in read(nodes, &cursor) })
        case CLS_NODE_OBJECT:
            var members: [String: DeclaredValue] = [:]
            var isText = true
            // All of it is read, whatever its keys are: what follows it begins behind it.
            for _ in 0..<node.count {
                let key = read(nodes, &cursor)
                let value = read(nodes, &cursor)
                if case .string(let key) = key { members[key] = value } else { isText = false }
            }
            return isText ? .table(members) : .other("a table with a key that is no UTF-8 text")
        case CLS_NODE_FUNCTION: return .function(node.integer)
        case CLS_NODE_OTHER: return .other(String(node.text))
        default: return .null
        }
    }
}

extension String {
    /// Copies a text of the C layer; bytes that are no UTF-8 are replaced.
    init(_ text: cls_text) {
        self.init(
            decoding: UnsafeRawBufferPointer(start: text.bytes, count: text.bytes == nil ? 0 : Int(text.length)),
            as: UTF8.self)
    }
}
