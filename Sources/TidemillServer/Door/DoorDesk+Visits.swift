import TidemillGraphQL
import TidemillOperations

/// Where requests lead, by method and path alone.
extension DoorDesk {
    /// Where a request leads.
    struct Visit: Sendable {
        enum Place: Sendable {
            case live, ready, metrics, status, openAPI
            case enterPage, asset, enter, leave
            /// A page for people.
            case page
            /// A page waits for a change.
            case watch
            case webhook(String)
            case experiment(Experiment)
            case graphql
            case edge(EdgeDocument)
            case api(RouteTable.Match)
            /// A path of this server, with these methods and not the request's.
            case otherMethods([String])

            /// Whether a body is read only of those who have shown a key.
            var takesKey: Bool {
                switch self {
                case .live, .ready, .metrics, .enterPage, .asset, .enter, .leave, .page, .watch, .webhook,
                    .otherMethods:
                    false
                case .status, .openAPI, .experiment, .graphql, .edge, .api: true
                }
            }
        }

        let place: Place
        /// For metrics: the same for all requests of a route.
        let route: String
        let bodyMax: Int
    }

    func visit(_ request: WireRequest) -> Visit {
        let segments = request.target.segments
        // Most requests: none of the places below begins so.
        if segments.first == "api" || segments.first == "operations" { return routed(request) }
        let isRead = request.method == "GET" || request.method == "HEAD"
        let bodyMax = DoorSettings.bodyMax
        switch (segments.first, segments.count) {
        // The API's edge calls it health.
        case ("livez", 1) where isRead, ("health", 1) where isRead:
            return Visit(place: .live, route: "/livez", bodyMax: Self.formMax)
        case ("readyz", 1) where isRead: return Visit(place: .ready, route: "/readyz", bodyMax: Self.formMax)
        case ("metrics", 1) where isRead: return Visit(place: .metrics, route: "/metrics", bodyMax: Self.formMax)
        case ("statusz", 1) where isRead: return Visit(place: .status, route: "/statusz", bodyMax: bodyMax)
        case ("openapi.json", 1) where isRead: return Visit(place: .openAPI, route: "/openapi.json", bodyMax: bodyMax)
        case ("enter", 1) where isRead: return Visit(place: .enterPage, route: "/enter", bodyMax: Self.formMax)
        case ("assets", 2) where isRead:
            return Visit(place: .asset, route: "/assets/{name}", bodyMax: Self.formMax)
        case ("enter", 1) where request.method == "POST":
            return Visit(place: .enter, route: "/enter", bodyMax: Self.formMax)
        case ("leave", 1) where request.method == "POST":
            return Visit(place: .leave, route: "/leave", bodyMax: Self.formMax)
        case ("webhooks", 2) where request.method == "POST":
            let name = segments[1]
            return Visit(place: .webhook(name), route: "/webhooks/{name}", bodyMax: receiver.bodyMax(of: name))
        case ("graphql", 1) where request.method == "POST":
            return Visit(place: .graphql, route: "/graphql", bodyMax: bodyMax)
        default: break
        }
        if isRead, let document = EdgeDocument(segments) {
            return Visit(place: .edge(document), route: document.name, bodyMax: Self.formMax)
        }
        if isRead && segments == ["live"] { return Visit(place: .watch, route: "/live", bodyMax: Self.formMax) }
        if isRead && Self.isPage(segments) || request.method == "POST" && segments.first == "do" {
            return Visit(place: .page, route: Self.pageRoute(segments), bodyMax: Self.actionMax)
        }
        if laboratory != nil, let experiment = Experiment(request) {
            return Visit(place: .experiment(experiment), route: "/clock", bodyMax: bodyMax)
        }
        if let methods = otherMethods(segments) {
            return Visit(place: .otherMethods(methods), route: "other", bodyMax: Self.formMax)
        }
        return routed(request)
    }

    /// By the operation table.
    private func routed(_ request: WireRequest) -> Visit {
        let match = routes.match(request.method, request.target.segments)
        guard case .route(let route, _) = match else {
            return Visit(place: .api(match), route: "other", bodyMax: DoorSettings.bodyMax)
        }
        return Visit(place: .api(match), route: route.template, bodyMax: Self.bodyMax(of: route))
    }

    /// What the server's own paths take, none of which is in the operation table; nil for all others.
    private func otherMethods(_ segments: [String]) -> [String]? {
        switch (segments.first, segments.count) {
        case ("livez", 1), ("health", 1), ("readyz", 1), ("metrics", 1), ("statusz", 1), ("openapi.json", 1),
            ("assets", 2), ("live", 1):
            ["GET", "HEAD"]
        case ("enter", 1): ["GET", "HEAD", "POST"]
        case ("leave", 1), ("webhooks", 2), ("graphql", 1): ["POST"]
        case ("clock", 1) where laboratory != nil: ["GET", "PUT"]
        case ("snapshots", 1) where laboratory != nil: ["POST"]
        case ("snapshots", 3) where laboratory != nil && segments[2] == "restore": ["POST"]
        case ("do", 2): ["GET", "HEAD", "POST"]
        default: EdgeDocument(segments) != nil || Self.isPage(segments) ? ["GET", "HEAD"] : nil
        }
    }

    private static let formMax = 4 << 10
    /// A reason of a thousand letters, whatever they are, and what stands beside it.
    private static let actionMax = 16 << 10

    private static func bodyMax(of route: RouteTable.Route) -> Int {
        switch route.target {
        case .named: DoorSettings.longBodyMax
        case .firstUsage: DoorSettings.bodyMax
        case .operations(let rows):
            rows.contains(where: \.isLong) ? DoorSettings.longBodyMax : DoorSettings.bodyMax
        }
    }
}
