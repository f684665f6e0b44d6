import TidemillCore
import TidemillOperations
import TidemillServer
import TidemillStore

extension AddKey: OperatorOperation {
    static func perform(_ input: Input, by host: OperatorBackend, in context: CallContext) throws -> Output {
        let name = input.name
        func taken(_ place: String) -> OperationError {
            OperationError(
                .duplicatedEntity,
                "addKey: there is a key \"\(name.escapingControls)\" in \(place); choose another name, or revoke it first"
            )
        }
        guard host.app.config.http?.keys.contains(where: { $0.name == name }) != true else {
            throw taken("the configuration")
        }
        let key = AccessKey.make()
        let entry = AccessKey(
            name: name, scope: input.scope, digest: AccessKey.digest(of: key),
            createdAt: context.now, createdBy: context.actor)
        try host.app.store.write { connection in
            guard try AccessKeys.list(on: connection).count < AccessKeys.keysMax else {
                throw OperationError(
                    .invalidArgument, "addKey: there may be \(AccessKeys.keysMax) keys; revoke those that nobody uses")
            }
            guard try AccessKeys.add(entry, on: connection) else { throw taken("the store") }
            try host.audit(
                .addKey, ["name": .string(name), "scope": .string(input.scope.rawValue)], reason: nil, in: context,
                on: connection)
        }
        return Output(name: name, scope: input.scope, key: key)
    }
}

extension ListKeys: OperatorOperation {
    static func perform(_ input: Input, by host: OperatorBackend, in context: CallContext) throws -> AllOf<KeyEntry> {
        let configured = (host.app.config.http?.keys ?? []).map {
            KeyEntry(name: $0.name, scope: $0.scope, isConfigured: true)
        }
        let stored = try host.app.store.read { try AccessKeys.list(on: $0) }.map {
            KeyEntry(
                name: $0.name, scope: $0.scope, isConfigured: false, createdAt: $0.createdAt,
                createdBy: $0.createdBy)
        }
        return AllOf(configured + stored)
    }
}

extension RevokeKey: OperatorOperation {
    static func perform(_ input: Input, by host: OperatorBackend, in context: CallContext) throws -> Output {
        guard host.app.config.http?.keys.contains(where: { $0.name == input.name }) != true else {
            throw OperationError(
                .notFound,
                "revokeKey: \"\(input.name.escapingControls)\" stands in the configuration; take it out there")
        }
        try host.app.store.write { connection in
            guard try AccessKeys.revoke(input.name, on: connection) else {
                let names = try AccessKeys.list(on: connection).map(\.name)
                throw OperationError(
                    .notFound,
                    "revokeKey: there is no key \"\(input.name.escapingControls)\"\(Suggestion.hint(for: input.name, in: names)); `tidemill keys list` shows them"
                )
            }
            try host.audit(.revokeKey, ["name": .string(input.name)], reason: nil, in: context, on: connection)
        }
        return Output(name: input.name)
    }
}

extension AddLink: OperatorOperation {
    static func perform(_ input: Input, by host: OperatorBackend, in context: CallContext) throws -> Output {
        let key = AccessKey.make()
        let pass = BrowserPass(
            .link, name: context.actor, scope: input.scope ?? .read,
            expiresAt: context.now.advanced(bySeconds: BrowserPass.linkSeconds))
        try host.app.store.write { connection in
            try BrowserPasses.add(pass, secret: key, now: context.now, on: connection)
            try host.audit(.addLink, ["scope": .string(pass.scope.rawValue)], reason: nil, in: context, on: connection)
        }
        return Output(key: key, scope: pass.scope, expiresAt: pass.expiresAt)
    }
}
