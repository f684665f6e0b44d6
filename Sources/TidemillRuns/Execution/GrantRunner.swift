import TidemillCore
import TidemillEngine
import TidemillOperations
import TidemillScripting
import TidemillStore

/// Performs one attempt at a grant rule's run: asks the rule, and makes each grant once per rule, customer and key. Every
/// grant is made in the transaction that says so, so a repeat goes on where the last attempt ended.
struct GrantRunner: Sendable {
    let tools: RunTools
    let scripts: RunScripts

    /// Blocks the caller for at most the limits of a rule.
    func perform(_ run: Run) -> RunResult {
        do {
            if RuleGrants.isProvisioned(run.trigger.cause) { return try makeWaiting(run) }
            guard let rule = scripts.grantRule(run.name) else {
                return RunResult(undeclared: "grant rule", run, scripts, now: tools.clock.now)
            }
            let answers: [GrantAnswer]
            do throws(ScriptFailure) {
                answers = try decide(rule, run)
            } catch {
                return RunResult(error)
            }
            return try make(answers.map { grant($0, rule, run) }, run)
        } catch {
            return RunResult(.handedBack, code: "store", message: "\(error)")
        }
    }

    private func decide(_ rule: GrantDeclaration, _ run: Run) throws(ScriptFailure) -> [GrantAnswer] {
        let host: PolicyHost
        do { host = try scripts.policies() } catch {
            throw ScriptFailure(.error, "the scripts cannot be loaded: \(error)", file: rule.file, line: rule.line)
        }
        guard case .object(var trigger) = run.trigger.value else { return [] }
        trigger["customerId"] = .string(orNull: run.customer?.text)
        trigger["type"] = run.trigger.event["type"] ?? .null
        trigger["scheduledAt"] = Payload(run.trigger.scheduledAt)
        return try host.decideGrant(rule.name, trigger: .object(trigger), now: tools.clock.now)
    }

    private func grant(_ answer: GrantAnswer, _ rule: GrantDeclaration, _ run: Run) -> RuleGrant {
        RuleGrant(
            customer: CustomerID(answer.customerID), rule: rule.name, key: answer.key ?? run.trigger.cause,
            state: .waiting, kind: answer.kind.rawValue, fields: .object(answer.fields),
            existing: rule.existing.rawValue, run: run.id, scriptVersion: scripts.version, createdAt: tools.clock.now)
    }

    private func makeWaiting(_ run: Run) throws -> RunResult {
        guard let customer = run.customer else { return RunResult(.done) }
        let waiting = try tools.store.read { try RuleGrants($0).waiting(for: customer, rule: run.name) }
        return try make(waiting, run)
    }

    // MARK: - Making

    private func make(_ grants: [RuleGrant], _ run: Run) throws -> RunResult {
        var made: [Payload] = []
        var failed: (code: String, message: String)?
        var needsScripts = true
        for (index, grant) in grants.enumerated() {
            do {
                let number = Int64(index) + 1
                let grant =
                    try tools.service.map { try make(grant, number, run, at: $0) } ?? make(grant, number: number, run)
                made.append(grant.value)
            } catch let error as OperationError where error.isServiceFailure {
                return RunResult(service: error)
            } catch let error as OperationError where !error.isStoreFailure {
                failed = failed ?? (error.code.rawValue, error.message)
                needsScripts = try needsScripts && scripts.policies().says(run.name, error.faults)
                var refused = grant
                refused.state = .failed
                refused.message = error.message
                made.append(refused.value)
                try tools.store.write(customer: grant.customer) { connection in
                    let table = RuleGrants(connection)
                    let known = try table.find(grant.customer, rule: grant.rule, key: grant.key)
                    guard known?.state != .made, known?.state != .kept else { return }
                    try table.save(refused)
                }
            }
        }
        let value = Payload.array(made)
        guard let failed else { return RunResult(.done, value: value) }
        // Where one of the grants may be made yet, the run is tried again for it.
        return RunResult(
            .failed, code: needsScripts ? RunResult.needsScripts : failed.code, message: failed.message, value: value,
            isFinal: needsScripts)
    }

    private func make(_ grant: RuleGrant, number: Int64, _ run: Run) throws -> RuleGrant {
        let now = tools.clock.now
        return try tools.backend.transact { transaction -> RuleGrant in
            let connection = transaction.connection
            guard try RunTable(connection).holds(run) else { throw RunLost() }
            let table = RuleGrants(connection)
            var grant = grant
            if let known = try table.find(grant.customer, rule: grant.rule, key: grant.key) {
                if known.state == .made || known.state == .kept { return known }
                grant.createdAt = known.createdAt
            }
            let context = context(of: grant, number, run, now)
            do {
                try transaction.savepoint {
                    try make(&grant) { (id, input, key) throws(OperationError) in
                        try transaction.perform(id, input, in: key ? context : context.reading)
                    }
                }
            } catch let error as OperationError where error.code == .customerNotFound {
                grant.state = .waiting
                grant.message = "waits for the customer to be provisioned"
            }
            if grant.state != .waiting { grant.madeAt = now }
            try table.save(grant)
            return grant
        }
    }

