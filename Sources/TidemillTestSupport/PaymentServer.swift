public import Foundation
import Glibc
import Synchronization
public import TidemillCore
public import TidemillOperations

/// A payment service on a port of 127.0.0.1, for tests: over plain sockets, with a ledger of what it charged, and any
/// mishap on order. It keeps what the contract asks for: one charge for each key, the same answer to a repeat, and 422 for
/// a key that comes with another request.
public final class PaymentServer: Sendable {
    public enum Outcome: String, Sendable, Hashable {
        case succeeded = "SUCCEEDED"
        case pending = "PENDING"
        case declined = "DECLINED"
    }

    /// What becomes of one request.
    public struct Turn: Sendable {
        public enum Reply: Sendable {
            /// As the contract says.
            case properly
            /// The connection is closed without a word.
            case dropped
            /// Nothing comes until `releaseHeld`.
            case held
            case with(status: Int, headers: [String: String] = [:], body: String)
        }

        /// What is done under a key that is new; nil does nothing, and remembers nothing.
        public var outcome: Outcome?
        public var declineCode: String?
        public var isRetryable: Bool
        public var reply: Reply

        public init(
            _ outcome: Outcome?, declineCode: String? = nil, isRetryable: Bool = true, reply: Reply = .properly
        ) {
            self.outcome = outcome
            self.declineCode = declineCode
            self.isRetryable = isRetryable
            self.reply = reply
        }
    }

    /// One key's charge.
    public struct Charge: Sendable, Hashable {
        public let key: String
        public let paymentID: String
        public let body: Payload
        public var outcome: Outcome
        public var declineCode: String?
        public var isRetryable: Bool

        public var amount: Amount {
            switch body["amount"] {
            case .integer(let value): Amount(value)
            case .number(let digits): Amount(digits) ?? .zero
            default: .zero
            }
        }
    }

    /// One request as it came.
    public struct Request: Sendable, Hashable {
        public var method: String
        public var path: String
        /// Names in lower case.
        public var headers: [String: String]
        public var body: String
    }

    private struct State {
        var turns: [Turn] = []
        var fallback = Turn(.succeeded)
        var charges: [Charge] = []
        var requests: [Request] = []
        var held: [Int32] = []
        var waiters: [(count: Int, resume: CheckedContinuation<Void, Never>)] = []
        var isClosed = false
    }

    private let state = Mutex(State())
    private let listener: Int32
    public let port: UInt16
    /// Told of every request, before it is answered.
    private let arrived = DispatchSemaphore(value: 0)

