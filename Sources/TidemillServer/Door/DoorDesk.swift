import Foundation
import Synchronization
public import TidemillCore
import TidemillOperations
import TidemillStore

/// What the server does with a request, from who asks to the answer.
public final class DoorDesk: Sendable {
    let metrics: DoorMetrics
    private let bodies = BodyRoom()
    private let unsignedBodies = BodyRoom(bytesMax: BodyRoom.unsignedBytesMax)
    let reading: BodyReading
    let answers = AnswerRoom()
    let settings: DoorSettings
    let keys: KeyRing
    let routes = RouteTable()
    let limit: RateLimit
    let watchers = LiveWatchers()
    let looks = LiveLooks()
    let drawn = DrawnPages()
    private let stopping = Mutex(false)
    let shares = WorkShares()
    /// Of who tries secrets that are none, by where it comes from.
    let guesses = RateLimit(rate: 1, burst: 20)
    private let health: DoorHealth
    let receiver: WebhookReceiver
    let laboratory: (any Laboratory)?
    private let work = Mutex<RequestWork?>(nil)

    public init(
        _ settings: DoorSettings, keys: KeyRing, health: DoorHealth, receiver: WebhookReceiver,
        registry: MetricRegistry, laboratory: (any Laboratory)? = nil
    ) {
        self.laboratory = laboratory
        self.settings = settings
        self.keys = keys
        self.health = health
        self.receiver = receiver
        metrics = DoorMetrics(registry: registry)
        limit = RateLimit(rate: settings.rate, burst: settings.burst)
        reading = BodyReading(bodies)
    }

    /// The store is open: from now on everything is answered. Another one takes its place for the requests that follow.
    public func serve(_ backend: ServedBackend) {
        let ready = RequestWork(backend)
        work.withLock { $0 = ready }
    }

    /// Pages that wait for a change are let go at once.
    func beginStop() { stopping.withLock { $0 = true } }
    var isStopping: Bool { stopping.withLock { $0 } }

    // MARK: - Before the body is read

    /// Where the body of a visit is held.
    func room(of visit: Visit) -> BodyRoom { visit.place.takesKey ? bodies : unsignedBodies }

    /// From whose share of the room: a key's, or where it comes from.
    func sharer(of visit: Visit, _ request: WireRequest, _ holder: KeyRing.Holder?) -> String? {
        visit.place.takesKey ? holder?.name : Peer.network(of: request, isProxied: isProxied(request))
    }

    /// A page that a browser opened under a name of its own must not reach a server on this machine.
    func checkHost(_ request: WireRequest) throws(WireError) {
        // The first one became the authority; what is left of them is another.
        guard request.headers["host"] == nil, let host = HostName(request.authority ?? "") else {
            throw WireError(.badRequest, "a request must name its host once, such as Host: localhost:7411")
        }
        guard request.headers.all("transfer-encoding").allSatisfy({ $0.lowercased() == "chunked" }) else {
            throw WireError(.badRequest, "of transfer encodings chunked alone is taken; send the body as it is")
        }
        guard host.isAddress || host.name == "localhost" || settings.hosts.contains(host.name) else {
            throw WireError(
                .wrongHost,
                "this server is not known as \"\(host.name.prefix(100))\"; add it to http.hosts if it is to be")
        }
    }

    /// Who asks, before anything of the body is taken, where a key is asked for.
    @discardableResult
    func admit(_ visit: Visit, _ request: WireRequest) async throws(WireError) -> KeyRing.Holder? {
        switch visit.place {
        case .live, .ready, .enterPage, .asset, .enter, .leave, .page, .watch, .otherMethods: return nil
        case .webhook(let name):
            try receiver.source(named: name)
            return nil
        case .metrics where settings.opensMetrics || settings.listen.isLocal: return nil
        case .metrics, .status, .openAPI, .experiment, .graphql, .edge, .api:
            let holder = try await holder(request)
            try spend(holder.name)
            if case .api(.route(let route, let names)) = visit.place { try checkScope(holder.scope, route, names) }
            return holder
        }
    }

