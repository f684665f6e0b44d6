import Foundation
import Synchronization
public import TidemillCore
public import TidemillOperations
import TidemillStore

/// Answers what rules, policies and grant rules look up: the answers of the operations, from a snapshot, without writing
/// on the caller's thread, which may be in the middle of a transaction. Null where there is no such thing.
///
/// What is due by time alone is written first by a thread of its own. A caller waits for that a moment and no longer, so
/// that nobody waits for a lock that it holds itself; then the answer is what was written last.
public final class ScriptSnapshot: Sendable {
    /// How long a caller waits for what is due to be written.
    private static let waitMax = DispatchTimeInterval.milliseconds(100)
    /// Time alone changes answers too: they are read again after so long though nobody commits.
    private static let ageMax: Int64 = 1_000_000
    private static let answersMax = 10_000
    /// Subscriptions of one answer.
    private static let subscriptionsMax: Int64 = 100

    private struct Question: Hashable {
        let id: OperationID
        @ComparedByBytes var customer: String
        @ComparedByBytes var feature = ""
    }

    private struct Kept {
        var stamp: Int64?
        var at = Timestamp(microseconds: 0)
        var answers: [Question: Payload] = [:]
    }

    private let engine: Engine
    private let clock: any Wallclock
    private let kept = Mutex(Kept())
    private let writer = DedicatedThread(name: "tidemill-lookup")
    private let isWriting = Mutex(false)

    public init(_ engine: Engine, clock: any Wallclock = SystemWallclock()) {
        self.engine = engine
        self.clock = clock
    }

    /// As `getCustomer`.
    public func customer(_ id: String) throws(OperationError) -> Payload {
        try answer(Question(id: .getCustomer, customer: id), ["id": .string(id)])
    }

    /// The subscriptions of `listSubscriptions`, the newest hundred; null for a customer that is not known.
    public func subscriptions(_ id: String) throws(OperationError) -> Payload {
        guard try !customer(id).isNull else { return .null }
        let page = try answer(
            Question(id: .listSubscriptions, customer: id),
            ["customerId": .string(id), "limit": .integer(Self.subscriptionsMax)])
        return page["data"] ?? .null
    }

    /// As `checkEntitlement` of one feature without an amount; null for a customer or a feature that is not known.
    public func entitlement(_ id: String, _ feature: String) throws(OperationError) -> Payload {
        let access = try answer(
            Question(id: .checkEntitlement, customer: id, feature: feature),
            ["customerId": .string(id), "featureId": .string(feature)])
        switch access["accessDeniedReason"]?.text.flatMap(DeniedReason.init(rawValue:)) {
        case .customerNotFound, .featureNotFound: return .null
        default: return access
        }
    }

    private func answer(_ question: Question, _ input: Payload) throws(OperationError) -> Payload {
        let now = clock.now
        let stamp = engine.commitStamp()
        if let stamp, let known = known(question, stamp, now) { return known }
        let answer = try read(question, input, now)
        if let stamp { keep(answer, question, stamp, now) }
        return answer
    }

    private func read(_ question: Question, _ input: Payload, _ now: Timestamp) throws(OperationError) -> Payload {
        do throws(OperationError) {
            if let answer = try engine.look(question.id, input, now: now, leavesDue: false) { return answer }
            if advance(CustomerID(question.customer), now),
                let answer = try engine.look(question.id, input, now: now, leavesDue: false)
            {
                return answer
            }
            return try engine.look(question.id, input, now: now, leavesDue: true) ?? .null
        } catch {
            switch error.code {
            case .customerNotFound, .featureNotFound: return .null
            default: throw error
            }
        }
    }

    /// Has what is due written. True when it is done.
    private func advance(_ customer: CustomerID, _ now: Timestamp) -> Bool {
        let isFree = isWriting.withLock { isWriting in
            defer { isWriting = true }
            return !isWriting
        }
        guard isFree else { return false }
        let done = DispatchSemaphore(value: 0)
        writer.enqueue { [self] in
            // What cannot be written now is written by the worker; the answer is what was written last.
            try? engine.advance(customer, to: now)
            isWriting.withLock { $0 = false }
            done.signal()
        }
        return done.wait(timeout: .now() + Self.waitMax) == .success
    }

    private func known(_ question: Question, _ stamp: Int64, _ now: Timestamp) -> Payload? {
        kept.withLock { kept in
            let age = now.microseconds - kept.at.microseconds
            guard kept.stamp == stamp, age >= 0, age < Self.ageMax else { return nil }
            return kept.answers[question]
        }
    }

    /// `stamp` was read before the answer was.
    private func keep(_ answer: Payload, _ question: Question, _ stamp: Int64, _ now: Timestamp) {
        kept.withLock { kept in
            let age = now.microseconds - kept.at.microseconds
            if kept.stamp != stamp || age < 0 || age >= Self.ageMax || kept.answers.count >= Self.answersMax {
                kept.answers.removeAll(keepingCapacity: true)
                kept.stamp = stamp
                kept.at = now
            }
            kept.answers[question] = answer
        }
    }
}
