import CLuaSupport
import TidemillCore
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
            var members = TextMap<Payload>(minimumCapacity: Int(node.count))
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

extension [InputFault] {
    /// The faults as the C layer takes them, for the time of `body`: those that a constant of a script may be about.
    func withFaults(_ body: (UnsafeBufferPointer<cls_fault>) -> Void) {
        var faults: [cls_fault] = []
        var texts: [[CChar]] = []
        var places: [(name: Int, text: Int?)] = []
        for fault in self {
            var own = cls_fault()
            own.has_value = fault.value != nil
            var text: String?
            switch fault.value {
            case nil: break
            case .boolean(let value):
                own.type = UInt8(CLS_BOOLEAN.rawValue)
                own.integer = value ? 1 : 0
            case .integer(let value):
                own.type = UInt8(CLS_INTEGER.rawValue)
                own.integer = value
            case .number(let digits):
                own.type = UInt8(CLS_NUMBER.rawValue)
                text = digits
            case .string(let value):
                own.type = UInt8(CLS_STRING.rawValue)
                text = value
            case .null, .array, .object: continue
            }
            faults.append(own)
            texts.append(fault.name.utf8.map { CChar(bitPattern: $0) })
            if let text { texts.append(text.utf8.map { CChar(bitPattern: $0) }) }
            places.append((texts.count - (text == nil ? 1 : 2), text == nil ? nil : texts.count - 1))
        }
        // One buffer for all of them, which stays where it is.
        let starts = texts.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1.count) }
        Array<CChar>(texts.joined()).withUnsafeBufferPointer { bytes in
            func text(_ index: Int) -> cls_text {
                cls_text(bytes: bytes.baseAddress.map { $0 + starts[index] }, length: UInt32(texts[index].count))
            }
            for (index, place) in places.enumerated() {
                faults[index].name = text(place.name)
                if let value = place.text { faults[index].text = text(value) }
            }
            faults.withUnsafeBufferPointer(body)
        }
    }
}
