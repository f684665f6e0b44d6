import TidemillCore
import TidemillOperations
import TidemillStore

/// What a page is asked with, and what it asks: rows of the operation table only, by the rights of whoever looks.
final class PageRequest {
    let segments: [String]
    let query: [WireTarget.Pair]
    let holder: KeyRing.Holder
    let environment: DashboardSettings
    let shown: Shown
    private let backend: ServedBackend
    private let begin = ContinuousClock.now
    /// Of the store, before anything was asked: what is committed from now on may be missing from the page.
    let stamp: Int64
    /// By operation, in the order of asking: the page as JSON.
    private(set) var asked: [(id: OperationID, answer: Payload)] = []

    init(
        _ request: WireRequest, holder: KeyRing.Holder, backend: ServedBackend, environment: DashboardSettings
    ) throws(WireError) {
        segments = request.target.segments
        query = request.target.query
        self.holder = holder
        self.backend = backend
        self.environment = environment
        stamp = (try? backend.store.commitStamp()) ?? 0
        let cookies = DoorDesk.cookies(of: request)
        let asked = request.target.value(of: "zone").flatMap { $0.isEmpty ? nil : $0 }
        if let asked, Zone(identifier: asked) == nil {
            throw WireError(
                .badRequest, "'zone' must be a time zone such as Europe/Berlin or UTC, got \"\(asked.prefix(60))\"")
        }
        let names = [asked, cookies["tidemill_zone"], environment.timezone]
        let zone = names.lazy.compactMap { $0.flatMap { Zone(identifier: $0) } }.first
        shown = Shown(now: backend.now(), zone: zone)
    }

    func value(_ name: String) -> String? {
        query.first { $0.name == name }.map(\.value).flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Whether the query names it, with or without a value.
    func has(_ name: String) -> Bool { query.contains { $0.name == name } }

    /// Members of the input that the query gives, as texts.
    func filters(_ names: [String]) -> TextMap<Payload> {
        var members: TextMap<Payload> = [:]
        for name in names { members[name] = value(name).map { .string($0) } }
        return members
    }

    /// `isKept`: the answer is a part of the page as JSON.
    func ask(_ id: OperationID, _ members: TextMap<Payload> = [:], isKept: Bool = true) throws -> Payload {
        let row = OperationTable.row(id)
        let input = Payload.object(members)
        guard !row.effect.isWrite, holder.scope.allows(row, input) else {
            throw OperationError(.badUserInput, "\(id.rawValue): the scope of this key does not allow it")
        }
        let context = CallContext(.key(holder.name), now: shown.now, actor: holder.name)
        let answer = try backend.perform(id, input, context).answer
        if isKept { asked.append((id, answer)) }
        return answer
    }

    /// Whether its holder may do what operators do.
    var isOperator: Bool { holder.scope == .operator }

    var milliseconds: Int64 { (ContinuousClock.now - begin).milliseconds }

    /// The page as a document: what was asked, by operation.
    var document: Payload {
        var members: TextMap<Payload> = [:]
        for (id, answer) in asked {
            switch members[id.rawValue] {
            case nil: members[id.rawValue] = answer
            case .some(.array(let answers)): members[id.rawValue] = .array(answers + [answer])
            case .some(let first): members[id.rawValue] = .array([first, answer])
            }
        }
        return .object(members)
    }
}

/// What pages say of the place that they look at.
public struct DashboardSettings: Sendable, Hashable {
    public var environment: String
    public var host: String
    public var version: String
    /// Of whoever chose none.
    public var timezone: String

    public init(environment: String = "dev", host: String = "", version: String = "", timezone: String = "UTC") {
        self.environment = environment
        self.host = host
        self.version = version
        self.timezone = timezone
    }

    /// Any name but these is drawn filled: one does not want to take it for one's own.
    var isProduction: Bool { !["dev", "test", "staging"].contains(environment) }
}

/// Why there is no page, or another one.
enum PageFailure: Error {
    case missing(String, String)
    case elsewhere(String)
}
