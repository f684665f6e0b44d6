import TidemillCore
import TidemillOperations

/// One value of a group key: a dimension by which usage is kept apart.
enum GroupValue {
    enum Tag: UInt8 {
        case missing, `false`, `true`, amount, digits, string
    }

    /// The values of a group key in order; nil where the dimension was missing.
    static func values(of key: UnsafeRawBufferPointer, count: Int) throws -> [Payload?] {
        var reader = ByteReader(key)
        return try (0..<count).map { _ in
            guard let tag = Tag(rawValue: try reader.byte()) else { throw ByteReader.Damaged() }
            switch tag {
            case .missing: return nil
            case .false: return .boolean(false)
            case .true: return .boolean(true)
            case .amount: return Payload(Amount(nanos: try reader.nanos()))
            case .digits: return .number(try reader.string())
            case .string: return .string(try reader.string())
            }
        }
    }
}