    /// Refuses what the scope allows with no input, before the body is read.
    private func checkScope(
        _ scope: KeyScope, _ route: RouteTable.Route, _ names: [String: String]
    ) throws(WireError) {
        let rows = RouteTable.rows(of: route.target, names)
        guard let first = rows.first, !rows.contains(where: { scope.allows($0, [:]) }) else { return }
        throw Self.forbidden(first.id.rawValue)
    }

    /// Counts a request of a key.
    func spend(_ name: String) throws(WireError) {
        guard let wait = limit.take(name) else { return }
        throw WireError(
            .rateLimited, "the key \"\(name.escapingControls)\" asks too often; come again later", retryAfter: wait)
    }

    func opened() throws(WireError) -> RequestWork {
        guard let work = work.withLock({ $0 }) else {
            throw WireError(.notReady, "the server is opening its store; come again in a moment")
        }
        return work
    }

    func holder(_ request: WireRequest) async throws(WireError) -> KeyRing.Holder {
        let work = try opened()
        if keys.isStale {
            let keys = keys
            try await settled { try await work.look { try keys.refresh(work.backend.store) } }
        }
        guard let key = Self.key(of: request) else {
            if let holder = try await holder(bySession: request) { return holder }
            throw WireError(.unauthenticated, "a key is needed: send it as X-API-KEY, or as Authorization: Bearer")
        }
        guard let holder = keys.holder(of: key) else {
            throw WireError(
                .unauthenticated, "the key is not known here, or it was revoked; `tidemill keys list` shows them")
        }
        return holder
    }

    private static func key(of request: WireRequest) -> String? {
        if let key = request.headers["x-api-key"], !key.isEmpty { return key }
        guard let bearer = request.headers["authorization"], bearer.lowercased().hasPrefix("bearer ") else {
            return nil
        }
        return String(bearer.dropFirst("bearer ".count))
    }

    // MARK: - The answer

    /// - Parameter known: who was let in, where that was a moment ago.
    func answer(
        _ visit: Visit, _ request: WireRequest, for known: KeyRing.Holder? = nil
    ) async throws(WireError) -> WireAnswer {
        switch visit.place {
        case .live: return .json(200, ["status": "UP"])
        case .ready: return await ready()
        case .metrics:
            let work = work.withLock { $0 }
            return await health.metrics(work, metrics.registry)
        case .status:
            let holder = try await holder(request)
            guard holder.scope.seesStatus else { throw Self.forbidden("the status") }
            return try await status(to: holder, strict: request.target.value(of: "strict") != nil)
        case .openAPI: return WireAnswer(200, body: OpenAPI.document)
        case .enterPage: return enterPage()
        case .asset:
            if let answer = asset(request.target.segments[1]) { return answer }
            throw WireError(.noRoute, "there is no such file")
        case .page: return try await page(request)
        case .watch: return try await live(request)
        case .enter: return try await enter(request)
        case .leave: return try await leave(request)
        case .webhook(let name): return try await receiver.take(request, from: name)
        case .experiment(let experiment):
            guard let laboratory else { throw WireError(.noRoute, "this server is no server of tests") }
            return .json(200, try await settled { try await self.answer(experiment, by: laboratory, request) })
        case .graphql: return try await graphql(request)
        case .edge(let document): return try await edge(document, request)
        case .api(let match): return try await api(match, request, known)
        case .otherMethods(let methods): throw Self.otherMethod(request, methods)
        }
    }

    private static func otherMethod(_ request: WireRequest, _ methods: [String]) -> WireError {
        WireError(
            .noMethod, "this path takes \(methods.joined(separator: ", ")), not \(request.method.prefix(20))",
            allowed: methods)
    }

    private func ready() async -> WireAnswer {
        guard work.withLock({ $0 != nil }) else {
            return .json(503, ["status": "DOWN", "reasons": ["migrating"]])
        }
        let reasons = await health.reasons()
        guard !reasons.isEmpty else { return .json(200, ["status": "UP"]) }
        return .json(503, ["status": "DOWN", "reasons": .array(reasons.map { .string($0) })])
    }

