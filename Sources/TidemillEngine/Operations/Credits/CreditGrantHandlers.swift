import TidemillCore
import TidemillOperations
import TidemillStore

extension GrantCredits: EmbeddedOperation {
    static func perform(_ input: Input, in scope: CallScope) throws -> CreditGrant {
        try scope.customers.requireActive(input.customerID, for: .grantCredits)
        let currency = try scope.currencies.requireActive(input.currencyID, for: .grantCredits)
        let effectiveAt = input.effectiveAt ?? scope.now
        try CreditDates.check(effectiveAt, input.expireAt, for: .grantCredits, in: scope)
        let isInvoiced = input.paymentCollectionMethod == .invoice && (input.cost?.amount ?? .zero) > .zero
        let waits = isInvoiced && !(input.billingInformation?.isInvoicePaid ?? false)
        let dueSeconds =
            input.billingInformation?.invoiceDaysUntilDue.map { $0 * 86_400 } ?? scope.settings.invoiceDueSeconds
        let wallets = Wallets(scope)
        let grant = try wallets.grant(
            Wallets.Draft(
                type: input.grantType == .paid ? .paid : .promotional, amount: input.amount,
                displayName: input.displayName ?? currency.displayName, cost: input.cost ?? Money(.zero, "usd"),
                priority: input.priority, effectiveAt: effectiveAt, expireAt: input.expireAt, comment: input.comment,
                metadata: input.metadata ?? [:], paymentCollection: waits ? .processing : .notRequired,
                paymentDueAt: isInvoiced ? scope.now.advanced(bySeconds: dueSeconds) : nil),
            to: Wallet(customerID: input.customerID, currencyID: input.currencyID, resourceID: input.resourceID))
        return try wallets.shown(grant)
    }
}

extension ListCreditGrants: EmbeddedOperation {
    static func perform(_ input: Input, in scope: CallScope) throws -> Page<CreditGrant> {
        try scope.customers.requirePresence(input.customerID, for: .listCreditGrants)
        if let currency = input.currencyID { _ = try scope.currencies.require(currency, for: .listCreditGrants) }
        var query = PageQuery(table: "credit_grants", column: "currency_id, sequence")
        query.require("bucket", .integer(Bucket(input.customerID).number))
        query.require("customer_id", .text(input.customerID.text))
        query.require("resource_id", .text(input.resourceID ?? ""))
        query.require("currency_id", input.currencyID.map { .text($0) })
        query.require(createdAt: input.createdAt)
        let wallets = Wallets(scope)
        let table = GrantTable(connection: scope.connection)
        return try query.page(input.paging, on: scope.connection) { row in
            let wallet = Wallet(
                customerID: input.customerID, currencyID: row.text(2), resourceID: input.resourceID)
            return try wallets.shown(try table.require(row.integer(3), of: wallet))
        }
    }
}

extension UpdateCreditGrant: EmbeddedOperation {
    static func perform(_ input: Input, in scope: CallScope) throws -> CreditGrant {
        let wallets = Wallets(scope)
        let grant = try wallets.change(input.id) { book, grant in
            try CreditGrants.checkOwner(grant, input.customerID, input.id)
            try CreditGrants.checkOpen(grant, for: .updateCreditGrant)
            let effectiveAt = input.effectiveAt ?? grant.effectiveAt
            let expireAt = input.expireAt.applied(to: grant.expireAt)
            let priority = input.priority ?? grant.priority
            let isMoved =
                effectiveAt != grant.effectiveAt || expireAt != grant.expireAt || priority != grant.priority
            if isMoved { try CreditDates.check(effectiveAt, expireAt, for: .updateCreditGrant, in: scope) }
            grant.details.displayName = input.displayName ?? grant.details.displayName
            grant.details.comment = input.comment.applied(to: grant.details.comment)
            grant.details.metadata = input.metadata ?? grant.details.metadata
            grant.details.updatedAt = scope.now
            if isMoved {
                try book.reschedule(&grant, priority: priority, effectiveAt: effectiveAt, expireAt: expireAt)
            }
            book.announcements.append(.updated(grant))
        }
        return try wallets.shown(grant)
    }
}

extension VoidCreditGrant: EmbeddedOperation {
    static func perform(_ input: Input, in scope: CallScope) throws -> CreditGrant {
        let wallets = Wallets(scope)
        let grant = try wallets.change(input.id) { book, grant in
            try CreditGrants.checkOwner(grant, input.customerID, input.id)
            guard grant.type != .overdraft else {
                throw OperationError(
                    .creditGrantCannotBeVoided,
                    "voidCreditGrant: \"\(grant.id)\" is an overdraft: it is settled by the next credits, not voided")
            }
            do { try CreditGrants.checkOpen(grant, for: .voidCreditGrant) } catch let error as OperationError
                where grant.status == .voided
            {
                throw error.presenting(try wallets.shown(grant))
            }
            try book.end(&grant, as: .voided)
        }
        return try wallets.shown(grant)
    }
}

enum CreditGrants {
    static func checkOwner(_ grant: GrantRecord, _ customer: CustomerID?, _ id: String) throws {
        if let customer, customer != grant.wallet.customerID { throw Wallets.notFound(id) }
    }

    /// Refuses what would change a grant that has ended.
    static func checkOpen(_ grant: GrantRecord, for operation: OperationID) throws {
        switch grant.status {
        case .active where grant.type == .overdraft:
            throw OperationError(
                .invalidArgument, "\(operation.rawValue): \"\(grant.id)\" is an overdraft, which has nothing to change")
        case .active, .scheduled, .paymentPending: return
        case .voided:
            throw OperationError(
                .creditGrantAlreadyVoided,
                "\(operation.rawValue): the credit grant \"\(grant.id)\" is voided already; make a new one with grantCredits"
            )
        case .expired:
            throw OperationError(
                operation == .voidCreditGrant ? .creditGrantCannotBeVoided : .invalidArgument,
                "\(operation.rawValue): the credit grant \"\(grant.id)\" has expired; make a new one with grantCredits")
        }
    }
}

enum CreditDates {
    private static let earliest = Timestamp(microseconds: 946_684_800_000_000)
    private static let latest = Timestamp(rfc3339: "9999-01-01T00:00:00Z") ?? Timestamp(microseconds: .max)

    static func check(
        _ effectiveAt: Timestamp, _ expireAt: Timestamp?, for operation: OperationID, in scope: CallScope
    ) throws {
        guard effectiveAt >= earliest, effectiveAt < latest else {
            throw OperationError(
                .badUserInput,
                "\(operation.rawValue): 'effectiveAt' must be a time from 2000-01-01T00:00:00Z on, got \(effectiveAt)")
        }
        guard let expireAt else { return }
        guard expireAt > effectiveAt else {
            throw OperationError(
                .expireAtMustBeLaterThanEffectiveAt,
                "\(operation.rawValue): 'expireAt' must be later than 'effectiveAt' (\(effectiveAt)), got \(expireAt)")
        }
        guard expireAt > scope.now else {
            throw OperationError(
                .invalidArgument,
                "\(operation.rawValue): 'expireAt' must be in the future, got \(expireAt); end a grant now with voidCreditGrant"
            )
        }
    }
}
