import TidemillCore
import TidemillOperations
import TidemillStore

/// What becomes of credits that were bought by INVOICE. They wait, PAYMENT_PENDING, until a payment is said to have
/// succeeded, to have failed for good, or until they expire:
///
///     PROCESSING ⇄ FAILED, ACTION_REQUIRED ── succeeded ──▶ NOT_REQUIRED: usable
///          └───── failed for good, refunded, voided, expired ─────▶ FAILED: VOIDED or EXPIRED
///
/// A payment that is told of twice grants once; one that nobody waits for is refused, for a person to look at the money.
struct CreditGrantPayments {
    let scope: CallScope

    init(_ scope: CallScope) { self.scope = scope }

    /// The grant that a known payment was for.
    func grant(ofPayment payment: String) throws -> String? {
        try scope.connection.value(
            "SELECT grant_id FROM credit_grant_payments WHERE payment = $1", [.text(payment)])
    }

    /// Whether there is such a grant.
    func isKnown(_ id: String) throws -> Bool {
        try GrantTable(connection: scope.connection).find(id) != nil
    }

    /// A provider's word about the payment of a grant. Returns false where it says nothing new.
    func apply(_ webhook: PaymentWebhook, to id: String) throws -> Bool {
        var isNew = false
        let grant = try Wallets(scope).change(id) { book, grant in
            try requireInvoice(grant, webhook.subject)
            if let named = webhook.customerID, named != grant.wallet.customerID {
                throw notAwaited(
                    webhook.subject, grant,
                    "belongs to \"\(grant.wallet.customerID.text)\", and the webhook names \"\(named.text)\"; if it is their "
                        + "payment all the same, say so with settleCreditGrant")
            }
            isNew = try apply(webhook, &grant, book)
        }
        if isNew { try scope.audit(webhook.kind.rawValue, grant.wallet.customerID, webhook.payload) }
        return isNew
    }

    /// A person's word about it.
    func settle(_ input: SettleCreditGrant.Input) throws -> GrantRecord {
        let subject = OperationID.settleCreditGrant.rawValue
        return try Wallets(scope).change(input.id) { book, grant in
            try CreditGrants.checkOwner(grant, input.customerID, input.id)
            try requireInvoice(grant, subject)
            switch input.outcome {
            case .paid: scope.isRepeat = try !succeed(&grant, input.paymentID, subject, book)
            case .failed where grant.status == .paymentPending: try book.end(&grant, as: .voided)
            case .failed where !grant.isPaid: scope.isRepeat = true
            case .failed:
                throw notAwaited(
                    subject, grant, "is paid; if the customer has the money back, end it with voidCreditGrant")
            }
        }
    }

    private func apply(_ webhook: PaymentWebhook, _ grant: inout GrantRecord, _ book: WalletBook) throws -> Bool {
        let isWaiting = grant.status == .paymentPending
        switch webhook.kind {
        case .succeeded:
            // Without it nothing tells a second payment for the same credits from a repeat of the first.
            guard webhook.payment != nil || !(isWaiting || grant.isPaid) else {
                throw OperationError(
                    .badUserInput,
                    "\(webhook.subject): 'paymentId' is missing, by which a second payment for the credit grant \"\(grant.id)\" is told from this one; if it is paid, say so with settleCreditGrant"
                )
            }
            return try succeed(&grant, webhook.payment, webhook.subject, book)
        case .failed where isWaiting && !webhook.isFinal:
            let state: GrantPaymentState = webhook.requiresAction ? .actionRequired : .failed
            guard grant.details.paymentCollection != state else { return false }
            grant.details.paymentCollection = state
            grant.details.updatedAt = scope.now
            book.announcements.append(.updated(grant))
            return true
        case .failed where isWaiting, .refunded where isWaiting:
            // Refunded before it was told of: when its success is told after all, it is refused.
            try book.end(&grant, as: .voided)
            return true
        case .failed, .refunded:
            // Nothing was paid, so nothing can be taken back.
            guard grant.isPaid else { return false }
            return try takeBack(webhook, &grant, book)
        }
    }

    private func succeed(
        _ grant: inout GrantRecord, _ payment: String?, _ subject: String, _ book: WalletBook
    ) throws -> Bool {
        if let payment, let known = try self.grant(ofPayment: payment) {
            guard known == grant.id else {
                throw notAwaited(
                    subject, grant, "cannot be paid by \"\(payment)\", which paid for \"\(known)\" already")
            }
            return false
        }
        guard grant.status == .paymentPending || grant.isPaid else {
            let state = grant.status == .voided ? "is voided" : "expired at \(grant.expireAt?.description ?? "its end")"
            throw notAwaited(
                subject, grant, "\(state): give the money back, or make a new grant with grantCredits")
        }
        if grant.isPaid {
            guard let payment else { return false }
            if let first = grant.details.invoiceID {
                throw notAwaited(
                    subject, grant, "is paid by \"\(first)\" already; if \"\(payment)\" is a second payment, refund it")
            }
        }
        let wasPaid = grant.isPaid
        if let payment {
            try note(payment, of: grant)
            grant.details.invoiceID = payment
            grant.details.updatedAt = scope.now
        }
        guard !wasPaid else { return true }
        try book.activate(&grant)
        if grant.status == .scheduled { book.announcements.append(.updated(grant)) }
        return true
    }

    /// The customer has not paid after all: what is left is void.
    private func takeBack(_ webhook: PaymentWebhook, _ grant: inout GrantRecord, _ book: WalletBook) throws -> Bool {
        guard let payment = webhook.payment else {
            throw OperationError(
                .badUserInput,
                "\(webhook.subject): 'paymentId' is missing: the credit grant \"\(grant.id)\" is paid, and may be by another payment"
            )
        }
        guard let first = grant.details.invoiceID else {
            throw notAwaited(
                webhook.subject, grant,
                "was said to be paid without the payment's id; if it was \"\(payment)\", end it with voidCreditGrant")
        }
        // An attempt that did not pay for it, or a second payment that was given back.
        guard first == payment, grant.status != .voided, grant.status != .expired else { return false }
        try book.end(&grant, as: .voided)
        return true
    }

    private func note(_ payment: String, of grant: GrantRecord) throws {
        let customer = grant.wallet.customerID
        try scope.connection.execute(
            """
            INSERT INTO credit_grant_payments(payment, bucket, customer_id, grant_id, noted_at)
            VALUES ($1, $2, $3, $4, $5)
            """,
            [
                .text(payment), .integer(Bucket(customer).number), .text(customer.text), .text(grant.id),
                .integer(scope.now.microseconds),
            ])
    }

    private func requireInvoice(_ grant: GrantRecord, _ subject: String) throws {
        guard grant.paymentDueAt == nil else { return }
        throw notAwaited(subject, grant, "was not granted by INVOICE at a cost: no payment is awaited")
    }

    private func notAwaited(_ subject: String, _ grant: GrantRecord, _ why: String) -> OperationError {
        OperationError(.paymentNotAwaited, "\(subject): the credit grant \"\(grant.id)\" \(why)")
    }
}

extension GrantRecord {
    /// Of credits by INVOICE: the payment is there, whatever has become of the credits since.
    fileprivate var isPaid: Bool { details.paymentCollection == .notRequired }
}

extension SettleCreditGrant: EmbeddedOperation {
    static func perform(_ input: Input, in scope: CallScope) throws -> CreditGrant {
        try Wallets(scope).shown(try CreditGrantPayments(scope).settle(input))
    }
}
