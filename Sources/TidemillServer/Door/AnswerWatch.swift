import NIOCore

/// Whether the other end takes what it is answered. While so much waits that nothing more is written, what is left is
/// looked at once a second: where it does not become less, the connection is the first to give way to others, and after a
/// while ends. Whoever reads slowly, but goes on, is served.
final class AnswerWatch {
    private let places: ConnectionPlaces
    private let turn: RequestTurn
    private var timer: Scheduled<Void>?
    private var left = 0
    private var since = NIODeadline.uptimeNanoseconds(0)
    /// Called when all was taken, after the last answer.
    private var whenTaken: [() -> Void] = []
    /// Whether nothing was taken for a second or more.
    private(set) var isStuck = false

    init(_ places: ConnectionPlaces, _ turn: RequestTurn) {
        self.places = places
        self.turn = turn
    }

    /// More may be written, or not any more. Either says that something was taken before.
    func writabilityChanged(_ context: ChannelHandlerContext, _ place: ConnectionPlaces.Place) {
        guard timer == nil else { return mark(context, place) }
        if !context.channel.isWritable { begin(context, place) }
    }

    /// The last answer was written: calls when all of it was taken.
    func finish(
        _ context: ChannelHandlerContext, _ place: ConnectionPlaces.Place, _ whenTaken: @escaping () -> Void
    ) {
        guard Self.left(context) > 0 else { return whenTaken() }
        self.whenTaken.append(whenTaken)
        if timer == nil { begin(context, place) }
    }

    func end() {
        timer?.cancel()
        timer = nil
        whenTaken = []
    }

    /// Bytes of answers that the socket has not taken.
    static func left(_ context: ChannelHandlerContext) -> Int {
        (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
    }

    private func begin(_ context: ChannelHandlerContext, _ place: ConnectionPlaces.Place) {
        mark(context, place)
        schedule(context, place)
    }

    /// Begins to count anew.
    private func mark(_ context: ChannelHandlerContext, _ place: ConnectionPlaces.Place) {
        left = Self.left(context)
        since = context.eventLoop.now
        isStuck = false
        places.stuck(place, since: nil)
    }

    private func schedule(_ context: ChannelHandlerContext, _ place: ConnectionPlaces.Place) {
        timer = context.eventLoop.assumeIsolated().scheduleTask(in: .seconds(1)) { self.look(context, place) }
    }

    private func look(_ context: ChannelHandlerContext, _ place: ConnectionPlaces.Place) {
        timer = nil
        let left = Self.left(context)
        if whenTaken.isEmpty ? context.channel.isWritable : left == 0 {
            mark(context, place)
            let taken = whenTaken
            whenTaken = []
            return taken.forEach { $0() }
        }
        if left < self.left {
            mark(context, place)
        } else {
            self.left = left
            isStuck = true
            places.stuck(place, since: since)
            guard context.eventLoop.now - since < .seconds(DoorSettings.takeSeconds) else {
                return turn.hangUp(context)
            }
        }
        schedule(context, place)
    }
}
