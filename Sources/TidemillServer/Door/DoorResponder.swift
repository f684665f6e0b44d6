import HTTPTypes
import HummingbirdCore
import NIOCore
import NIOHTTP1

/// Between the library and the desk: reads a request within its bounds, and writes the answer.
enum DoorResponder {
    static func respond(
        _ desk: DoorDesk, _ request: Request, _ writer: consuming ResponseWriter, _ channel: any Channel
    ) async throws {
        let begin = ContinuousClock.now
        let headers = WireHeaders(lowercased: request.headers.map { ($0.name.canonicalName, $0.value) })
        var route = "other"
        var answer: WireAnswer
        // A short body that nobody wants is passed over; for a long one the connection is given up.
        let length = length(headers)
        var wasRead = headers["transfer-encoding"] == nil && length <= shortBodyMax
        var room: BodyRoom?
        var holder: KeyRing.Holder?
        var sharer: String?
        var held = 0
        defer { if held > 0 { room?.release(held, for: sharer) } }
        do throws(WireError) {
            var wire = WireRequest(
                request.method.rawValue, try WireTarget(request.head.path ?? "/"), headers: headers,
                authority: request.head.authority, peer: channel.remoteAddress?.ipAddress)
            let visit = desk.visit(wire)
            route = visit.route
            try desk.checkHost(wire)
            holder = try await desk.admit(visit, wire)
            if length > visit.bodyMax { throw tooLarge(visit.bodyMax) }
            // Whoever asks first whether the body is wanted waits for this.
            if headers["expect"]?.lowercased() == "100-continue" {
                do { try await writer.writeInformationalHead(HTTPResponse(status: .continue)) } catch {
                    throw WireError(.badRequest, "the connection was closed")
                }
            }
            wasRead = false
            let bodies = desk.room(of: visit)
            room = bodies
            let hasBody = length > 0 || headers["transfer-encoding"] != nil
            if hasBody { sharer = desk.sharer(of: visit, wire, holder) }
            wire.body = try await body(of: request, max: visit.bodyMax, bodies, sharer, &held)
            wasRead = true
            // What took a while to come is answered for whoever has the key by now.
            answer = try await desk.answer(visit, wire, for: wire.body.isEmpty ? holder : nil)
        } catch {
            answer = error.answer(to: headers)
        }
        desk.metrics.answered(route, answer.status, after: .now - begin)
        // The last bytes of a long answer are let go when others are nearly all taken: until then it has its room.
        defer { withExtendedLifetime(answer.room) {} }
        let head = head(answer, closes: !wasRead || headers["connection"] == "close")
        let body = request.method == .head ? nil : ByteBuffer(bytes: answer.body)
        // It stands in memory once while it is written.
        answer.body = []
        try await writer.write(
            response: head, body: body.map { ResponseBody(byteBuffer: $0) } ?? ResponseBody())
    }

    private static let shortBodyMax = 64 << 10

    private static func length(_ headers: WireHeaders) -> Int {
        headers["content-length"].map(DoorSettings.bodyLength) ?? 0
    }

    private static func tooLarge(_ max: Int) -> WireError {
        WireError(.tooLarge, "the body may have \(max) bytes at most; send it in several requests")
    }

    /// `held` counts what is taken of the room for all bodies.
    private static func body(
        of request: Request, max: Int, _ room: BodyRoom, _ key: String?, _ held: inout Int
    ) async throws(WireError) -> [UInt8] {
        var bytes: [UInt8] = []
        do {
            for try await buffer in request.body {
                guard bytes.count + buffer.readableBytes <= max else { throw tooLarge(max) }
                guard room.take(buffer.readableBytes, for: key) else { throw RequestThreads.full }
                held += buffer.readableBytes
                bytes.append(contentsOf: buffer.readableBytesView)
            }
        } catch let error as WireError {
            throw error
        } catch let error as HTTPParserError {
            throw error == .headerOverflow
                ? WireError(
                    .headTooLarge,
                    "the trailers of a body may have \(DoorSettings.headMax) bytes, and 100 fields with those of the head"
                )
                : WireError(.badRequest, "the chunks or trailers of the body are no HTTP/1.1: \(error)")
        } catch {
            throw WireError(.badRequest, "the body ended before it was complete; send the request again")
        }
        return bytes
    }

    /// What all answers say.
    private static let common: HTTPFields = [.cacheControl: "no-store", .xContentTypeOptions: "nosniff"]

    private static func head(_ answer: WireAnswer, closes: Bool) -> HTTPResponse {
        var fields = common
        fields.append(HTTPField(name: .contentType, value: answer.type))
        fields.append(HTTPField(name: .contentLength, value: String(answer.body.count)))
        fields.append(HTTPField(name: .contentSecurityPolicy, value: answer.policy))
        for (name, value) in answer.headers {
            guard let name = HTTPField.Name(name) else { continue }
            // What an answer says of how long it may be kept is in place of what all say.
            if name == .cacheControl {
                fields[name] = value
            } else {
                fields.append(HTTPField(name: name, value: value))
            }
        }
        if closes { fields[.connection] = "close" }
        return HTTPResponse(status: .init(code: answer.status), headerFields: fields)
    }
}
