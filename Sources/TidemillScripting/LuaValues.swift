import CLuaSupport
import TidemillOperations

extension Payload {
    /// A value that the C layer copied out of Lua; null where there is none.
    init(_ nodes: UnsafePointer<cls_node>?, count: UInt32) {
        var cursor = 0
        let nodes = UnsafeBufferPointer(start: nodes, count: Int(count))
        self = nodes.isEmpty ? .null : Self.read(nodes, &cursor)
    }

    private static func read(_ nodes: UnsafeBufferPointer<cls_node>, _ cursor: inout Int) -> Payload {
        guard cursor < nodes.count else { return .null }
        let node = nodes[cursor]
        cursor += 1
        switch cls_node_type(UInt32(node.type)) {
        case CLS_NODE_BOOLEAN: return .boolean(node.integer != 0)
        case CLS_NODE_INTEGER: return .integer(node.integer)
        case CLS_NODE_NUMBER: return .number(String(node.text))
        case CLS_NODE_STRING: return .string(String(node.text))
        case CLS_NODE_ARRAY: return .array((0..<node.count).map { _ in read(nodes, &cursor) })
        case CLS_NODE_OBJECT:
            var members = [String: Payload](minimumCapacity: Int(node.count))
            for _ in 0..<node.count {
                let key = read(nodes, &cursor).text ?? ""
                members[key] = read(nodes, &cursor)
            }
            return .object(members)
        default: return .null
        }
    }
}

extension String {
    /// The text's bytes as the C layer takes them, for the time of `body`.
    func withText<T>(_ body: (cls_text) -> T) -> T {
        var copy = self
        return copy.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) {
                body(cls_text(bytes: $0.baseAddress, length: UInt32($0.count)))
            }
        }
    }
}