    private func context(of grant: RuleGrant, _ number: Int64, _ run: Run, _ now: Timestamp) -> CallContext {
        CallContext(
            .run(id: run.id.text, sequence: number), now: now,
            // One key for the grant, whichever run makes it.
            idempotencyKey: "grant/\(grant.rule)/\(grant.key)", actor: grant.rule,
            reason: "grant rule \(grant.rule), by \(run.trigger.kind.rawValue)", depth: run.trigger.depth)
    }

    /// At a service elsewhere: kept as sent before it is, so that a repeat knows that it may have been made.
    private func make(
        _ grant: RuleGrant, _ number: Int64, _ run: Run, at service: any OperationBackend
    ) throws -> RuleGrant {
        let now = tools.clock.now
        let (known, sentAt) = try tools.store.write(customer: grant.customer) { connection in
            guard try RunTable(connection).holds(run) else { throw RunLost() }
            let table = RuleGrants(connection)
            var grant = grant
            let known = try table.find(grant.customer, rule: grant.rule, key: grant.key)
            if let known, known.state == .made || known.state == .kept { return (known, Timestamp?.none) }
            let sentAt = known?.state == .sending ? known?.madeAt : nil
            grant.createdAt = known?.createdAt ?? grant.createdAt
            grant.state = .sending
            grant.madeAt = sentAt ?? now
            try table.save(grant)
            return (grant, sentAt)
        }
        if known.state != .sending { return known }
        var (grant, context) = (known, context(of: known, number, run, now))
        context.sentBefore = sentAt
        let asked = context
        do {
            try make(&grant) { (id, input, key) throws(OperationError) in
                try service.performWaiting(id, input, in: key ? asked : asked.reading)
            }
        } catch let error as OperationError where error.code == .customerNotFound {
            grant.state = .waiting
            grant.message = "waits for the customer to be provisioned"
        }
        grant.madeAt = grant.state == .waiting ? nil : now
        let made = grant
        try tools.store.write(customer: grant.customer) { try RuleGrants($0).save(made) }
        return made
    }

    /// Performs an operation; with the grant's key where it is the grant.
    private typealias Perform = (OperationID, Payload, _ withKey: Bool) throws(OperationError) -> Payload

    private func make(_ grant: inout RuleGrant, by perform: Perform) throws {
        // What an attempt before this one said of it is over.
        grant.message = nil
        guard case .object(var fields) = grant.fields else { return }
        fields["customerId"] = nil
        guard grant.kind == GrantAnswer.Kind.promotionalEntitlement.rawValue else {
            fields["customerId"] = .string(grant.customer.text)
            if fields["grantType"] == nil { fields["grantType"] = "PROMOTIONAL" }
            grant.answer = try perform(.grantCredits, .object(fields), true)
            grant.state = .made
            return
        }
        if grant.existing != GrantDeclaration.Existing.replace.rawValue,
            let live = try Self.live(fields["featureId"], of: grant.customer, perform)
        {
            guard grant.existing == GrantDeclaration.Existing.extend.rawValue,
                let end = live["endDate"]?.text.flatMap({ Timestamp(rfc3339: $0) }),
                let longer = Self.extended(end, by: fields)
            else {
                grant.state = .kept
                grant.answer = live
                grant.message = "a live grant of the feature stays"
                return
            }
            fields["period"] = "custom"
            fields["customEndDate"] = Payload(longer)
        }
        let granted = try perform(
            .grantPromotionalEntitlements,
            [
                "customerId": .string(grant.customer.text), "promotionalEntitlements": .array([.object(fields)]),
            ], true)
        grant.answer = granted.items?.first ?? granted
        grant.state = .made
    }

    /// The customer's live grant of a feature.
    private static func live(_ feature: Payload?, of customer: CustomerID, _ perform: Perform) throws -> Payload? {
        let page = try perform(
            .listPromotionalEntitlements, ["customerId": .string(customer.text), "status": "Active"], false)
        return page["data"]?.items?.first { $0["featureId"] == feature }
    }

    /// The end of a live grant with the new one's period added. Nil where the new one has no end.
    private static func extended(_ end: Timestamp, by fields: TextMap<Payload>) -> Timestamp? {
        guard let text = fields["period"]?.text else { return nil }
        let period = PromotionalPeriod(rawValue: text) ?? PromotionalPeriod.alternatives[text]
        if period == .custom {
            return fields["customEndDate"]?.text.flatMap { Timestamp(rfc3339: $0) }.map { max($0, end) }
        }
        return period?.end(from: end)
    }
}

extension CallContext {
    /// For a look that belongs to the call.
    fileprivate var reading: CallContext {
        var context = self
        context.idempotencyKey = nil
        context.sentBefore = nil
        return context
    }
}

extension RuleGrant {
    /// As `runs show` has it.
    var value: Payload {
        .object([
            "customerId": .string(customer.text), "key": .string(key), "state": .string(state.rawValue),
            "kind": .string(kind), "fields": fields, "message": .string(orNull: message), "answer": answer ?? .null,
        ])
    }
}
