import Foundation
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
    private let verifying: RequestThreads
    /// Bodies up to here are verified in no time.
    private static let shortMax = 64 << 10

    public init(_ sources: [WebhookSource], now: @escaping @Sendable () -> Timestamp) {
        self.sources = Dictionary(sources.map { ($0.name, $0) }) { first, _ in first }
        self.now = now
        writing = RequestThreads(name: "tidemill-http-webhook", count: sources.isEmpty ? 0 : 2, waitingMax: 256)
        verifying = RequestThreads(name: "tidemill-http-verify", count: sources.isEmpty ? 0 : 1, waitingMax: 256)
        for folder in Set(sources.map(\.folder)) { WebhookSource.removeUnfinished(in: folder) }
    }

    /// Of a source that there is not, nothing is read: it is refused before. What has no room is not to come again.
    func bodyMax(of name: String) -> Int {
        sources[name].map { min($0.bodyMax, BodyRoom.shareMax(of: BodyRoom.unsignedBytesMax)) } ?? 0
    }

    @discardableResult
    func source(named name: String) throws(WireError) -> WebhookSource {
        guard let source = sources[name] else {
            throw WireError(.noRoute, "there is no webhook source of this name; [[http.webhook]] names them")
        }
        return source
    }

    func take(_ request: WireRequest, from name: String) async throws(WireError) -> WireAnswer {
        let source = try source(named: name)
        let now = now()
        do {
            let isGenuine =
                request.body.count <= Self.shortMax
                ? source.isGenuine(request, now: now)
                : try await verifying.run(for: name) { source.isGenuine(request, now: now) }
            guard isGenuine else {
                throw WireError(
                    .badSignature,
                    "the request is not signed with a secret of this source, or its time is more than \(WebhookSource.toleranceSeconds) s off"
                )
            }
            try await writing.run(for: name) { try source.keep(request) }
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

    /// Writes the request as a record.
    fileprivate func keep(_ request: WireRequest) throws {
        let record = Array(try record(of: request).json.utf8)
        guard record.count <= recordMax else {
            throw WireError(
                .tooLarge,
                "the webhook would be a record of \(record.count) bytes, and a record has \(recordMax) at most; send less, such as ids that a job looks up"
            )
        }
        try write(record)
    }

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
            // What is one level too deep for a record stands in it as text, as what is deeper does.
            let payload = body.flatMap { $0.depth < Payload.depthMax ? $0 : nil }
            members = [
                "type": .string(word.flatMap { Self.isType($0) ? $0 : nil } ?? "webhook.\(name)"),
                "payload": payload ?? .string(String(decoding: request.body, as: UTF8.self)),
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

    private static let filePrefix = "webhook-"
    private static let fileSuffix = ".ndjson"

    /// Removes what a process has left that ended while it wrote: a file that nobody holds.
    static func removeUnfinished(in folder: String) {
        // Where a folder cannot be read, nothing of it was written.
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        for name in names where name.hasPrefix("." + filePrefix) && name.hasSuffix(fileSuffix) {
            let descriptor = open("\(folder)/\(name)", O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
            guard descriptor >= 0 else { continue }
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { unlink("\(folder)/\(name)") }
            close(descriptor)
        }
    }

    /// Writes the record under a name of our own, whole or not at all, and durably.
    func write(_ record: [UInt8]) throws {
        if mkdir(folder, 0o750) != 0, errno != EEXIST { throw SpoolFault("cannot make \(folder)") }
        let file = Self.filePrefix + RandomID.make() + Self.fileSuffix
        let hidden = "\(folder)/.\(file)"
        let descriptor = open(hidden, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else { throw SpoolFault("cannot write to \(folder)") }
        do {
            defer { close(descriptor) }
            // Says that it is being written, as long as this process lives. Where there are no locks nothing is removed.
            if flock(descriptor, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK {
                throw SpoolFault("cannot lock in \(folder)")
            }
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
