import TidemillOperations

/// Reads the bodies of requests: long ones on threads of their own, so that nobody waits for it who reads and writes
/// sockets, and none with more values than memory is meant for.
struct BodyReading: Sendable {
    /// Names and values of a body. The densest that makes sense, a thousand events with a hundred dimensions each, has
    /// fewer.
    static let valuesMax = 400_000
    /// What one of them takes in memory, as it is read.
    static let bytesPerValue = 160
    /// Bodies up to here are read in no time.
    private static let shortMax = 16 << 10

    let threads = RequestThreads(name: "tidemill-http-parse", count: 3, waitingMax: 256)
    private let room: BodyRoom

    init(_ room: BodyRoom) { self.room = room }

    /// Runs what reads a body of a request.
    func run<T: Sendable>(
        _ request: WireRequest, for key: String, _ body: @escaping @Sendable () throws -> T
    ) async throws -> T {
        request.body.count <= Self.shortMax ? try body() : try await threads.run(for: key, body)
    }

    /// Lends the room that the values of a body take while `body` works with them.
    func lend<T: Sendable>(_ request: WireRequest, for key: String, _ body: () async throws -> T) async throws -> T {
        if request.body.isEmpty { return try await body() }
        let count = try await run(request, for: key) { Payload.count(inJSON: request.body) }
        guard count <= Self.valuesMax else {
            throw WireError(
                .tooLarge,
                "the body has \(count) JSON values and names of members, \(Self.valuesMax) are read at a time; send it in several requests"
            )
        }
        let bytes = count * Self.bytesPerValue
        guard room.take(bytes, for: key) else { throw RequestThreads.full }
        defer { room.release(bytes, for: key) }
        return try await body()
    }

    func call(
        _ request: WireRequest, _ route: RouteTable.Route, _ names: [String: String], for key: String
    ) async throws -> PlannedCall {
        try await run(request, for: key) { try PlannedCall(request, route, names) }
    }
}
