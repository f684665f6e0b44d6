/// What help, reference page and editor stubs say about one field.
public struct FieldDescription: Sendable {
    public let name: String
    /// Other names under which the field is accepted.
    public let aliases: [String]
    /// The type in a few words: `text`, `number`, `list of usage reports`.
    public let type: String
    /// What limits the value: `1–255 characters`; nil where the type says it all.
    public let bounds: String?
    public let isRequired: Bool
    /// Whether null may be given, and means something else than leaving the field out.
    public let isNullable: Bool
    public let about: String
    /// The fields of an object, or of each item of a list of objects.
    public let fields: [FieldDescription]
}
