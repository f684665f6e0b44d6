import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTPTypes

/// Bounds how long a client may take to send a request, says what was wrong with one that is no HTTP, and closes connections whose answer says so, once the client has
/// had the chance to read it.
///
/// It stands behind the decoder: that bytes of a head came is seen by a read that completed without a part.
final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private enum Phase {
        case idle
        case head(since: NIODeadline)
        case body(since: NIODeadline, bytes: Int64)
    }

    private static let lingerSeconds: Int64 = 5

    private var phase = Phase.idle
    private var sawPart = false
    private var timer: Scheduled<Void>?
    /// Heads that were read and answers that ended.
    private var open = 0
    private var isAnswering = false
    private var isClosing = false
    /// Why what came is no request: the library answers it without a word.
    private var fault: WireError?

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        sawPart = true
        switch unwrapInboundIn(data) {
        case .head:
            open += 1
            phase = .body(since: .now(), bytes: 0)
            schedule(context, in: .seconds(DoorSettings.sendSeconds))
        case .body(let buffer):
            if case .body(let since, let bytes) = phase {
                phase = .body(since: since, bytes: bytes + Int64(buffer.readableBytes))
            }
        case .end:
            phase = .idle
            timer?.cancel()
            timer = nil
            if isClosing, open == 0 { return context.close(promise: nil) }
        }
        context.fireChannelRead(data)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if !sawPart, case .idle = phase {
            phase = .head(since: .now())
            schedule(context, in: .seconds(DoorSettings.sendSeconds))
        }
        sawPart = false
        context.fireChannelReadComplete()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if let error = error as? HTTPParserError {
            fault =
                error == .headerOverflow
                ? WireError(
                    .headTooLarge, "the head of a request may have \(DoorSettings.headMax) bytes and 100 fields at most"
                )
                : WireError(.badRequest, "what came is no HTTP/1.1 request: \(error)")
        }
        context.fireErrorCaught(error)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(let head) where head.status == .badRequest && head.headerFields[.contentLength] == "0":
            // The library's own answer to what it could not read: nobody else answers without a body.
            isClosing = true
            say(fault ?? WireError(.badRequest, "what came is no HTTP/1.1 request"), context, promise)
        case .head(let head):
            if head.status.kind != .informational {
                isAnswering = true
                if head.headerFields[.connection] == "close" { isClosing = true }
            }
            context.write(data, promise: promise)
        case .body:
            context.write(data, promise: promise)
        case .end:
            isAnswering = false
            open -= 1
            guard isClosing, open == 0 else { return context.write(data, promise: promise) }
            context.writeAndFlush(data, promise: promise)
            guard case .idle = phase else {
                // What still comes is read and dropped for a while, so that the client gets to see its answer.
                return schedule(context, in: .seconds(Self.lingerSeconds))
            }
            context.close(promise: nil)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) { timer?.cancel() }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
        context.fireChannelInactive()
    }

    private func schedule(_ context: ChannelHandlerContext, in time: TimeAmount) {
        timer?.cancel()
        timer = context.eventLoop.assumeIsolated().scheduleTask(in: time) { self.look(context) }
    }

    /// Too slow, unless the body is long and comes at a fair pace.
    private func look(_ context: ChannelHandlerContext) {
        guard !isClosing || open > 0 else { return context.close(promise: nil) }
        switch phase {
        case .idle: return
        case .head: refuse(context)
        case .body(let since, let bytes):
            let allowed = TimeAmount.seconds(DoorSettings.sendSeconds + bytes / DoorSettings.bytesPerSecond)
            guard since + allowed <= .now() else { return schedule(context, in: since + allowed - .now()) }
            refuse(context)
        }
    }

    private func refuse(_ context: ChannelHandlerContext) {
        let isFirst: Bool
        switch phase {
        case .head: isFirst = open == 0
        case .idle, .body: isFirst = open == 1
        }
        if isFirst, !isAnswering {
            say(
                WireError(.tooSlow, "a request must be sent within \(DoorSettings.sendSeconds) seconds; send it again"),
                context, nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }
        context.close(promise: nil)
    }

    /// Head and body of an answer to what never became a request.
    private func say(_ error: WireError, _ context: ChannelHandlerContext, _ promise: EventLoopPromise<Void>?) {
        let answer = error.answer
        let fields: HTTPFields = [
            .connection: "close", .contentType: answer.type, .contentLength: "\(answer.body.count)",
        ]
        let head = HTTPResponse(status: .init(code: answer.status), headerFields: fields)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(ByteBuffer(bytes: answer.body))), promise: promise)
    }
}
