import TidemillCore
public import TidemillOperations

/// One request to the service.
public struct ServiceRequest: Sendable {
    /// What shares a budget there.
    public enum Kind: String, Sendable, CaseIterable, Hashable {
        case read, write, usage, events
    }

    public let method: OperationRow.Route.Method
    /// From `/api` on, with the query.
    public let path: String
    public let body: [UInt8]?
    public let kind: Kind
    /// The customer that it is about: each has a budget of its own there.
    public let entity: String?
    /// One for each effect, for ever: sent with POST.
    public internal(set) var key: String?

    public init(
        _ method: OperationRow.Route.Method, _ path: String, body: Payload? = nil, kind: Kind, entity: String? = nil
    ) {
        self.method = method
        self.path = path
        self.body = body.map { Array($0.json.utf8) }
        self.kind = kind
        self.entity = entity
    }
}

/// What came back, whole.
public struct ServiceResponse: Sendable {
    public let status: Int
    public let body: [UInt8]
    /// Where it points, of a redirect.
    public let location: String?
    /// How long it asks to wait.
    public let retryAfter: Duration?
    /// Its clock.
    public let date: String?

    public init(
        status: Int, body: [UInt8], location: String? = nil, retryAfter: Duration? = nil, date: String? = nil
    ) {
        self.status = status
        self.body = body
        self.location = location
        self.retryAfter = retryAfter
        self.date = date
    }
}

/// Why there is no response.
public enum TransportFailure: Error, Sendable, Hashable {
    /// Nothing was sent: it has no effect there.
    case notSent(String)
    /// Nothing was sent, and nothing will be while nobody changes a setting: a certificate that is not trusted.
    case refused(String)
    /// It may have been performed.
    case lost(String)

    var reason: String {
        switch self {
        case .notSent(let reason), .refused(let reason), .lost(let reason): reason
        }
    }
}

/// Carries requests. Tests have one without a network.
public protocol ServiceTransport: Sendable {
    func send(_ request: ServiceRequest) async throws(TransportFailure) -> ServiceResponse
}
