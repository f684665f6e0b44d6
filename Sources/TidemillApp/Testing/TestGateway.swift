import Synchronization
import TidemillCore
import TidemillOperations
import TidemillPayments

/// The payment gateway of one test: it charges nobody, answers as the test says, and remembers what it was asked.
final class TestGateway: PaymentGateway {
    enum Word: String, CaseIterable {
        case succeeded = "SUCCEEDED"
        case declined = "DECLINED"
        case pending = "PENDING"
        case unknown = "UNKNOWN"
    }

    struct Planned {
        var word: Word
        var code: String?
        var isRetryable = true
    }

    private struct Charge {
        let request: PaymentRequest
        var word: Word
        var answer: PaymentAnswer
    }

    private struct State {
        var planned: [Planned] = []
        var charges: [Charge] = []
    }

    private let state = Mutex(State())
    /// What is answered where nothing is planned.
    private let otherwise: @Sendable (PaymentRequest) -> Planned

    init(otherwise: @escaping @Sendable (PaymentRequest) -> Planned = { _ in Planned(word: .succeeded) }) {
        self.otherwise = otherwise
    }

    let name = "test"
    let isPaid = true

    /// Says what is answered next.
    func plan(_ answer: Planned) {
        state.withLock { $0.planned.append(answer) }
    }

    func charge(_ request: PaymentRequest) async -> PaymentAnswer {
        state.withLock { state in
            if let known = state.charges.firstIndex(where: { $0.request.key == request.key }) {
                guard state.charges[known].request == request else {
                    return .keyConflict("the key has another request")
                }
                return again(known, &state)
            }
            let (word, answer) = next(request, &state)
            state.charges.append(Charge(request: request, word: word, answer: answer))
            return answer
        }
    }

    func lookUp(key: String) async -> PaymentAnswer {
        state.withLock { state in
            guard let known = state.charges.firstIndex(where: { $0.request.key == key }) else { return .notFound }
            return again(known, &state)
        }
    }

    /// A charge that is not decided yet takes the next plan.
    private func again(_ index: Int, _ state: inout State) -> PaymentAnswer {
        switch state.charges[index].word {
        case .succeeded, .declined: break
        case .pending, .unknown:
            let (word, answer) = next(state.charges[index].request, &state)
            state.charges[index].word = word
            state.charges[index].answer = answer
        }
        return state.charges[index].answer
    }

    private func next(_ request: PaymentRequest, _ state: inout State) -> (Word, PaymentAnswer) {
        let plan = state.planned.isEmpty ? otherwise(request) : state.planned.removeFirst()
        let answer: PaymentAnswer =
            switch plan.word {
            case .succeeded: .succeeded(paymentID: "test-\(request.key)")
            case .declined: .declined(code: plan.code ?? "card_declined", isRetryable: plan.isRetryable)
            case .pending: .pending(paymentID: "test-\(request.key)")
            case .unknown: .unknown("the gateway of the test does not say")
            }
        return (plan.word, answer)
    }

    /// Every charge that was asked for, in order, with the last answer.
    var charges: [Payload] {
        state.withLock { state in
            state.charges.map { charge in
                .object([
                    "customerId": .string(charge.request.customerID.text),
                    "currencyId": .string(charge.request.currencyID), "amount": Payload(charge.request.amount),
                    "currency": .string(charge.request.currency), "key": .string(charge.request.key),
                    "paymentMethodId": charge.request.paymentMethodID.map { .string($0) } ?? .null,
                    "answer": .string(charge.word.rawValue),
                ])
            }
        }
    }
}
