import NIOCore

/// What a connection's gate and its guard know of the request that is worked on. Reached on the connection's loop only.
final class RequestTurn {
    /// Whether a request came whole and its answer has not ended: nothing more is let in.
    var isAnswering = false
    /// Whether its client may be told something before the answer (RFC 9110, 15.2).
    var takesInterim = false
    /// How much of the body of the request that is coming has not come yet, where its head says how long it is.
    var bodyLeft = 0
    /// Lets in what was held.
    var goOn: () -> Void = {}
    /// Closes the socket itself, where something encrypts between it and who asks for that.
    fileprivate(set) var cut: (() -> Void)?

    /// Ends the connection at once. Encryption alone would wait for words of parting, from whoever takes nothing too.
    func hangUp(_ context: ChannelHandlerContext) {
        guard let cut else { return context.close(promise: nil) }
        context.close(mode: .output, promise: nil)
        cut()
    }
}

/// Stands at the socket of an encrypted connection.
final class SocketEnd: ChannelOutboundHandler, RemovableChannelHandler {
    typealias OutboundIn = IOData

    private let turn: RequestTurn

    init(_ turn: RequestTurn) { self.turn = turn }

    func handlerAdded(context: ChannelHandlerContext) { turn.cut = { context.close(promise: nil) } }
    func handlerRemoved(context: ChannelHandlerContext) { turn.cut = nil }
}

/// Lets the bytes of a connection in for one request at a time. Whoever sends many requests without waiting for answers
/// gets them one after the other, each in a turn of the loop that others have turns in too; meanwhile the rest lies here
/// unread, and the socket is not read. It stands before the decoder, which would make heads of all that there is at once:
/// bytes go through in slices that hold few of them.
///
/// The loop looks at other sockets when nothing is left to do for those that it has read. So no more than a slice is read
/// at a time, but of a body whose length is known: whoever sends thousands of requests at once holds up nobody by more
/// than those in a slice.
final class RequestGate: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = IOData
    typealias OutboundOut = IOData

    static let sliceBytes = 2 << 10

    private let turn: RequestTurn
    private var held = ByteBuffer()
    private var isReadWanted = false
    private var hasEnded = false
    private var isPassing = false
    private var readBytes = 0

    init(_ turn: RequestTurn) {
        self.turn = turn
    }

    func handlerAdded(context: ChannelHandlerContext) {
        turn.goOn = { [unowned self] in goOn(context) }
    }

    func handlerRemoved(context: ChannelHandlerContext) { turn.goOn = {} }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        if held.readableBytes == 0 { held = bytes } else { held.writeBuffer(&bytes) }
        pass(context)
    }

    func read(context: ChannelHandlerContext) {
        if held.readableBytes > 0 { isReadWanted = true } else { readSome(context) }
    }

    /// How much is read at a time, by what is left of a body.
    static func readBytes(ofBody left: Int) -> Int { [64 << 10, 16 << 10].first { $0 <= left } ?? sliceBytes }

    private func readSome(_ context: ChannelHandlerContext) {
        let bytes = Self.readBytes(ofBody: turn.bodyLeft)
        if bytes != readBytes {
            readBytes = bytes
            let allocator = FixedSizeRecvByteBufferAllocator(capacity: bytes)
            // A channel that is closed by now reads nothing.
            try? context.channel.syncOptions?.setOption(.recvAllocator, value: allocator)
        }
        context.read()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case ChannelEvent.inputClosed where held.readableBytes > 0:
            hasEnded = true
            return
        case is ChannelShouldQuiesceEvent:
            // What is not worked on is not begun any more.
            held = ByteBuffer()
        default: break
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        held = ByteBuffer()
        context.fireChannelInactive()
    }

    private func goOn(_ context: ChannelHandlerContext) {
        guard held.readableBytes > 0, pass(context) else { return }
        context.fireChannelReadComplete()
    }

    @discardableResult
    private func pass(_ context: ChannelHandlerContext) -> Bool {
        // What is let in may be answered at once.
        guard !isPassing else { return false }
        isPassing = true
        defer { isPassing = false }
        var hasPassed = false
        while !turn.isAnswering, held.readableBytes > 0 {
            let count = min(held.readableBytes, max(turn.bodyLeft, Self.sliceBytes))
            guard let slice = held.readSlice(length: count) else { break }
            context.fireChannelRead(wrapInboundOut(slice))
            hasPassed = true
        }
        guard held.readableBytes == 0 else { return hasPassed }
        held = ByteBuffer()
        if hasEnded {
            hasEnded = false
            context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        }
        if isReadWanted {
            isReadWanted = false
            readSome(context)
        }
        return hasPassed
    }
}
