import TidemillCore
import TidemillOperations
import TidemillStore

extension ConsumeCredits: EmbeddedOperation {
    static func perform(_ input: Consumption, in scope: CallScope) throws -> Output {
        try consume(input, for: .consumeCredits, in: scope)
    }

    static func consume(_ input: Consumption, for operation: OperationID, in scope: CallScope) throws -> Output {
        let wallet = Wallet(customerID: input.customerID, currencyID: input.currencyID, resourceID: input.resourceID)
        let wallets = Wallets(scope)
        if let earlier = try CreditLedger(connection: scope.connection).row(of: wallet, key: input.idempotencyKey) {
            guard -earlier.amount == input.amount else {
                throw OperationError(
                    .idempotencyConflict,
                    "\(operation.rawValue): the idempotency key \"\(input.idempotencyKey)\" was used with another 'amount'; use a new key for a new consumption"
                )
            }
            scope.isRepeat = true
            return try output(input, at: earlier.at, try wallets.balance(wallet), in: scope)
        }
        try scope.customers.requireActive(input.customerID, for: operation)
        _ = try scope.currencies.requireActive(input.currencyID, for: operation)
        let at = input.createdAt ?? scope.receivedAt
        try UsageTime.check(at, operation, scope)
        let burn = try wallets.consume(
            input.amount, from: wallet,
            CreditOrigin(
                idempotencyKey: input.idempotencyKey, delivery: scope.delivery, details: input.dimensions, at: at))
        return try output(input, at: at, burn.balance, in: scope)
    }

    private static func output(
        _ input: Consumption, at: Timestamp, _ balance: CreditBalance, in scope: CallScope
    ) throws -> Output {
        let wallet = Wallet(customerID: input.customerID, currencyID: input.currencyID, resourceID: input.resourceID)
        return Output(
            customerID: input.customerID, currencyID: input.currencyID, resourceID: input.resourceID,
            amount: input.amount, timestamp: at, credit: try Wallets(scope).shown(balance, of: wallet))
    }
}

extension ConsumeCreditsAsync: EmbeddedOperation {
    static func perform(_ input: Input, in scope: CallScope) throws -> Output {
        var repeats = 0
        for (index, consumption) in input.consumptions.enumerated() {
            scope.isRepeat = false
            do {
                try scope.advance(consumption.customerID)
                _ = try ConsumeCredits.consume(consumption, for: .consumeCreditsAsync, in: scope)
            } catch let error as OperationError {
                throw error.located(at: "consumptions[\(index)]", in: .consumeCreditsAsync)
            }
            if scope.isRepeat { repeats += 1 }
        }
        scope.isRepeat = repeats == input.consumptions.count
        return Output()
    }
}

extension GetCreditBalance: EmbeddedOperation {
    static func perform(_ input: Input, in scope: CallScope) throws -> Output {
        try scope.customers.requirePresence(input.customerID, for: .getCreditBalance)
        _ = try scope.currencies.require(input.currencyID, for: .getCreditBalance)
        let wallet = Wallet(customerID: input.customerID, currencyID: input.currencyID, resourceID: input.resourceID)
        let wallets = Wallets(scope)
        let balance = try wallets.balance(wallet)
        let shown = try wallets.shown(balance, of: wallet)
        return Output(
            customerID: input.customerID, currencyID: input.currencyID, resourceID: input.resourceID,
            usageLimit: balance.granted, currentUsage: balance.currentUsage, balance: balance.balance,
            available: balance.available, reserved: balance.held,
            reservedOnExpiredGrants: balance.heldOnEndedGrants, overdraft: balance.overdraft,
            timestamp: shown.timestamp, usagePeriodEnd: shown.usagePeriodEnd)
    }
}

extension Wallets {
    /// The balance as the API shows it.
    func shown(_ balance: CreditBalance, of wallet: Wallet) throws -> WalletBalance {
        WalletBalance(
            currencyID: wallet.currencyID, currentUsage: balance.currentUsage, usageLimit: balance.granted,
            timestamp: balance.changedAt.microseconds == 0 ? scope.now : balance.changedAt,
            usagePeriodEnd: try GrantTable(connection: scope.connection).recurringEnd(of: wallet))
    }
}

extension CallScope {
    /// The delivery whose record the call is; nil for a call of its own.
    var delivery: DeliveryID? {
        switch context.caller {
        case .record(let delivery, _, _): delivery
        case .person, .key, .catalog, .run, .engine: nil
        }
    }
}

extension CatalogTable<CustomCurrency> {
    /// A currency in which something can be granted or consumed.
    func requireActive(_ id: String, for operation: OperationID) throws -> CustomCurrency {
        let currency = try require(id, for: operation)
        guard currency.archivedAt == nil else {
            throw OperationError(
                .entityIsArchived,
                "\(operation.rawValue): the credit currency \"\(id)\" is archived; bring it back with unarchiveCustomCurrency"
            )
        }
        return currency
    }
}
