import Glibc
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
        /// All places are taken: nothing is let in before it has one.
        case standing(since: NIODeadline)
        /// Nothing ever came.
        case silent(since: NIODeadline)
        /// Nothing is owed.
        case idle(since: NIODeadline)
        case head(since: NIODeadline)
        case body(since: NIODeadline, bytes: Int64)
        /// The request is whole, its answer is not.
        case answering
        /// The answer was the last one: what still comes is read and dropped, so that the client gets to see it. The time
        /// begins when all of it was taken.
        case leaving(since: NIODeadline?, seconds: Int64)
    }

    let turn = RequestTurn()
    private let places: ConnectionPlaces
    private let watch: AnswerWatch
    private var place: ConnectionPlaces.Place?
    private var phase = Phase.answering
    private var sawPart = false
    private var timer: Scheduled<Void>?
    private var timerAt: NIODeadline?
    /// What came behind the request that is worked on.
    private var waiting = CircularBuffer<NIOAny>()
    private var waitingError: HTTPParserError?
    private var isInputClosed = false
    private var hasOtherEnded = false
    /// A head was handed on whose answer has not ended.
    private var isOwed = false
    /// The answer's head was written.
    private var hasAnswerBegun = false
    private var isClosing = false
    /// The server ends: what is in progress is answered, and each answer says that it is the last.
    private var isStopping = false
    /// Why what came is no request: the library answers it without a word.
    private var fault: WireError?

    init(_ places: ConnectionPlaces) {
        self.places = places
        watch = AnswerWatch(places, turn)
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
        let now = context.eventLoop.now
        let (place, isSeated, first) = places.enter(at: now) { channel.pipeline.fireUserInboundEventTriggered($0) }
        self.place = place
        // What the kernel holds of answers is bounded as what waits here is. A unix socket has no such option, nor need.
        let unacknowledged = ChannelOptions.Types.SocketOption(
            level: .tcp, name: NIOBSDSocket.Option(rawValue: TCP_USER_TIMEOUT))
        _ = channel.setOption(unacknowledged, value: Int(DoorSettings.takeSeconds * 1000))
        guard !isSeated else { return wait(context, .silent(since: now), hasAsked: false) }
        turn.isAnswering = true
        phase = .standing(since: now)
        schedule(context)
        first?.giveWay()
    }

    func handlerRemoved(context: ChannelHandlerContext) { end() }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    private func end() {
        timer?.cancel()
        timer = nil
        watch.end()
        if let place { places.leave(place) }
        waiting.removeAll()
    }

    /// Nothing is to be done until something comes.
    private func wait(_ context: ChannelHandlerContext, _ phase: Phase, hasAsked: Bool) {
        self.phase = phase
        schedule(context)
        if let place { places.waits(place, since: context.eventLoop.now, hasAsked: hasAsked) }
    }

    private var isWaiting: Bool {
        switch phase {
        case .silent, .idle: true
        case .standing, .head, .body, .answering, .leaving: false
        }
    }

    private func work(_ phase: Phase) {
        if isWaiting, let place { places.works(place) }
        self.phase = phase
    }

    /// Nothing more is answered, and the other end is told so by the end of what is sent. It has a while to read it: where
    /// a connection is closed with something unread, the last answer may be lost on its way.
    private func leave(_ context: ChannelHandlerContext, seconds: Int64) {
        waiting.removeAll()
        work(.leaving(since: nil, seconds: seconds))
        close(context: context, mode: .output, promise: nil)
        guard let place else { return }
        watch.finish(context, place) {
            self.phase = .leaving(since: context.eventLoop.now, seconds: seconds)
            self.schedule(context)
        }
        // What was held goes through to be dropped.
        turn.isAnswering = false
        turn.goOn()
        context.read()
    }

    /// Whoever has ended its side is not sent what is left, once ours ends, too.
    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard mode == .output, hasOtherEnded, let place else { return context.close(mode: mode, promise: promise) }
        watch.finish(context, place) { context.close(mode: mode, promise: promise) }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if let place { watch.writabilityChanged(context, place) }
        context.fireChannelWritabilityChanged()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case let notice as ConnectionPlaces.Notice: told(notice, context)
        case ChannelEvent.inputClosed:
            hasOtherEnded = true
            askWhetherAnybodyIsThere(context)
            if waiting.isEmpty { context.fireUserInboundEventTriggered(event) } else { isInputClosed = true }
        // Not for the library, which closes with an answer on its way.
        case is ChannelShouldQuiesceEvent: stop(context)
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    /// Who has ended its side may read on or be gone for good, which only an answer finds out: one that is no answer yet. A
    /// socket that is closed refuses it, and the connection ends with what it asked for.
    private func askWhetherAnybodyIsThere(_ context: ChannelHandlerContext) {
        guard case .answering = phase, turn.takesInterim, !hasAnswerBegun else { return }
        context.writeAndFlush(wrapOutboundOut(.head(HTTPResponse(status: .continue))), promise: nil)
    }

    private func told(_ notice: ConnectionPlaces.Notice, _ context: ChannelHandlerContext) {
        switch notice {
        case .giveWay:
            // Who has begun to ask meanwhile stays, and another one gives way.
            if isWaiting || watch.isStuck { return turn.hangUp(context) }
            if let place { places.declines(place, at: context.eventLoop.now) }
        case .seated:
            guard case .standing = phase else { return }
            turn.isAnswering = false
            wait(context, .silent(since: context.eventLoop.now), hasAsked: false)
            turn.goOn()
        }
    }

    /// What is in progress is answered; whoever asked a moment ago may do so once more, and is told then.
    private func stop(_ context: ChannelHandlerContext) {
        isStopping = true
        waiting.removeAll()
        switch phase {
        case .standing, .silent: turn.hangUp(context)
        case .idle:
            timer?.cancel()
            look(context)
        case .head, .body, .answering, .leaving: if watch.isStuck { turn.hangUp(context) }
        }
    }

    // MARK: - Requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        sawPart = true
        if case .leaving = phase {
            // Nobody hears of it.
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
            turn.bodyLeft = DoorSettings.bodyLength(head.headerFields)
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
            if case .leaving = phase { return turn.hangUp(context) }
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
        case .head(let head) where head.status.kind == .informational:
            context.write(data, promise: promise)
        case .head(var head):
            hasAnswerBegun = true
            isClosing = head.headerFields[.connection] == "close"
            guard !isClosing, isStopping || isLast else { return context.write(data, promise: promise) }
            isClosing = true
            head.headerFields[.connection] = "close"
            context.write(wrapOutboundOut(.head(head)), promise: promise)
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
            leave(context, seconds: wasWhole ? DoorSettings.partingSeconds : DoorSettings.lingerSeconds)
        }
    }

    /// Whether others are to have its place.
    private var isLast: Bool {
        guard let place else { return false }
        return places.isLast(place)
    }

    // MARK: - Time

    /// When the connection has had its time; nil where it waits for us.
    private var deadline: NIODeadline? {
        switch phase {
        case .standing(let since): since + .seconds(DoorSettings.standingSeconds)
        case .silent(let since): since + .seconds(DoorSettings.silentSeconds)
        case .idle(let since): since + .seconds(isStopping ? DoorSettings.partingSeconds : DoorSettings.idleSeconds)
        case .head(let since): since + .seconds(DoorSettings.sendSeconds)
        // A long body has more, as long as it comes at a fair pace.
        case .body(let since, let bytes):
            since + .seconds(DoorSettings.sendSeconds + bytes / DoorSettings.bytesPerSecond)
        case .answering: nil
        case .leaving(let since, let seconds): since.map { $0 + .seconds(seconds) }
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
        case .silent, .leaving: break
        case .idle where AnswerWatch.left(context) > 0: return leave(context, seconds: DoorSettings.partingSeconds)
        case .idle: break
        case .standing:
            guard let place else { break }
            let (may, first) = places.mayStand(place, at: context.eventLoop.now)
            if may {
                phase = .standing(since: context.eventLoop.now)
                schedule(context)
            } else {
                end(
                    context,
                    with: WireError(.busy, "as many connections are open as may be; come again in a moment"))
            }
            first?.giveWay()
            return
        case .head, .body:
            guard !hasAnswerBegun else { break }
            return end(
                context,
                with: WireError(
                    .tooSlow, "a request must be sent within \(DoorSettings.sendSeconds) seconds; send it again"))
        }
        turn.hangUp(context)
    }

    /// An answer to what never became a request, and the last.
    private func end(_ context: ChannelHandlerContext, with error: WireError) {
        say(error, context, nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        leave(context, seconds: DoorSettings.partingSeconds)
    }

    /// Head and body of an answer to what never became a request.
    private func say(_ error: WireError, _ context: ChannelHandlerContext, _ promise: EventLoopPromise<Void>?) {
        let answer = error.answer
        var fields: HTTPFields = [
            .connection: "close", .contentType: answer.type, .contentLength: "\(answer.body.count)",
        ]
        for (name, value) in answer.headers {
            if let name = HTTPField.Name(name) { fields[name] = value }
        }
        let head = HTTPResponse(status: .init(code: answer.status), headerFields: fields)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(ByteBuffer(bytes: answer.body))), promise: promise)
    }
}
