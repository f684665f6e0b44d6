/// What went wrong in the store.
public struct StoreError: Error, Sendable, CustomStringConvertible {
    public enum Code: String, Sendable {
        /// A unique key exists already, or a fenced update met a changed row.
        case conflict
        /// Another process held the database longer than the busy time-out.
        case busy
        /// The disk is full or a quota is reached.
        case full
        /// The database cannot be opened, read or written (path, permissions, I/O).
        case unavailable
        /// The file is no database, or damaged.
        case corrupt
        /// The store was written by a newer Tidemill, or belongs to another environment.
        case incompatible
        /// A statement that the program should not have issued.
        case misuse
    }

    public let code: Code
    public let message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// Whether the same call may succeed later without anyone changing anything.
    public var isTransient: Bool {
        switch code {
        case .busy, .full, .unavailable: true
        case .conflict, .corrupt, .incompatible, .misuse: false
        }
    }

    public var description: String { message }
}
