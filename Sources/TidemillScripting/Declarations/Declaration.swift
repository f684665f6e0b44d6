public import TidemillCore
public import TidemillOperations

/// What a script declared, checked: for `tidemill jobs` and for the parts that act on it.
public struct Declaration: Sendable, Hashable {
    public enum Kind: String, Sendable, CaseIterable {
        case catalog
        case filter
        case mapping
        case recharge
        case grant
        case job
    }

    public var kind: Kind
    /// Empty for a catalog.
    public var name: String
    public var file: String
    public var line: Int
    /// Every option but name and functions.
    public var options: TextMap<Payload>
    /// Of a catalog: the text of its file, in which lines are looked for.
    var source = ""
}

/// A filter or mapping of the pipeline.
public struct Rule: Sendable, Hashable {
    public enum Kind: String, Sendable {
        case filter
        case mapping
    }

    public var name: String
    public var kind: Kind
    public var file: String
    public var line: Int
    /// Nil: every event.
    public var eventNames: [String]?
}
