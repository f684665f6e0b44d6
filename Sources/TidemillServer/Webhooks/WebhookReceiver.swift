import Glibc
import Synchronization
public import TidemillCore
import TidemillOperations

/// `POST /webhooks/NAME`: writes what came into an inbox, answers when it is on disk, and does nothing else. It needs no
/// store, so it goes on while that migrates, while ingest is paused and while the scripts are broken.
public final class WebhookReceiver: Sendable {
    private let sources: [String: WebhookSource]
    private let now: @Sendable () -> Timestamp
    private let writing: RequestThreads

    public init(_ sources: [WebhookSource], now: @escaping @Sendable () -> Timestamp) {
        self.sources = Dictionary(sources.map { ($0.name, $0) }) { first, _ in first }
        self.now = now
        writing = RequestThreads(name: "tidemill-http-webhook", count: sources.isEmpty ? 0 : 2, waitingMax: 256)
    }

    /// Of a source that there is not, nothing is read: it is refused before.
    func bodyMax(of name: String) -> Int { sources[name]?.bodyMax ?? 0 }

    @discardableResult
    func source(named name: String) throws(WireError) -> WebhookSource {
        guard let source = sources[name] else {
            throw WireError(.noRoute, "there is no webhook source of this name; [[http.webhook]] names them")
        }
        return source
    }

    func take(_ request: WireRequest, from name: String) async throws(WireError) -> WireAnswer {
        let source = try source(named: name)
        guard source.isGenuine(request, now: now()) else {
            throw WireError(
                .badSignature,
                "the request is not signed with a secret of this source, or its time is more than \(WebhookSource.toleranceSeconds) s off"
            )
        }
        let record = Array(try source.record(of: request).json.utf8)
        guard record.count <= source.recordMax else {
            throw WireError(
                .tooLarge,
                "the webhook would be a record of \(record.count) bytes, and a record has \(source.recordMax) at most; send less, such as ids that a job looks up"
            )
        }
        do {
            try await writing.run { try source.write(record) }
        } catch let error as WireError {
            throw error
        } catch {
            throw WireError(.diskFull, "the webhook could not be kept: \(error)", retryAfter: .seconds(5))
        }
        return .json(200, ["data": [:]])
    }
}

/// Why a webhook could not be written.
private struct SpoolFault: Error, CustomStringConvertible {
    let description: String

    init(_ what: String) { description = "\(what): \(String(cString: strerror(errno)))" }
}

extension WebhookSource {
    /// Members that would make a record an event, a report or an operation.
    private static let otherKinds: Set = ["eventName", "featureId", "operation"]

    /// One webhook record, whatever the body contains.
    func record(of request: WireRequest) throws(WireError) -> Payload {
        let type = typeHeader.flatMap { request.headers[$0] }
        let id = idHeader.flatMap { request.headers[$0] }
        let body = try Self.document(request.body)
        var members: TextMap<Payload>
        if case .object(let own)? = body, Self.otherKinds.isDisjoint(with: own.keys),
            let word = type ?? own["type"]?.text, Self.isType(word)
        {
            members = own
            members["type"] = .string(word)
        } else {
            let word = type ?? body?["type"]?.text
            members = [
                "type": .string(word.flatMap { Self.isType($0) ? $0 : nil } ?? "webhook.\(name)"),
                "payload": body ?? .string(String(decoding: request.body, as: UTF8.self)),
            ]
            if let id = body?["messageId"] { members["messageId"] = id }
        }
        if let id, !id.isEmpty { members["messageId"] = .string(id) }
        // Says where it came from, and whether it may act on money; no sender can say it.
        members["receivedFrom"] = ["source": .string(name), "payments": .boolean(payments)]
        return .object(members)
    }

    /// Nil for what is no JSON: it goes on as text. A name that stands twice is its sender's fault, who must hear of it:
    /// nobody else could tell which of the two was meant.
    private static func document(_ bytes: [UInt8]) throws(WireError) -> Payload? {
        do throws(Payload.JSONError) {
            return try Payload(json: bytes, uniqueNames: true)
        } catch {
            guard (try? Payload(json: bytes)) != nil else { return Optional.none }
            throw WireError(.badRequest, "the webhook's body is not clear: \(error)")
        }
    }

    private static func isType(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 255 && !text.utf8.contains(0)
    }

    /// Writes the record under a name of our own, whole or not at all, and durably.
    func write(_ record: [UInt8]) throws {
        if mkdir(folder, 0o750) != 0, errno != EEXIST { throw SpoolFault("cannot make \(folder)") }
        let file = "webhook-\(RandomID.make()).ndjson"
        let hidden = "\(folder)/.\(file)"
        let descriptor = open(hidden, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else { throw SpoolFault("cannot write to \(folder)") }
        do {
            defer { close(descriptor) }
            try Self.write(record + [UInt8(ascii: "\n")], to: descriptor)
            guard fsync(descriptor) == 0 else { throw SpoolFault("cannot sync \(folder)") }
            guard rename(hidden, "\(folder)/\(file)") == 0 else { throw SpoolFault("cannot rename in \(folder)") }
        } catch {
            unlink(hidden)
            throw error
        }
        let place = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard place >= 0 else { throw SpoolFault("cannot open \(folder)") }
        defer { close(place) }
        guard fsync(place) == 0 else { throw SpoolFault("cannot sync \(folder)") }
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32) throws {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress?.advanced(by: done), $0.count - done)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw SpoolFault("cannot write") }
            done += count
        }
    }
}
