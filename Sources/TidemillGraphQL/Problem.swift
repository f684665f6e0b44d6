import TidemillCore
public import TidemillOperations

/// Where something stands in a document: lines and columns from 1, columns in characters of Unicode.
public struct Location: Sendable, Hashable {
    public let line: Int
    public let column: Int
}

/// One entry of an answer's `errors`.
public struct Problem: Error, Sendable, Hashable, CustomStringConvertible {
    public let message: String
    /// `extensions.code`: that of the operation table's error, or one of `Code`.
    public let code: String
    public var locations: [Location]
    /// Names and indexes from the answer's root to what is missing.
    public var path: [Payload] = []

    /// What is wrong with a document, in the spelling of the servers that clients know.
    public enum Code: String, Sendable, CaseIterable {
        case syntax = "GRAPHQL_PARSE_FAILED"
        case document = "GRAPHQL_VALIDATION_FAILED"
        case variables = "BAD_USER_INPUT"
        /// More than is worked on at a time.
        case tooComplex = "QUERY_TOO_COMPLEX"
        /// The service has it, this program does not.
        case notOffered = "not_offered"
        /// Something that must not be null came to nothing.
        case noValue = "NO_VALUE"
    }

    public init(_ code: String, _ message: String, at locations: [Location] = []) {
        self.code = code
        self.message = message
        self.locations = locations
    }

    init(_ code: Code, _ message: String, at location: Location? = nil) {
        self.init(code.rawValue, message, at: location.map { [$0] } ?? [])
    }

    public var description: String { message }

    var payload: Payload {
        var members: TextMap<Payload> = [
            "message": .string(message), "extensions": ["code": .string(code)],
        ]
        if !locations.isEmpty {
            members["locations"] = .array(
                locations.map { ["line": .integer(Int64($0.line)), "column": .integer(Int64($0.column))] })
        }
        if !path.isEmpty { members["path"] = .array(path) }
        return .object(members)
    }
}
