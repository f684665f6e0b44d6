import Crypto
import Foundation
import TidemillCore
import TidemillOperations

/// Takes the objects of a document apart, so that each stands in it once, under a name made of its content.
struct SharedSchemas {
    private(set) var schemas: TextMap<Payload> = [:]

    mutating func taken(from value: Payload) -> Payload {
        switch value {
        case .array(let items): return .array(items.map { taken(from: $0) })
        case .object(let members):
            let inner = Payload.object(members.mapValues { taken(from: $0) })
            guard members["type"] == "object" || members["type"] == ["object", "null"], members["properties"] != nil
            else {
                return inner
            }
            guard case .object(var parts) = inner else { return inner }
            // What is said of the place where it stands stays there.
            let about = parts.removeValue(forKey: "description")
            let isNullable = parts["type"] != "object"
            parts["type"] = "object"
            let reference: Payload = ["$ref": .string("#/components/schemas/" + name(of: .object(parts)))]
            var place: TextMap<Payload> = isNullable ? ["anyOf": [reference, ["type": "null"]]] : [:]
            if !isNullable, case .object(let only) = reference { place = only }
            if let about { place["description"] = about }
            return .object(place)
        default: return value
        }
    }

    private mutating func name(of schema: Payload) -> String {
        let name = "Object-" + SHA256.hash(data: Data(schema.json.utf8)).prefix(6).hexadecimal
        schemas[name] = schema
        return name
    }
}
