import TidemillOperations
import TidemillStore

/// JSON columns that the engine wrote itself: reading one back cannot fail, unless the store is damaged.
enum StoredBody {
    static func parse(_ text: String) throws -> Payload {
        do throws(Payload.JSONError) {
            return try Payload(json: text)
        } catch {
            throw StoreError(.corrupt, "a stored document is no JSON: \(error); restore a backup")
        }
    }

    static func decode<Value: Shaped>(_ type: Value.Type, _ text: String) throws -> Value {
        do {
            return try type.shape.decode(try parse(text), as: "a stored document")
        } catch let error as OperationError {
            throw StoreError(.corrupt, "\(error.message); restore a backup")
        }
    }

    static func encode<Value: Shaped>(_ value: Value) -> String {
        Value.shape.encode(value, nulls: .omitted).json
    }
}
