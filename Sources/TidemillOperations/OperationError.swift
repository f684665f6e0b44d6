/// Why an operation failed. The code is stable and goes to scripts, result files and clients; the message is for a
/// person and says what was expected, what came, and what to do.
public struct OperationError: Error, Sendable, CustomStringConvertible {
    public let code: Code
    public private(set) var message: String
    public let cause: (any Error)?
    /// What of the input is wrong by itself; empty where it is not that, or cannot be told.
    public let faults: [InputFault]
    /// What of the catalog is not there.
    public private(set) var missing: Missing?
    /// What the call would have answered, where what it asks for is so already; of something that was to be made, what has
    /// its id. Whoever repeats a call whose answer was lost is answered so.
    public private(set) var present: Payload?

    public init(_ code: Code, _ message: String, cause: (any Error)? = nil, faults: [InputFault] = []) {
        self.code = code
        self.message = message
        self.cause = cause
        self.faults = faults
    }

    /// Something of the catalog that a call or a declaration makes.
    public struct Missing: Sendable, Hashable {
        public let id: String
        public let maker: OperationID

        fileprivate var advice: String { "; create it with \(maker.rawValue) or in the catalog" }

        public func named(_ id: String) -> Missing { Missing(id: id, maker: maker) }
    }

    /// There is no such thing in the catalog. `hint` names the one that may be meant.
    public static func missing(
        _ code: Code, _ noun: String, _ id: String, hint: String = "", maker: OperationID, for operation: OperationID
    ) -> OperationError {
        let missing = Missing(id: id, maker: maker)
        var error = OperationError(
            code, "\(operation.rawValue): there is no \(noun) \"\(id)\"\(hint)\(missing.advice)")
        error.missing = missing
        return error
    }

    /// The same where the scripts declare what is missing at `place`, or `near` in its stead: it is made already, and not
    /// applied.
    public func declared(at place: String, near: String? = nil) -> OperationError {
        guard let missing else { return self }
        let meant = near.map { " (did you mean \"\($0)\"?)" } ?? ""
        return worded(
            message.replacing(
                missing.advice,
                with: "\(meant); it stands in \(place), and `tidemill apply` brings it into the store"))
    }

    /// The same in other words.
    public func worded(_ message: String) -> OperationError {
        var error = self
        error.message = message
        return error
    }

    /// The same, with what there is.
    public func presenting<Answer: Shaped>(_ answer: Answer) -> OperationError {
        var error = self
        error.present = Answer.shape.encode(answer, nulls: .explicit)
        return error
    }

    public var description: String { message }

    /// `{"code": …, "message": …}`: the error as scripts, result files and clients see it.
    public var payload: Payload {
        .object(["code": .string(code.rawValue), "message": .string(message)])
    }

    /// The same error with the place of the item that it is about: `reportUsageBulk: usages[3]: …`.
    public func located(at place: String, in operation: OperationID) -> OperationError {
        let prefix = operation.rawValue + ": "
        let rest = message.hasPrefix(prefix) ? String(message.dropFirst(prefix.count)) : message
        return worded("\(prefix)\(place): \(rest)")
    }
}

extension OperationError {
    /// The API's codes, spelled as the API spells them, and our own in snake_case.
    public enum Code: String, Sendable, CaseIterable {
        /// A field is missing, unknown, of the wrong type, or out of bounds.
        case badUserInput = "BadUserInput"
        /// Each field is well formed, but together they make no sense.
        case invalidArgument = "InvalidArgumentError"
        case customerNotFound = "CustomerNotFound"
        case featureNotFound = "FeatureNotFound"
        case productNotFound = "ProductNotFound"
        case paymentMethodNotFound = "PaymentMethodNotFoundError"
        /// A webhook about a payment that no recharge made and no credits were bought with, or not yet.
        case paymentNotFound = "payment_not_found"
        /// A payment of credits that do not wait for it: they are paid, voided or expired, or were not granted by INVOICE.
        case paymentNotAwaited = "payment_not_awaited"
        /// There is no invoice of that id or number.
        case invoiceNotFound = "invoice_not_found"
        /// Only an invoice that is final and neither paid nor voided.
        case invoiceNotOpen = "invoice_not_open"
        /// A renewal or an invoice would have to be written by a clock that is in doubt.
        case billingPaused = "billing_paused"
        case planNotFound = "PlanNotFound"
        case addonNotFound = "AddonNotFound"
        case couponNotFound = "CouponNotFound"
        case subscriptionNotFound = "SubscriptionNotFound"
        case creditGrantNotFound = "CreditGrantNotFound"
        case creditReservationNotFound = "CreditReservationNotFound"
        case customCurrencyNotFound = "CustomCurrencyNotFound"
        case promotionalEntitlementNotFound = "PromotionalEntitlementNotFoundError"
        case customerResourceNotFound = "CustomerResourceNotFound"
        case priceNotFound = "PriceNotFound"

