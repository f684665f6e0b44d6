public import TidemillOperations

/// A server for other people's tests: its clock is moved by them, and its state can be kept and brought back. The paths
/// exist only where the server is one.
public protocol Laboratory: Sendable {
    /// `{"now": …}`.
    func clock() async throws -> Payload
    /// Moves the clock; what is due until then happens, each at its instant.
    func move(_ body: Payload) async throws -> Payload
    /// Keeps the state; answers its id.
    func snapshot() async throws -> Payload
    /// Brings a kept state back, with its clock.
    func restore(_ id: String) async throws -> Payload
}

extension DoorDesk {
    /// What a request to the laboratory asks.
    enum Experiment: Sendable {
        case clock, move, snapshot
        case restore(String)

        init?(_ request: WireRequest) {
            let segments = request.target.segments
            switch (request.method, segments.first, segments.count) {
            case ("GET", "clock", 1): self = .clock
            case ("PUT", "clock", 1): self = .move
            case ("POST", "snapshots", 1): self = .snapshot
            case ("POST", "snapshots", 3) where segments[2] == "restore": self = .restore(segments[1])
            default: return nil
            }
        }
    }

    func answer(_ experiment: Experiment, by laboratory: any Laboratory, _ request: WireRequest) async throws -> Payload
    {
        switch experiment {
        case .clock: return try await laboratory.clock()
        case .move:
            do { return try await laboratory.move(try Payload(json: request.body, uniqueNames: true)) } catch let error
                as Payload.JSONError
            {
                throw WireError(.badRequest, "the body is no JSON: \(error)")
            }
        case .snapshot: return try await laboratory.snapshot()
        case .restore(let id): return try await laboratory.restore(id)
        }
    }
}