    private func status(to holder: KeyRing.Holder, strict: Bool) async throws(WireError) -> WireAnswer {
        let work = try opened()
        try await shares.enter(holder.name)
        defer { shares.leave(holder.name) }
        let call = PlannedCall(asking: .getStatus)
        let answer = try await settled {
            try await work.perform(call, .init(), by: KeyRing.Holder(name: "statusz", scope: .read)) { report in
                WireAnswer.json(strict && report["healthy"] != true ? 503 : 200, report)
            }?.answer
        }
        guard let answer else { throw WireError(OperationError(.storeFailed, "getStatus: no answer")) }
        return answer
    }

    static func forbidden(_ what: String) -> WireError {
        WireError(.forbidden, "the scope of this key does not allow \(what); `tidemill keys list` shows the scopes")
    }

    private func api(
        _ match: RouteTable.Match, _ request: WireRequest, _ known: KeyRing.Holder?
    ) async throws(WireError) -> WireAnswer {
        let holder: KeyRing.Holder
        if let known { holder = known } else { holder = try await self.holder(request) }
        try await shares.enter(holder.name)
        defer { shares.leave(holder.name) }
        switch match {
        case .none:
            throw WireError(
                .noRoute, "there is no \(request.method) of this path; `tidemill operations` lists what there is")
        case .otherMethods(let methods): throw Self.otherMethod(request, methods)
        case .notOffered:
            throw WireError(.notOffered, "Tidemill does not have this method of the API; it will not come by waiting")
        case .route(let route, let names):
            return try await settled { try await self.perform(route, names, request, by: holder) }
        }
    }

    private func perform(
        _ route: RouteTable.Route, _ names: [String: String], _ request: WireRequest, by holder: KeyRing.Holder
    ) async throws -> WireAnswer {
        if let unread = PlannedCall(recordsOf: request, route),
            let answer = try await perform(unread, request, by: holder)
        {
            return answer
        }
        return try await reading.lend(request, for: holder.name) {
            let call = try await self.reading.call(request, route, names, for: holder.name)
            let answer = try await self.perform(call, request, by: holder)
            guard let answer else { throw OperationError(.storeFailed, "\(route.template): no answer") }
            return answer
        }
    }

    private func perform(
        _ call: PlannedCall, _ request: WireRequest, by holder: KeyRing.Holder
    ) async throws(WireError) -> WireAnswer? {
        let repeating = try Self.repeating(request, call)
        let envelope = call.envelope
        let isWrite = call.row.effect.isWrite
        if isWrite { try answers.require(for: holder.name) }
        let outcome = try await outcome(of: call, repeating, request, by: holder) {
            WireAnswer.json(200, envelope.wrap($0))
        }
        guard let outcome else { return nil }
        var answer = outcome.answer
        answer.tell(isReplay: outcome.isReplay, ignored: call.ignored)
        return try answers.held(answer, for: holder.name, isDone: isWrite)
    }

    /// What a call comes to: within the scope of its key, and counted. Nil, with nothing done, where records that came
    /// unread must be read first.
    func outcome<T: Sendable>(
        of call: PlannedCall, _ repeating: RequestWork.Repeating, _ request: WireRequest, by holder: KeyRing.Holder,
        _ make: @escaping @Sendable (Payload) -> T
    ) async throws(WireError) -> RequestWork.Outcome<T>? {
        guard holder.scope.allows(call.row, call.input) else { throw Self.forbidden(call.row.id.rawValue) }
        // By whatever method: what is more than a look comes from a page of this server.
        if holder.isBrowser, !KeyScope.read.allows(call.row, call.input) { try Self.checkOrigin(request) }
        metrics.passedOver(call.ignored, call.row)
        let work = try opened()
        if call.row.report == .events { try await requireIngest(work) }
        let begin = ContinuousClock.now
        let row = call.row
        let outcome: RequestWork.Outcome<(made: T, isGranted: Bool?)>?
        do {
            outcome = try await work.perform(call, repeating, by: named(holder, request)) {
                (make($0), DoorMetrics.isGranted($0, of: row))
            }
        } catch {
            metrics.performed(row, error, after: .now - begin)
            throw Self.wire(error)
        }
        guard let outcome else { return nil }
        metrics.performed(row, isGranted: outcome.answer.isGranted, after: .now - begin)
        return RequestWork.Outcome(answer: outcome.answer.made, isReplay: outcome.isReplay)
    }