        // Catalog
        case draftAlreadyExists = "DraftAlreadyExists"
        case editAllowedOnDraftPackageOnly = "EditAllowedOnDraftPackageOnlyError"
        case packageAlreadyPublished = "PackageAlreadyPublished"
        case unPublishedPackage = "UnPublishedPackage"
        case productNotPublished = "ProductNotPublishedError"
        case invalidEntitlementResetPeriod = "InvalidEntitlementResetPeriod"
        case tooManyCustomCurrencies = "TooManyCustomCurrencies"
        /// Something that is in use would lose what it needs.
        case integrityViolation = "IntegrityViolation"

        // Coupons and promotion codes
        case archivedCouponCantBeApplied = "ArchivedCouponCantBeApplied"
        case customerAlreadyHaveCustomerCoupon = "CustomerAlreadyHaveCustomerCoupon"
        case customerAlreadyUsesCoupon = "CustomerAlreadyUsesCoupon"
        case promotionCodeNotFound = "PromotionCodeNotFound"
        case promotionCodeNotActive = "PromotionCodeNotActive"
        case promotionCodeNotForCustomer = "PromotionCodeNotForCustomer"
        case promotionCodeCustomerNotFirstPurchase = "PromotionCodeCustomerNotFirstPurchase"
        case promotionCodeMaxRedemptionsReached = "PromotionCodeMaxRedemptionsReached"
        case promotionCodeMinimumAmountNotReached = "PromotionCodeMinimumAmountNotReached"

        // Subscriptions
        case invalidQuantity = "InvalidQuantity"
        case addonQuantityExceedsLimit = "AddonQuantityExceedsLimitError"
        case incompatibleSubscriptionAddon = "IncompatibleSubscriptionAddon"
        case addonDependencyMissing = "AddonDependencyMissingError"
        case billingPeriodMissing = "BillingPeriodMissingError"
        case futureUpdateNotFound = "FutureUpdateNotFound"
        case invalidCancellationDate = "InvalidCancellationDate"
        case invalidSubscriptionStatus = "InvalidSubscriptionStatus"
        case noActiveSubscriptionForCustomer = "NoActiveSubscriptionForCustomer"
        case subscriptionAlreadyCanceledOrExpired = "SubscriptionAlreadyCanceledOrExpired"
        case subscriptionAlreadyOnLatestPlan = "SubscriptionAlreadyOnLatestPlanError"
        case tooManySubscriptionsPerCustomer = "TooManySubscriptionsPerCustomer"
        case trialMustBeCancelledImmediately = "TrialMustBeCancelledImmediately"

        // Entitlements and credits
        case noFeatureEntitlement = "NoFeatureEntitlementError"
        case noFeatureEntitlementInSubscription = "NoFeatureEntitlementInSubscription"
        case creditGrantAlreadyVoided = "CreditGrantAlreadyVoided"
        case creditGrantCannotBeVoided = "CreditGrantCannotBeVoided"
        case expireAtMustBeLaterThanEffectiveAt = "ExpireAtMustBeLaterThanEffectiveAtError"

