import TidemillCore
import TidemillOperations
import TidemillStore

/// The members of a stored object. One that is missing or of another type means that the store is damaged.
struct StoredFields {
    let members: TextMap<Payload>

    init(_ payload: Payload) {
        if case .object(let members) = payload { self.members = members } else { members = [:] }
    }

    subscript(name: String) -> Payload? { members[name] }

    func text(_ name: String) throws -> String { try known(members[name]?.text, name) }

    func integer(_ name: String) throws -> Int64 {
        if case .integer(let value) = members[name] { return value }
        throw damaged(name)
    }

    func integers(_ name: String) throws -> TextMap<Int64> {
        guard case .object(let numbers) = members[name] else { return [:] }
        return try numbers.mapValues { value in
            guard case .integer(let number) = value else { throw damaged(name) }
            return number
        }
    }

    func time(_ name: String) throws -> Timestamp { Timestamp(microseconds: try integer(name)) }

    func optionalTime(_ name: String) throws -> Timestamp? { members[name] == nil ? nil : try time(name) }

    func choice<Value: WireEnum>(_ name: String) throws -> Value { try known(Value(rawValue: try text(name)), name) }

    func optionalChoice<Value: WireEnum>(_ name: String) throws -> Value? {
        members[name] == nil ? nil : try choice(name)
    }

    func amounts(_ name: String) throws -> TextMap<Amount> {
        guard case .object(let amounts) = members[name] else { return [:] }
        return try amounts.mapValues { try amount($0, name) }
    }

    func amount(_ name: String) throws -> Amount { try amount(known(members[name], name), name) }

    private func amount(_ value: Payload, _ name: String) throws -> Amount {
        switch value {
        case .integer(let whole): return Amount(whole)
        case .number(let digits): return try known(Amount(digits), name)
        case .null, .boolean, .string, .array, .object: throw damaged(name)
        }
    }

    func texts(_ name: String) -> TextMap<String> {
        guard case .object(let texts) = members[name] else { return [:] }
        return texts.compactMapValues(\.text)
    }

    func optional<Value: Shaped>(_ name: String, _ type: Value.Type) throws -> Value? {
        try members[name].map { try decode($0, name) }
    }

    func list<Value: Shaped>(_ name: String, _ type: Value.Type) throws -> [Value] {
        try (members[name]?.items ?? []).map { try decode($0, name) }
    }

    private func decode<Value: Shaped>(_ payload: Payload, _ name: String) throws -> Value {
        do throws(OperationError) {
            return try Value.shape.decode(payload, as: "the stored '\(name)' of a subscription")
        } catch {
            throw StoreError(.corrupt, "\(error.message); restore a backup")
        }
    }

    private func known<Value>(_ value: Value?, _ name: String) throws -> Value {
        guard let value else { throw damaged(name) }
        return value
    }

    func damaged(_ name: String) -> StoreError {
        StoreError(.corrupt, "a stored subscription has no good '\(name)'; restore a backup")
    }
}
