import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypesHTTP1

/// A connection of the library, whose heads are put into the one form that the rest knows.
struct DoorChannel: ServerChildChannel {
    let http: HTTP1Channel
    let isEncrypted: Bool

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<HTTP1Channel.Value> {
        http.setup(channel: channel, logger: logger).flatMapThrowing { value in
            // A connection reads once and lets others read then.
            try channel.syncOptions?.setOption(.maxMessagesPerRead, value: 1)
            try Self.complete(channel.pipeline.syncOperations, isEncrypted: isEncrypted)
            return value
        }
    }

    /// Adds what stands between the library's handlers.
    static func complete(_ pipeline: ChannelPipeline.SynchronousOperations, isEncrypted: Bool = false) throws {
        let codec = try pipeline.handler(type: HTTP1ToHTTPServerCodec.self)
        let connection = try pipeline.handler(type: ConnectionGuard.self)
        try pipeline.addHandler(HeadForm(connection.turn), position: .before(codec))
        let encoder = try pipeline.handler(type: HTTPResponseEncoder.self)
        try pipeline.addHandler(RequestGate(connection.turn), position: .before(encoder))
        if isEncrypted { try pipeline.addHandler(SocketEnd(connection.turn), position: .first) }
    }

    func handle(value: HTTP1Channel.Value, logger: Logger) async {
        let task = Task(executorPreference: LoopExecutor(value.channel.eventLoop)) {
            await http.handle(value: value, logger: logger)
        }
        // What nobody is there for any more is not begun.
        value.channel.closeFuture.whenComplete { _ in task.cancel() }
        await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            task.cancel()
        }
    }
}

/// What RFC 9112 says of heads and the library does not do: a target in absolute form names the host, whatever `Host`
/// says (3.2.2), and whoever speaks HTTP/1.0 or says so in any spelling gets a closed connection (9.3).
private final class HeadForm: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart

    private let turn: RequestTurn

    init(_ turn: RequestTurn) { self.turn = turn }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(var head) = unwrapInboundIn(data) else { return context.fireChannelRead(data) }
        if let named = Self.host(ofAbsolute: head.uri) {
            head.headers.replaceOrAdd(name: "host", value: named)
        }
        // Who speaks HTTP/1.0 does not know of answers before the answer (RFC 9110, 10.1.1).
        turn.takesInterim = head.version == .http1_1
        if head.version != .http1_1 { head.headers.remove(name: "expect") }
        if !head.isKeepAlive { head.headers.replaceOrAdd(name: "connection", value: "close") }
        context.fireChannelRead(wrapInboundOut(.head(head)))
    }

    /// `localhost:7411` of `http://localhost:7411/livez`; nil for a target that begins with its path.
    private static func host(ofAbsolute uri: String) -> String? {
        guard !uri.hasPrefix("/"), let colon = uri.firstIndex(of: ":"), uri[colon...].hasPrefix("://") else {
            return nil
        }
        let rest = uri[uri.index(colon, offsetBy: 3)...]
        return String(rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" })
    }
}