        // Writes in general
        /// The id is taken.
        case duplicatedEntity = "DuplicatedEntityNotAllowed"
        case entityIsArchived = "EntityIsArchivedError"
        /// The feature's usage comes from events, so it cannot be reported.
        case cannotReportUsageWithMeter = "CannotReportUsageForEntitlementWithMeterError"
        /// The feature is a switch, a list of values, or a plain number.
        case meteringNotAvailable = "MeteringNotAvailableForFeatureType"
        /// The report would bring a counter beyond what an amount can hold.
        case usageOutOfRange = "UsageMeasurementDiffOutOfRangeError"

        // Operators
        /// There is no delivery, record, run or script version of that id.
        case notFound = "not_found"
        /// Only what has ended, and once.
        case cannotVoid = "void"
        /// Only what is whole and idle, and one order at a time.
        case cannotReprocess = "reprocess"
        /// Only what nobody goes on with.
        case cannotFail = "fail"
        /// Only what failed, was cancelled or waits for its next attempt.
        case notRetriable = "not_retriable"
        /// Only what is parked.
        case notResolvable = "not_resolvable"
        /// Only what waits.
        case notCancellable = "not_cancellable"
        /// The scripts declare no job or grant rule of that name.
        case noSuchJob = "no_such_job"
        /// The scripts of the folder are broken.
        case brokenScripts = "scripts"

        /// There is no operation of that name.
        case unknownOperation = "unknown_operation"
        /// The operation exists, but not at this door.
        case operationNotAvailable = "operation_not_available"
        /// The idempotency key was used before with another input.
        case idempotencyConflict = "idempotency_conflict"
        /// A filter or mapping raised an error over a reported event.
        case ruleError = "rule_error"
        /// A filter or mapping answered something that means nothing.
        case ruleAnswer = "rule_answer"
        /// A filter or mapping used up its time.
        case ruleTimeout = "rule_timeout"
        /// A filter or mapping used up its memory.
        case ruleMemory = "rule_memory"
        /// The hosted service does not have the operation, or a field of it.
        case notOnStigg = "not_on_stigg"
        /// The hosted service cannot be asked at the moment: nothing was done.
        case serviceUnavailable = "service_unavailable"
        /// The hosted service refuses the call by a code that this program does not know.
        case serviceRefused = "service_refused"
        /// What is configured of the hosted service is wrong: its URL, its key, a proxy before it.
        case serviceMisconfigured = "service_misconfigured"
        /// The hosted service did not answer: it may have been done, and is asked again.
        case outcomeUnknown = "outcome_unknown"
        /// The same so long ago that a repeat might do it twice: a person must look.
        case outcomeForgotten = "outcome_forgotten"
        /// The store is locked, full, or cannot be reached at the moment.
        case storeUnavailable = "store_unavailable"
        /// The store is damaged, or refused a statement: a person must look.
        case storeFailed = "store_failed"

        /// Whether a call may be refused so because it was performed before.
        public var maySayDone: Bool { Self.done.contains(self) }

        private static let done: Set<Code> = [
            .duplicatedEntity, .draftAlreadyExists, .packageAlreadyPublished, .subscriptionAlreadyCanceledOrExpired,
            .subscriptionAlreadyOnLatestPlan, .futureUpdateNotFound, .creditGrantAlreadyVoided, .invoiceNotOpen,
            .paymentMethodNotFound, .noFeatureEntitlement, .promotionalEntitlementNotFound,
        ]
    }

    /// Whether the same call may succeed later without anyone changing anything. Nothing else decides on retries.
    public var isTransient: Bool {
        code == .storeUnavailable
    }

    /// Whether the hosted service is at fault, or the way to it, and not the call: whoever made it waits and makes it again.
    public var isServiceFailure: Bool {
        switch code {
        case .serviceUnavailable, .serviceMisconfigured, .outcomeUnknown, .outcomeForgotten: true
        default: false
        }
    }

    /// Whether the store is at fault, not the call: a batch that holds the call must be given up and tried again, and
    /// the call's record must not be rejected.
    public var isStoreFailure: Bool {
        code == .storeUnavailable || code == .storeFailed
    }
}
