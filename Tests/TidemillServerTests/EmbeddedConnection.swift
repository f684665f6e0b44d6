import HTTPTypes
import NIOCore
import NIOEmbedded
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1

@testable import TidemillServer

/// A connection without a socket, whose time the test moves, with the server's own handlers and the library's around them.
final class EmbeddedConnection {
    /// In the place of whoever answers.
    private final class Desk: ChannelInboundHandler {
        typealias InboundIn = HTTPRequestPart
        typealias OutboundOut = HTTPResponsePart

        var paths: [String] = []
        var bodyBytes = 0
        var ends = 0
        var errors: [any Error] = []
        var isInputClosed = false

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head): paths.append(head.path ?? "")
            case .body(let bytes): bodyBytes += bytes.readableBytes
            case .end: ends += 1
            }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { errors.append(error) }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if case ChannelEvent.inputClosed = event { isInputClosed = true }
        }
    }

    /// In the place of the socket.
    private final class Socket: ChannelOutboundHandler {
        typealias OutboundIn = IOData
        var reads = 0
        /// Whether the other end takes nothing.
        var isStuck = false
        var hasEndedOutput = false
        /// As encryption does, it waits for the other end's words of parting.
        var isEncrypted = false

        func read(context: ChannelHandlerContext) { reads += 1 }

        func flush(context: ChannelHandlerContext) {
            if !isStuck { context.flush() }
        }

        func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
            guard mode == .output else {
                if !isEncrypted { context.close(mode: mode, promise: promise) }
                return
            }
            hasEndedOutput = true
            promise?.succeed()
        }
    }

    private let channel = EmbeddedChannel()
    private let desk = Desk()
    private let socket = Socket()

    /// - Parameter seconds: what time it is.
    init(
        _ places: ConnectionPlaces = ConnectionPlaces(max: 10), at seconds: Int64 = 0, isEncrypted: Bool = false
    ) throws {
        socket.isEncrypted = isEncrypted
        channel.embeddedEventLoop.advanceTime(by: .seconds(seconds))
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(socket)
        try pipeline.configureHTTPServerPipeline(withPipeliningAssistance: false, withErrorHandling: false)
        try pipeline.addHandler(HTTP1ToHTTPServerCodec(secure: false))
        try pipeline.addHandler(ConnectionGuard(places))
        try DoorChannel.complete(pipeline, isEncrypted: isEncrypted)
        try pipeline.addHandler(desk)
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
    }

    deinit { _ = try? channel.finish(acceptAlreadyClosed: true) }

    var isOpen: Bool { channel.isActive }
    /// The requests that were handed on.
    var paths: [String] { desk.paths }
    var ends: Int { desk.ends }
    var bodyBytes: Int { desk.bodyBytes }
    var errors: Int { desk.errors.count }
    var isInputClosed: Bool { desk.isInputClosed }
    /// Whether the client was told that nothing more comes.
    var hasEndedOutput: Bool { socket.hasEndedOutput }

    func send(_ text: String) throws { try channel.writeInbound(ByteBuffer(string: text)) }

    func endWriting() { channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed) }

    /// Whether the socket is read when it is to be.
    func reads() -> Bool {
        let before = socket.reads
        channel.pipeline.read()
        return socket.reads > before
    }

    /// How many bytes are read at a time.
    var readBytes: Int {
        let allocator = try? channel.getOption(.recvAllocator).wait()
        return allocator?.buffer(allocator: ByteBufferAllocator()).capacity ?? 0
    }

    func advance(_ seconds: Int64) { channel.embeddedEventLoop.advanceTime(by: .seconds(seconds)) }

    /// Answers the request that is worked on.
    func answer(closes: Bool = false, bytes: Int = 2) {
        var fields: HTTPFields = [.contentLength: "\(bytes)"]
        if closes { fields[.connection] = "close" }
        let body = ByteBuffer(repeating: UInt8(ascii: "x"), count: bytes)
        channel.write(HTTPResponsePart.head(HTTPResponse(status: .ok, headerFields: fields)), promise: nil)
        channel.write(HTTPResponsePart.body(body), promise: nil)
        channel.writeAndFlush(HTTPResponsePart.end(nil), promise: nil)
        channel.embeddedEventLoop.run()
    }

    /// From now on the client takes nothing, and nothing more is written.
    func stick() {
        socket.isStuck = true
        channel.isWritable = false
        channel.pipeline.fireChannelWritabilityChanged()
    }

    /// The client takes what there is, and then nothing again.
    func takeOnce() {
        socket.isStuck = false
        channel.pipeline.flush()
        socket.isStuck = true
    }

    /// The server is told to end.
    func stop() { channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent()) }

    /// What was sent to the client since the last time.
    func sent() throws -> String {
        var text = ""
        while let bytes = try channel.readOutbound(as: ByteBuffer.self) { text += String(buffer: bytes) }
        return text
    }
}
