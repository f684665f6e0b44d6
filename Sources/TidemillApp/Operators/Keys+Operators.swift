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
            guard try AccessKeys.names(on: connection).count < AccessKeys.keysMax else {
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
        try host.app.store.read { connection in
            func sessions(_ digest: [UInt8]) throws -> Int64 {
                try BrowserPasses.sessions(of: digest, now: context.now, on: connection)
            }
            let configured = try (host.app.config.http?.keys ?? []).map { key in
                KeyEntry(
                    name: key.name, scope: key.scope, isConfigured: true,
                    sessions: try key.key.map { try sessions(AccessKey.digest(of: $0.value)) })
            }
            let stored = try AccessKeys.list(on: connection).map { key in
                KeyEntry(
                    name: key.name, scope: key.scope, isConfigured: false, createdAt: key.createdAt,
                    createdBy: key.createdBy, sessions: try sessions(key.digest))
            }
            return AllOf(configured + stored)
        }
    }
}

extension RevokeKey: OperatorOperation {
    static func perform(_ input: Input, by host: OperatorBackend, in context: CallContext) throws -> Output {
        guard host.app.config.http?.keys.contains(where: { $0.name == input.name }) != true else {
            throw OperationError(
                .notFound,
                "revokeKey: \"\(input.name.escapingControls)\" stands in the configuration; take it out there")
        }
        return try host.write(Self.self, input, in: context) { connection in
            guard try AccessKeys.revoke(input.name, on: connection) else {
                let names = try AccessKeys.names(on: connection)
                throw OperationError(
                    .notFound,
                    "revokeKey: there is no key \"\(input.name.escapingControls)\"\(Suggestion.hint(for: input.name, in: names)); `tidemill keys list` shows them"
                )
            }
            try host.audit(.revokeKey, ["name": .string(input.name)], reason: nil, in: context, on: connection)
            return Output(name: input.name)
        }
    }
}

extension AddLink: OperatorOperation {
    static func perform(_ input: Input, by host: OperatorBackend, in context: CallContext) throws -> Output {
        let key = AccessKey.make()
        let pass = BrowserPass(
            .link, name: context.actor, scope: input.scope ?? .read, key: context.keyDigest,
            expiresAt: context.now.advanced(bySeconds: BrowserPass.linkSeconds))
        try host.app.store.write { connection in
            try BrowserPasses.add(pass, secret: key, now: context.now, on: connection)
            try host.audit(.addLink, ["scope": .string(pass.scope.rawValue)], reason: nil, in: context, on: connection)
        }
        return Output(key: key, scope: pass.scope, expiresAt: pass.expiresAt)
    }
}
