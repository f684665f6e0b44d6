import Foundation
import Synchronization

extension OperationBackend {
    /// As `perform`, for a caller that cannot suspend: a command, or a thread of its own. Never called by a thread of the
    /// pool that the answer needs.
    public func performWaiting(
        _ id: OperationID, _ input: Payload, in context: CallContext
    ) throws(OperationError) -> Payload {
        let (outcome, done) = (WaitedOutcome(), DispatchSemaphore(value: 0))
        Task.detached {
            let result: Result<Payload, OperationError>
            do throws(OperationError) {
                result = .success(try await self.perform(id, input, in: context))
            } catch {
                result = .failure(error)
            }
            outcome.result.withLock { $0 = result }
            done.signal()
        }
        done.wait()
        guard let result = outcome.result.withLock({ $0 }) else { return .null }
        return try result.get()
    }
}

private final class WaitedOutcome: Sendable {
    let result = Mutex<Result<Payload, OperationError>?>(nil)
}
