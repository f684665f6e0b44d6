import Synchronization
import TidemillCore
import TidemillGraphQL
import TidemillOperations

/// `POST /graphql`, and the documents that its clients fetch by GET: the operation table again, by the names and shapes of
/// the API's GraphQL.
extension DoorDesk {
    func graphql(_ request: WireRequest) async throws(WireError) -> WireAnswer {
        try await shared(request) { holder in
            try await self.reading.lend(request, for: holder.name) {
                let asked = try await self.reading.run(request, for: holder.name) {
                    let body: Payload
                    do { body = try Payload(json: request.body, uniqueNames: true) } catch {
                        throw WireError(.badRequest, "the body is no JSON: \(error)")
                    }
                    return Self.prepared { () throws(Problem) in try GraphQLRequest(body) }
                }
                return try await self.execute(asked, request, by: holder)
            }
        }
    }

    func edge(_ document: EdgeDocument, _ request: WireRequest) async throws(WireError) -> WireAnswer {
        try await shared(request) { holder in
            let asked = document.request(request.target.query.map { ($0.name, $0.value) })
            return try await self.execute(Self.prepared { () throws(Problem) in asked }, request, by: holder)
        }
    }

    /// Within the share of its key.
    private func shared(
        _ request: WireRequest, _ body: (KeyRing.Holder) async throws -> WireAnswer
    ) async throws(WireError) -> WireAnswer {
        let holder = try await holder(request)
        try await shares.enter(holder.name)
        defer { shares.leave(holder.name) }
        // An answer is put together from many, and may be long: that is done where nobody else waits for the thread.
        return try await reading.threads.steps(for: holder.name) { () async throws(WireError) in
            try await self.settled { try await body(holder) }
        }
    }

    private static func prepared(
        _ request: () throws(Problem) -> GraphQLRequest
    ) -> Result<PreparedDocument, GraphQLRequest.Refusal> {
        let asked: GraphQLRequest
        do throws(Problem) { asked = try request() } catch { return .failure(.init(problems: [error])) }
        do throws(GraphQLRequest.Refusal) { return .success(try asked.prepared()) } catch { return .failure(error) }
    }

    /// What the headers of an answer say, of all that was performed for it.
    private final class Told: Sendable {
        let headers = Mutex((ignored: Set<String>(), isReplay: false))
    }

    /// Whatever is wrong with the document or with what it asks is told in the answer, with status 200: to these clients
    /// any other is a failure of the transport.
    private func execute(
        _ asked: Result<PreparedDocument, GraphQLRequest.Refusal>, _ request: WireRequest, by holder: KeyRing.Holder
    ) async throws(WireError) -> WireAnswer {
        let document: PreparedDocument
        switch asked {
        case .failure(let refusal): return .json(200, refusal.answer)
        case .success(let prepared): document = prepared
        }
        if !document.isQuery { try answers.require(for: holder.name) }
        let told = Told()
        let now = try opened().backend.now()
        let body = await document.answer(now: now) { (id, input, place) async throws(AskError) -> Payload in
            do throws(WireError) {
                let row = OperationTable.row(id)
                let (known, ignored) = UnknownFields.removed(from: input, of: row)
                // What is asked on the way to a value is not what the client wrote.
                let call = PlannedCall(document: row, known, ignored: place == nil ? [] : ignored)
                var repeating = try Self.repeating(request, call)
                // Several in one document are as many requests.
                if let place, !place.isOnly {
                    try self.spend(holder.name)
                    repeating.key = repeating.key.map { "\($0)/\(place.key)" }
                }
                guard let outcome = try await self.outcome(of: call, repeating, request, by: holder, { $0 }) else {
                    throw WireError(OperationError(.storeFailed, "\(id.rawValue): no answer"))
                }
                told.headers.withLock { headers in
                    headers.ignored.formUnion(call.ignored)
                    headers.isReplay = headers.isReplay || outcome.isReplay
                }
                return outcome.answer
            } catch {
                throw AskError(code: error.code, message: error.message, isMissing: error.status == 404)
            }
        }
        var answer = WireAnswer.json(200, body)
        let headers = told.headers.withLock { $0 }
        answer.tell(isReplay: headers.isReplay, ignored: headers.ignored.sorted())
        return try answers.held(answer, for: holder.name, isDone: !document.isQuery)
    }
}
