import Foundation
import TidemillCore
import TidemillOperations
import TidemillStigg

/// The API's operations at Stigg, as the configuration has it. What is missing or wrong there is told by whoever asks for an
/// operation: what only looks at the store works without it.
struct ServiceClient: OperationBackend {
    private let backend: Result<StiggBackend, OperationError>
    /// Whether this is a copy of the store in which something is tried: nothing may be changed elsewhere.
    private let readsOnly: Bool

    init(_ config: AppConfig, readsOnly: Bool) {
        self.readsOnly = readsOnly
        backend = Result { () throws(OperationError) in try Self.backend(config) }
    }

    private static func backend(_ config: AppConfig) throws(OperationError) -> StiggBackend {
        if let problem = config.client.unset.first {
            throw OperationError(.serviceMisconfigured, problem.message)
        }
        guard let key = config.client.key else {
            throw OperationError(
                .serviceMisconfigured,
                "client.backend is \"stigg\" and there is no key: set \(AppConfig.Client.keyVariable)")
        }
        do {
            let settings = try ServiceSettings(
                baseURL: config.client.baseURL ?? AppConfig.Client.standardURL, key: key.value)
            return StiggBackend(settings, transport: HTTPTransport(settings))
        } catch {
            throw OperationError(.serviceMisconfigured, "\(error)")
        }
    }

    nonisolated(nonsending) func perform(
        _ id: OperationID, _ input: Payload, in context: CallContext
    ) async throws(OperationError) -> Payload {
        try await allowed(id).perform(id, input, in: context)
    }

    private func allowed(_ id: OperationID) throws(OperationError) -> StiggBackend {
        guard !readsOnly || !OperationTable.row(id).effect.isWrite else {
            throw OperationError(
                .notOnStigg, "\(id.rawValue): a dry run changes nothing, and what Stigg is asked to change is changed")
        }
        guard OperationTable.row(id).report != .events else {
            throw OperationError(
                .notOnStigg,
                "\(id.rawValue): with client.backend = \"stigg\" events are not forwarded yet; report them to Stigg itself"
            )
        }
        return try backend.get()
    }
}