    /// A proxy that is trusted names the person; rights are the key's.
    func named(_ holder: KeyRing.Holder, _ request: WireRequest) -> KeyRing.Holder {
        guard isProxied(request), let user = request.headers["x-forwarded-user"], !user.isEmpty else { return holder }
        var named = holder
        named.person = String(user.prefix(255))
        return named
    }

    /// Whether a proxy that is trusted sent it.
    func isProxied(_ request: WireRequest) -> Bool {
        guard !settings.proxies.isEmpty else { return false }
        return request.peer.flatMap(DoorSettings.address).map { settings.proxies.contains($0) } ?? false
    }

    /// What is refused while ingest is paused comes again later, so that nothing is counted under rules that fail.
    private func requireIngest(_ work: RequestWork) async throws(WireError) {
        let pause = try await settled {
            try await work.look { try work.backend.store.read { try Pauses.find(Pauses.ingest, on: $0) } }
        }
        guard let pause else { return }
        throw WireError(.paused, "ingest is paused: \(pause.reason.prefix(200))", retryAfter: .seconds(5))
    }

    static func repeating(
        _ request: WireRequest, _ call: PlannedCall
    ) throws(WireError) -> RequestWork.Repeating {
        var repeating = RequestWork.Repeating()
        repeating.reason = try reason(request)
        repeating.isRetry = request.headers["x-stainless-retry-count"].flatMap { Int($0) }.map { $0 > 0 } ?? false
        // The API has the header for POST only: what PATCH and DELETE do may be done twice.
        guard request.method == "POST", call.row.effect.isWrite, let key = request.headers["idempotency-key"] else {
            return repeating
        }
        guard (1...255).contains(key.utf8.count), request.headers.all("idempotency-key").count == 1 else {
            throw WireError(.badRequest, "Idempotency-Key must be given once, with 1 to 255 bytes")
        }
        repeating.key = key
        return repeating
    }

    /// Why, in the caller's words: percent-encoded, since a header has no other way for most of them.
    private static func reason(_ request: WireRequest) throws(WireError) -> String? {
        guard let text = request.headers["x-tidemill-reason"] else { return nil }
        let reason = text.removingPercentEncoding
        guard let reason, Reason.problem(reason) == nil else {
            throw WireError(
                .badRequest,
                "X-Tidemill-Reason must be \(Reason.expected), percent-encoded, got \(reason.flatMap(Reason.problem) ?? "what is not")"
            )
        }
        return reason
    }

    // MARK: - Errors

    func settled<T>(_ body: () async throws -> T) async throws(WireError) -> T {
        do { return try await body() } catch { throw Self.wire(error) }
    }

    static func wire(_ error: any Error) -> WireError {
        switch error {
        case let error as WireError: error
        case is CancellationError: .gone
        case let error as OperationError: WireError(error)
        case let error as StoreError:
            WireError(OperationError(error.isTransient ? .storeUnavailable : .storeFailed, error.message))
        default: WireError(OperationError(.storeFailed, "\(error)"))
        }
    }
}

extension WireAnswer {
    static func json(_ status: Int, _ payload: Payload) -> WireAnswer {
        WireAnswer(status, body: Array(payload.json.utf8))
    }

    /// What headers say of a call beside its answer.
    mutating func tell(isReplay: Bool, ignored: [String]) {
        if isReplay { headers.append(("idempotent-replayed", "true")) }
        guard !ignored.isEmpty else { return }
        headers.append(("x-tidemill-ignored-fields", ignored.map(Self.token).joined(separator: ", ")))
    }

    /// A name from outside, safe in a header.
    private static func token(_ name: String) -> String {
        String(name.prefix(64).map { $0.isASCII && ($0.isLetter || $0.isNumber || "._-[]".contains($0)) ? $0 : "?" })
    }
}
