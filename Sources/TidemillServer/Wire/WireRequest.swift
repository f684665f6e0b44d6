/// A request as it came, whatever carried it.
public struct WireRequest: Sendable {
    public var method: String
    public var target: WireTarget
    public var headers: WireHeaders
    /// The name under which the server was called, with its port: `localhost:7411`.
    public var authority: String?
    /// The address of the other end; nil on a socket of the file system.
    public var peer: String?
    public var body: [UInt8]

    public init(
        _ method: String, _ target: WireTarget, headers: WireHeaders = WireHeaders([]), authority: String? = nil,
        peer: String? = nil, body: [UInt8] = []
    ) {
        self.method = method
        self.target = target
        self.headers = headers
        self.authority = authority
        self.peer = peer
        self.body = body
    }
}

/// Header fields by their names in lower case.
public struct WireHeaders: Sendable {
    /// In the order in which they came: of few, looking at each is less work than a table of them.
    private let fields: [(name: String, value: String)]

    public init(_ fields: [(name: String, value: String)]) {
        self.init(lowercased: fields.map { ($0.name.lowercased(), $0.value) })
    }

    init(lowercased fields: [(name: String, value: String)]) { self.fields = fields }

    public subscript(name: String) -> String? { fields.first { $0.name == name }?.value }

    public func all(_ name: String) -> [String] { fields.filter { $0.name == name }.map(\.value) }
}

/// An answer: always with a body, which is a JSON document unless `type` says something else.
public struct WireAnswer: Sendable {
    public var status: Int
    public var type = "application/json"
    public var headers: [(name: String, value: String)] = []
    /// What a browser may do with it (Content-Security-Policy).
    public var policy = "default-src 'none'; frame-ancestors 'none'"
    public var body: [UInt8]
    /// Of a long one, until it is written.
    var room: AnswerRoom.Place?

    public init(_ status: Int, type: String = "application/json", body: [UInt8]) {
        self.status = status
        self.type = type
        self.body = body
    }
}
