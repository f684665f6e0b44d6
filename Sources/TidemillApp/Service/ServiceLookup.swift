import Synchronization
import TidemillCore
import TidemillOperations
import TidemillScripting

/// What scripts look up at Stigg, at most a minute old.
final class ServiceLookup: Sendable {
    static let secondsMax: Int64 = 60
    private static let answersMax = 10_000

    private struct Question: Hashable {
        let operation: OperationID
        let input: Payload
    }

    private struct Kept {
        let answer: Payload
        let at: Timestamp
    }

    private let service: ServiceClient
    private let clock: any Wallclock
    private let kept = Mutex<[Question: Kept]>([:])

    init(_ service: ServiceClient, clock: any Wallclock) {
        self.service = service
        self.clock = clock
    }

    var look: ScriptLookup {
        { request throws(EffectError) in
            do throws(OperationError) {
                switch request {
                case .customer(let id):
                    return try self.ask(.getCustomer, ["id": .string(id)], missing: .customerNotFound)
                case .subscriptions(let id):
                    let page = try self.ask(.listSubscriptions, ["customerId": .string(id), "limit": 100])
                    return page["data"] ?? []
                case .entitlement(let customer, let feature):
                    return try self.ask(
                        .checkEntitlement, ["customerId": .string(customer), "featureId": .string(feature)],
                        missing: .featureNotFound)
                }
            } catch {
                throw EffectError(error)
            }
        }
    }

    /// What is not there is null.
    private func ask(
        _ id: OperationID, _ input: Payload, missing: OperationError.Code? = nil
    ) throws(OperationError) -> Payload {
        let (question, now) = (Question(operation: id, input: input), clock.now)
        if let known = kept.withLock({ $0[question] }), known.at <= now,
            now < known.at.advanced(bySeconds: Self.secondsMax)
        {
            return known.answer
        }
        let answer: Payload
        do throws(OperationError) {
            answer = try service.performWaiting(id, input, in: CallContext(.engine("lookup"), now: now))
        } catch {
            guard error.code == missing else { throw error }
            answer = .null
        }
        kept.withLock { kept in
            if kept.count >= Self.answersMax { kept.removeAll() }
            kept[question] = Kept(answer: answer, at: now)
        }
        return answer
    }
}