    public init() throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        var bound = sockaddr_in()
        let isBound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, size) == 0 }
        }
        var length = size
        let isNamed = withUnsafeMutablePointer(to: &bound) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) == 0 }
        }
        guard descriptor >= 0, isBound, isNamed, listen(descriptor, 64) == 0 else { throw CocoaError(.fileReadUnknown) }
        listener = descriptor
        port = UInt16(bigEndian: bound.sin_port)
        let thread = Thread { [self] in acceptAll() }
        thread.start()
    }

    public var url: URL { URL(string: "http://127.0.0.1:\(port)/charges")! }

    /// What the next requests meet, before the fallback.
    public func queue(_ turns: Turn...) { state.withLock { $0.turns += turns } }
    /// What all others meet.
    public func otherwise(_ turn: Turn) { state.withLock { $0.fallback = turn } }

    public var charges: [Charge] { state.withLock { $0.charges } }
    /// Those for which the customer paid.
    public var paid: [Charge] { charges.filter { $0.outcome == .succeeded } }
    public var requests: [Request] { state.withLock { $0.requests } }

    /// Decides what was pending.
    public func decide(_ key: String, _ outcome: Outcome, declineCode: String? = nil, isRetryable: Bool = true) {
        state.withLock { state in
            for index in state.charges.indices where state.charges[index].key == key {
                state.charges[index].outcome = outcome
                state.charges[index].declineCode = declineCode
                state.charges[index].isRetryable = isRetryable
            }
        }
    }

    /// Returns once so many requests have come.
    public func requests(reach count: Int) async {
        await withCheckedContinuation { continuation in
            let isReached = state.withLock { state in
                if state.requests.count < count { state.waiters.append((count, continuation)) }
                return state.requests.count >= count
            }
            if isReached { continuation.resume() }
        }
    }

    /// Blocks until one more request has come; false when none came in time. For tests that drive processes.
    public func awaitRequest(seconds: Int = 20) -> Bool {
        arrived.wait(timeout: .now() + .seconds(seconds)) == .success
    }

    /// Closes the connections that are held.
    public func releaseHeld() {
        let held = state.withLock { state in
            defer { state.held = [] }
            return state.held
        }
        for connection in held { close(connection) }
    }

    public func stop() {
        // Only the thread that accepts closes the socket: its number may be another server's a moment later.
        let isFirst = state.withLock { state in
            defer { state.isClosed = true }
            return !state.isClosed
        }
        if isFirst { shutdown(listener, Int32(SHUT_RDWR)) }
        releaseHeld()
    }

    // MARK: - The service

    private func acceptAll() {
        while true {
            let connection = accept(listener, nil, nil)
            guard connection >= 0 else {
                if errno == EINTR { continue }
                close(listener)
                return
            }
            Thread.detachNewThread { [self] in serve(connection) }
        }
    }

    private func serve(_ connection: Int32) {
        guard let request = Self.read(connection) else {
            close(connection)
            return
        }
        let (reply, proper, due) = state.withLock { state in
            let (reply, proper) = answer(request, &state)
            let count = state.requests.count
            let due = state.waiters.filter { $0.count <= count }
            state.waiters.removeAll { $0.count <= count }
            return (reply, proper, due)
        }
        arrived.signal()
        for waiter in due { waiter.resume.resume() }
        switch reply {
        case .properly: Self.write(proper.status, [:], proper.body, to: connection)
        case .with(let status, let headers, let body): Self.write(status, headers, body, to: connection)
        case .dropped: break
        case .held:
            let isHeld = state.withLock { state in
                if !state.isClosed { state.held.append(connection) }
                return !state.isClosed
            }
            if isHeld { return }
        }
        close(connection)
    }

    private func answer(_ request: Request, _ state: inout State) -> (Turn.Reply, (status: Int, body: String)) {
        state.requests.append(request)
        let turn = state.turns.isEmpty ? state.fallback : state.turns.removeFirst()
        if request.method == "GET" {
            let key = String(request.path.split(separator: "/").last ?? "")
            let found = state.charges.last { $0.key == key }
            return (turn.reply, found.map { (200, Self.body(of: $0)) } ?? (404, "{}"))
        }
        let key = request.headers["idempotency-key"] ?? ""
        let body = (try? Payload(json: Array(request.body.utf8))) ?? .null
        if let known = state.charges.first(where: { $0.key == key }) {
            guard known.body == body else { return (turn.reply, (422, "{}")) }
            return (turn.reply, (200, Self.body(of: known)))
        }
        guard let outcome = turn.outcome else { return (turn.reply, (503, "{}")) }
        let charge = Charge(
            key: key, paymentID: "pay_\(state.charges.count + 1)", body: body, outcome: outcome,
            declineCode: turn.declineCode, isRetryable: turn.isRetryable)
        state.charges.append(charge)
        return (turn.reply, (200, Self.body(of: charge)))
    }

    private static func body(of charge: Charge) -> String {
        Payload.object([
            "status": .string(charge.outcome.rawValue), "paymentId": .string(charge.paymentID),
            "declineCode": charge.declineCode.map { .string($0) } ?? .null,
            "retryable": .boolean(charge.isRetryable),
        ]).json
    }

    // MARK: - HTTP

    private static func read(_ connection: Int32) -> Request? {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16_384)
        func more() -> Bool {
            let count = recv(connection, &chunk, chunk.count, 0)
            guard count > 0 else { return false }
            bytes += chunk[0..<count]
            return true
        }
        let separator = Array("\r\n\r\n".utf8)
        var headEnd: Int?
        while headEnd == nil {
            guard more() else { return nil }
            headEnd = bytes.indices.first { bytes[$0...].starts(with: separator) }
        }
        guard let headEnd else { return nil }
        let lines = String(decoding: bytes[0..<headEnd], as: UTF8.self).components(separatedBy: "\r\n")
        let first = lines[0].split(separator: " ")
        guard first.count >= 2 else { return nil }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            headers[line[..<colon].lowercased()] = line[line.index(after: colon)...].trimmingCharacters(
                in: .whitespaces)
        }
        let length = Int(headers["content-length"] ?? "") ?? 0
        while bytes.count < headEnd + 4 + length {
            guard more() else { return nil }
        }
        let body = String(decoding: bytes[(headEnd + 4)..<(headEnd + 4 + length)], as: UTF8.self)
        return Request(method: String(first[0]), path: String(first[1]), headers: headers, body: body)
    }

    private static func write(_ status: Int, _ headers: [String: String], _ body: String, to connection: Int32) {
        var text = "HTTP/1.1 \(status) Answer\r\nContent-Type: application/json\r\nConnection: close\r\n"
        for (name, value) in headers { text += "\(name): \(value)\r\n" }
        text += "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let sent = rest.withUnsafeBytes { send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            // The other side has gone: nothing to tell it.
            guard sent > 0 else { return }
            rest = rest.dropFirst(sent)
        }
        shutdown(connection, Int32(SHUT_WR))
    }
}
