import TidemillCore
import TidemillOperations

/// What a response says: an operation's answer, or why there is none.
enum ResponseReading {
    enum Verdict {
        case answer(Payload)
        /// The service refuses it, and will go on doing so.
        case refused(OperationError)
        /// It may be well later, and has had no effect.
        case later(String, after: Duration?)
        /// It may have had its effect.
        case unknown(String)
    }

    static func read(_ response: ServiceResponse, _ row: OperationRow, _ host: String) -> Verdict {
        let answer = try? Payload(json: response.body)
        switch response.status {
        case 200..<300:
            guard let answer else {
                // An empty answer is one to what nobody waits for; anything else has been cut.
                if response.body.isEmpty, [.consumeCreditsAsync, .reportEvent].contains(row.id) { return .answer([:]) }
                return page(response, row, host).map { .refused($0) }
                    ?? .unknown("the answer (\(response.status)) is cut, or no JSON")
            }
            return .answer(unwrapped(answer, row))
        case 300..<400:
            return .refused(
                failure(
                    .serviceMisconfigured, row,
                    "\(host) redirects to \(response.location.map(Self.place) ?? "somewhere else"), and the key is sent to nobody else: set client.base_url to where the API is"
                ))
        case 429: return .later("it asks to be slower (429)", after: response.retryAfter)
        case 503 where response.retryAfter != nil: return .later("it is not ready (503)", after: response.retryAfter)
        case 408, 500...: return .unknown("it answered \(response.status)\(words(answer).map { ": \($0)" } ?? "")")
        default:
            if let page = page(response, row, host), answer == nil { return .refused(page) }
            return .refused(refusal(answer, response, row, host))
        }
    }

    /// The operation's answer of what was sent.
    static func unwrapped(_ answer: Payload, _ row: OperationRow) -> Payload {
        let names = row.output.map(\.name)
        guard names.contains("data"), names.contains("pagination") else { return answer["data"] ?? answer }
        guard case .object(var members) = answer, members["pagination"] == nil else { return answer }
        // Some lists come without pages.
        members["pagination"] = ["next": .null, "prev": .null]
        return .object(members)
    }

    /// A page for people in place of an answer: a proxy's, or that of a login.
    private static func page(_ response: ServiceResponse, _ row: OperationRow, _ host: String) -> OperationError? {
        guard response.body.first(where: { $0 > 0x20 }) == UInt8(ascii: "<") else { return nil }
        return failure(
            .serviceMisconfigured, row,
            "\(host) answered \(response.status) with a page for people: client.base_url is not that of the API, or a proxy stands between"
        )
    }

    private static func refusal(
        _ answer: Payload?, _ response: ServiceResponse, _ row: OperationRow, _ host: String
    ) -> OperationError {
        let code = (answer?["code"] ?? answer?["error"]?["code"])?.text
        let told = words(answer)
        switch response.status {
        case 401:
            return failure(
                .serviceMisconfigured, row,
                "\(host) does not know the key (401): check client.key_env or key_file, and that the key is of this environment"
            )
        case 403 where code == nil || code == "IdentityForbidden" || code == "AccessDeniedError":
            return failure(
                .serviceMisconfigured, row,
                "\(host) does not let this key do that (403): use a server key with full access")
        case 404 where code == nil && told == nil:
            return failure(
                .serviceMisconfigured, row, "\(host) has no \(row.route.path): client.base_url is not that of the API")
        default: break
        }
        let known = code.flatMap { OperationError.Code(rawValue: $0) }
        let spelled = known == nil ? code.map { " (\($0))" } ?? "" : ""
        return failure(
            known ?? .serviceRefused, row, (told ?? "\(host) answered \(response.status)").prefixed(500) + spelled)
    }

    /// What the service says for people, in the forms that it has for that.
    private static func words(_ answer: Payload?) -> String? {
        (answer?["message"] ?? answer?["error"]?["message"] ?? answer?["error"])?.text
    }

    /// A document's answer: GraphQL tells its errors in an answer of 200.
    static func document(_ response: ServiceResponse, _ row: OperationRow, _ host: String) -> Verdict {
        guard let answer = try? Payload(json: response.body), response.status < 300 || answer["errors"] != nil else {
            return read(response, row, host)
        }
        guard let errors = answer["errors"]?.items, let first = errors.first else {
            return .answer(answer["data"] ?? .null)
        }
        let code = first["extensions"]?["code"]?.text ?? ""
        let told = (first["message"]?.text ?? "it answered an error").prefixed(500)
        switch code {
        case "UNAUTHENTICATED", "Unauthenticated":
            return .refused(
                failure(.serviceMisconfigured, row, "\(host) does not know the key: check client.key_env or key_file"))
        case "RateLimitExceeded": return .later("it asks to be slower", after: response.retryAfter)
        case "INTERNAL_SERVER_ERROR", "UnexpectedError", "OperationTimeout": return .unknown(told)
        default: break
        }
        let known = OperationError.Code(rawValue: code)
        return .refused(
            failure(known ?? .serviceRefused, row, known == nil && !code.isEmpty ? "\(told) (\(code))" : told))
    }

    static func failure(_ code: OperationError.Code, _ row: OperationRow, _ message: String) -> OperationError {
        OperationError(code, message.hasPrefix("\(row.id.rawValue): ") ? message : "\(row.id.rawValue): \(message)")
    }

    /// Scheme and host of where a redirect points.
    private static func place(_ location: String) -> String {
        let parts = location.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
        return parts.count > 2 && parts[1].isEmpty ? "\(parts[0])//\(parts[2])" : "another path"
    }
}

extension String {
    /// A bounded part of what somebody else wrote.
    fileprivate func prefixed(_ length: Int) -> String { String(prefix(length)) }
}
