import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTPTypes

/// Hands on the requests of a connection one at a time, each when the one before it is answered; bounds how long a client
/// may take to send one, says what was wrong with what is no HTTP, and closes connections that nothing comes of, and those
/// whose answer says so, once the client has had the chance to read it.
///
/// It stands behind the decoder: that bytes of a head came is seen by a read that completed without a part.
final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private enum Phase {
        /// Nothing ever came.
        case silent(since: NIODeadline)
        /// Nothing is owed.
        case idle(since: NIODeadline)
        case head(since: NIODeadline)
        case body(since: NIODeadline, bytes: Int64)
        /// The request is whole, its answer is not.
        case answering
        /// The answer was the last one: what still comes is read and dropped, so that the client gets to see it.
        case leaving(since: NIODeadline)
    }

    let turn = RequestTurn()
    private let places: ConnectionPlaces
    private var place: ConnectionPlaces.Place?
    private var phase = Phase.answering
    private var sawPart = false
    private var timer: Scheduled<Void>?
    private var timerAt: NIODeadline?
    /// What came behind the request that is worked on.
    private var waiting = CircularBuffer<NIOAny>()
    private var waitingError: HTTPParserError?
    private var isInputClosed = false
    /// A head was handed on whose answer has not ended.
    private var isOwed = false
    /// The answer's head was written.
    private var hasAnswerBegun = false
    private var isClosing = false
    /// Why what came is no request: the library answers it without a word.
    private var fault: WireError?

    init(_ places: ConnectionPlaces) {
        self.places = places
    }

    // MARK: - The connection's life

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { begin(context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        if place == nil { begin(context) }
        context.fireChannelActive()
    }

    private func begin(_ context: ChannelHandlerContext) {
        let channel = context.channel
        place = places.enter { channel.pipeline.fireUserInboundEventTriggered(ConnectionPlaces.GiveWay()) }
        wait(context, .silent(since: context.eventLoop.now), hasAsked: false)
    }

    func handlerRemoved(context: ChannelHandlerContext) { end() }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    private func end() {
        timer?.cancel()
        timer = nil
        if let place { places.leave(place) }
        waiting.removeAll()
    }

    /// Nothing is to be done until something comes.
    private func wait(_ context: ChannelHandlerContext, _ phase: Phase, hasAsked: Bool) {
        self.phase = phase
        schedule(context)
        guard let place, places.waits(place, since: context.eventLoop.now, hasAsked: hasAsked) else { return }
        context.close(promise: nil)
    }

    private var isWaiting: Bool {
        switch phase {
        case .silent, .idle: true
        case .head, .body, .answering, .leaving: false
        }
    }

    private func work(_ phase: Phase) {
        if isWaiting, let place { places.works(place) }
        self.phase = phase
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is ConnectionPlaces.GiveWay:
            // Who has begun to ask meanwhile stays, and another one gives way.
            if isWaiting { context.close(promise: nil) } else { places.makeRoom() }
            return
        case ChannelEvent.inputClosed where !waiting.isEmpty: isInputClosed = true
        case is ChannelShouldQuiesceEvent:
            waiting.removeAll()
            context.fireUserInboundEventTriggered(event)
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    // MARK: - Requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        sawPart = true
        if case .leaving = phase {
            if case .end = unwrapInboundIn(data) { context.close(promise: nil) }
        } else if turn.isAnswering || !waiting.isEmpty {
            waiting.append(data)
        } else {
            handOn(data, context)
        }
    }

    private func handOn(_ data: NIOAny, _ context: ChannelHandlerContext) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            isOwed = true
            turn.bodyLeft = head.headerFields[.contentLength].flatMap { Int($0) } ?? 0
            work(.body(since: context.eventLoop.now, bytes: 0))
            schedule(context)
        case .body(let buffer):
            turn.bodyLeft -= min(turn.bodyLeft, buffer.readableBytes)
            if case .body(let since, let bytes) = phase {
                phase = .body(since: since, bytes: bytes + Int64(buffer.readableBytes))
            }
        case .end:
            turn.bodyLeft = 0
            turn.isAnswering = isOwed
            if isOwed {
                phase = .answering
            } else {
                wait(context, .idle(since: context.eventLoop.now), hasAsked: true)
            }
        }
        context.fireChannelRead(data)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if !sawPart, isWaiting {
            work(.head(since: context.eventLoop.now))
            schedule(context)
        }
        sawPart = false
        context.fireChannelReadComplete()
        // Nobody behind reads any more.
        if case .leaving = phase { context.read() }
    }

    /// Hands on the request that has waited longest, or lets more in.
    private func goOn(_ context: ChannelHandlerContext) {
        var hasHandedOn = false
        while !turn.isAnswering, let data = waiting.popFirst() {
            handOn(data, context)
            hasHandedOn = true
        }
        if hasHandedOn { context.fireChannelReadComplete() }
        guard !turn.isAnswering, waiting.isEmpty else { return }
        if let error = waitingError {
            waitingError = nil
            errorCaught(context: context, error: error)
        }
        if isInputClosed {
            isInputClosed = false
            context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        }
        turn.goOn()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if let error = error as? HTTPParserError {
            guard !turn.isAnswering, waiting.isEmpty else { return waitingError = error }
            fault =
                error == .headerOverflow
                ? WireError(
                    .headTooLarge, "the head of a request may have \(DoorSettings.headMax) bytes and 100 fields at most"
                )
                : WireError(.badRequest, "what came is no HTTP/1.1 request: \(error)")
        }
        context.fireErrorCaught(error)
    }

    // MARK: - Answers

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(let head) where head.status == .badRequest && head.headerFields[.contentLength] == "0":
            // The library's own answer to what it could not read: nobody else answers without a body.
            isClosing = true
            say(fault ?? WireError(.badRequest, "what came is no HTTP/1.1 request"), context, promise)
        case .head(let head):
            if head.status.kind != .informational {
                hasAnswerBegun = true
                if head.headerFields[.connection] == "close" { isClosing = true }
            }
            context.write(data, promise: promise)
        case .body:
            context.write(data, promise: promise)
        case .end:
            hasAnswerBegun = false
            isOwed = false
            let wasWhole = turn.isAnswering
            turn.isAnswering = false
            guard isClosing else {
                context.write(data, promise: promise)
                if wasWhole { wait(context, .idle(since: context.eventLoop.now), hasAsked: true) }
                return goOn(context)
            }
            context.writeAndFlush(data, promise: promise)
            waiting.removeAll()
            if wasWhole { return context.close(promise: nil) }
            work(.leaving(since: context.eventLoop.now))
            schedule(context)
            context.read()
        }
    }

    // MARK: - Time

    /// When the connection has had its time; nil where it waits for us.
    private var deadline: NIODeadline? {
        switch phase {
        case .silent(let since): since + .seconds(DoorSettings.silentSeconds)
        case .idle(let since): since + .seconds(DoorSettings.idleSeconds)
        case .head(let since): since + .seconds(DoorSettings.sendSeconds)
        // A long body has more, as long as it comes at a fair pace.
        case .body(let since, let bytes):
            since + .seconds(DoorSettings.sendSeconds + bytes / DoorSettings.bytesPerSecond)
        case .answering: nil
        case .leaving(let since): since + .seconds(DoorSettings.lingerSeconds)
        }
    }

    /// A timer that fires too early looks again: most deadlines are put off long before they come.
    private func schedule(_ context: ChannelHandlerContext) {
        guard let deadline, timerAt.map({ deadline < $0 }) ?? true else { return }
        timer?.cancel()
        timerAt = deadline
        timer = context.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { self.look(context) }
    }

    private func look(_ context: ChannelHandlerContext) {
        timer = nil
        timerAt = nil
        guard let deadline else { return }
        guard deadline <= context.eventLoop.now else { return schedule(context) }
        switch phase {
        case .answering: return
        case .silent, .idle, .leaving: break
        case .head, .body:
            guard !hasAnswerBegun else { break }
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
