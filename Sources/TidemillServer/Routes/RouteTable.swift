public import TidemillOperations

/// The paths of the API: which rows of the operation table stand behind a method and a path.
public struct RouteTable: Sendable {
    /// What a method and a path lead to.
    public enum Match: Sendable {
        /// Rows that share the route, and what the path says for its names.
        case route(Route, [String: String])
        /// The API that we follow has it, this program does not.
        case notOffered
        /// The path is there, with these methods.
        case otherMethods([String])
        case none
    }

    /// A path with its names in braces; what is behind it.
    public struct Route: Sendable {
        public let method: String
        /// For metrics and messages: the same for all requests of the route.
        public let template: String
        public let target: Target
        fileprivate let parts: [Part]

        fileprivate init(_ method: String, _ template: String, _ target: Target) {
            self.method = method
            self.template = template
            self.target = target
            parts = Part.parts(of: template)
        }
    }

    /// The rows that a request of a route may mean; none where its name is unknown.
    static func rows(of target: Target, _ names: [String: String]) -> [OperationRow] {
        switch target {
        case .operations(let rows): rows
        case .firstUsage: [OperationTable.row(.reportUsageBulk)]
        case .named: names["operation"].flatMap { OperationID(rawValue: $0) }.map { [OperationTable.row($0)] } ?? []
        }
    }

    public enum Target: Sendable {
        case operations([OperationRow])
        /// `POST /api/v1/usage`, as SDKs from before October 2025 call it.
        case firstUsage
        /// `POST /operations/NAME`.
        case named
    }

    fileprivate enum Part: Sendable {
        case word(String)
        case name(String)

        static func parts(of template: String) -> [Part] {
            template.split(separator: "/").map {
                $0.hasPrefix("{") ? .name(String($0.dropFirst().dropLast())) : .word(String($0))
            }
        }

        func matches(_ segment: String) -> Bool {
            if case .word(let word) = self { word == segment } else { !segment.isEmpty }
        }
        var isWord: Bool { if case .word = self { true } else { false } }
    }

    private struct Shape: Hashable {
        let method: String
        let count: Int
    }

    private let routes: [Shape: [Route]]
    private let notOffered: [Shape: [[Part]]]
    public let all: [Route]

    /// - Parameter rows: the table; of operators' rows none has a path of its own.
    public init(_ rows: [OperationRow] = OperationTable.rows) {
        var shared: [String: (route: OperationRow.Route, rows: [OperationRow])] = [:]
        var order: [String] = []
        for row in rows where row.audience == .client {
            let key = "\(row.route.method.rawValue) \(row.route.path)"
            if shared[key] == nil { order.append(key) }
            shared[key, default: (row.route, [])].rows.append(row)
        }
        var all = order.compactMap { key in
            shared[key].map { route, rows in
                // Of two lists the one that can be paged answers; the other is asked by its name.
                let asked = rows.count > 1 ? rows.filter { !$0.input.isEmpty } : rows
                return Route(route.method.rawValue, route.path, .operations(asked))
            }
        }
        all.append(Route("POST", "/api/v1/usage", .firstUsage))
        all.append(Route("POST", "/operations/{operation}", .named))
        self.all = all
        // Words before names: /customers/import is no customer.
        routes = Dictionary(grouping: all) { Shape(method: $0.method, count: $0.parts.count) }.mapValues { group in
            group.sorted { $0.parts.count(where: \.isWord) > $1.parts.count(where: \.isWord) }
        }
        notOffered = Dictionary(
            grouping: NotOffered.routes.map { ($0.method, Part.parts(of: $0.path)) }
        ) { Shape(method: $0.0, count: $0.1.count) }.mapValues { $0.map(\.1) }
    }

    public func match(_ method: String, _ segments: [String]) -> Match {
        let shape = Shape(method: method, count: segments.count)
        if let route = routes[shape]?.first(where: { Self.matches($0.parts, segments) }) {
            var names: [String: String] = [:]
            for (part, segment) in zip(route.parts, segments) {
                if case .name(let name) = part { names[name] = segment }
            }
            return .route(route, names)
        }
        if notOffered[shape]?.contains(where: { Self.matches($0, segments) }) == true { return .notOffered }
        let others = ["GET", "POST", "PUT", "PATCH", "DELETE"].filter { other in
            guard other != method else { return false }
            let shape = Shape(method: other, count: segments.count)
            return routes[shape]?.contains { Self.matches($0.parts, segments) } == true
        }
        return others.isEmpty ? .none : .otherMethods(others)
    }

    private static func matches(_ parts: [Part], _ segments: [String]) -> Bool {
        zip(parts, segments).allSatisfy { $0.matches($1) }
    }
}

/// What clients of the API may call and this program does not have: told at once, and not to be tried again.
enum NotOffered {
    static let routes: [(method: String, path: String)] = [
        ("POST", "/api/v1/data-export/scoped-token"),
        ("GET", "/api/v1/data-export/models"),
        ("POST", "/api/v1/data-export/sync"),
        ("POST", "/api/v1/data-export/destinations"),
        ("DELETE", "/api/v1/data-export/destinations/{id}"),
        ("PATCH", "/api/v1/data-export/destinations/{id}"),
        ("GET", "/api/v1/customers/{id}/contracts"),
        ("POST", "/api/v1/customers/{id}/integrations"),
        ("GET", "/api/v1/customers/{id}/integrations"),
        ("GET", "/api/v1/customers/{id}/integrations/{integration}"),
        ("DELETE", "/api/v1/customers/{id}/integrations/{integration}"),
        ("PATCH", "/api/v1/customers/{id}/integrations/{integration}"),
        ("DELETE", "/api/v1/subscriptions/{id}/future-update/pending-payment"),
        ("POST", "/api/v1/subscriptions/{id}/usage/charge"),
        ("POST", "/api/v1/subscriptions/{id}/usage/sync"),
        ("POST", "/api/v1/contracts"),
        ("POST", "/api/v1/contracts/{id}/archive"),
        ("GET", "/api/v1/contracts"),
        ("GET", "/api/v1/contracts/{id}"),
        ("PATCH", "/api/v1/contracts/{id}"),
        ("GET", "/api/v1-beta/entity-types"),
        ("PUT", "/api/v1-beta/entity-types"),
        ("POST", "/api/v1-beta/customers/{id}/entities/archive"),
        ("GET", "/api/v1-beta/customers/{id}/entities"),
        ("GET", "/api/v1-beta/customers/{id}/entities/{entity}"),
        ("POST", "/api/v1-beta/customers/{id}/entities/unarchive"),
        ("PUT", "/api/v1-beta/customers/{id}/entities"),
        ("GET", "/api/v1-beta/customers/{id}/assignments"),
        ("PUT", "/api/v1-beta/customers/{id}/assignments"),
        ("GET", "/api/v1-beta/customers/{id}/entitlements/check"),
        ("GET", "/api/v1-beta/customers/{id}/governance"),
    ]
}
