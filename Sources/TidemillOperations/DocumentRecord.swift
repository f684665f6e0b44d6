/// A file that holds no records and that a job takes as it is, by its name: it travels as a webhook of a type of its own.
public enum DocumentRecord {
    public static let type = "tidemill.document"
    /// Bytes of such a file: what a job can be given.
    public static let sizeMax: Int64 = 1 << 20

    /// The record for a file. The same file again, by name and content, is a repeat.
    public static func record(name: String, contentHash: String, document: Payload) -> Payload {
        [
            "type": .string(type), "messageId": .string("\(type):\(contentHash):\(name)"), "name": .string(name),
            "document": document,
        ]
    }

    /// The name and content in such a record.
    public static func read(_ record: Payload) -> (name: String, document: Payload)? {
        guard record["type"]?.text == type, let name = record["name"]?.text, let document = record["document"] else {
            return nil
        }
        return (name, document)
    }
}
