import TidemillCore
public import TidemillOperations

/// Why a request is refused: the status, and the flat body `{"message", "code"}` that the API's clients know.
public struct WireError: Error, Sendable, CustomStringConvertible {
    public let status: Int
    public let code: String
    public let message: String
    /// Whether clients should send the same again by themselves; nil leaves it to their own rules about the status.
    public let shouldRetry: Bool?
    /// When to come again.
    public let retryAfter: Duration?
    /// The methods that the path takes, where it does not take the request's.
    public let allowed: [String]

    /// What is refused before an operation is asked.
    public enum Code: String, Sendable, CaseIterable {
        case badRequest = "BadUserInput"
        case unauthenticated = "Unauthenticated"
        case forbidden = "IdentityForbidden"
        /// A page of another site asks, by the cookie of this one.
        case crossSite = "cross_site"
        case rateLimited = "RateLimitExceeded"
        /// There is no such path.
        case noRoute = "route_not_found"
        /// The path is there, the method is not.
        case noMethod = "method_not_allowed"
        /// The API that we follow has it, this program does not.
        case notOffered = "not_offered"
        /// The server was called by a name that is not its own.
        case wrongHost = "wrong_host"
        case tooLarge = "request_too_large"
        case tooSlow = "request_too_slow"
        /// Its connection is closed: what had not begun was not done, and nobody reads this.
        case gone = "client_gone"
        case headTooLarge = "request_head_too_large"
        /// As many requests wait as may.
        case busy = "server_busy"
        /// It starts, migrates its store, or stops.
        case notReady = "server_not_ready"
        /// Ingest is paused: events are not taken.
        case paused = "ingest_paused"
        case badSignature = "signature_invalid"
        case diskFull = "spool_unavailable"

        var status: Int {
            switch self {
            case .badRequest: 400
            case .unauthenticated, .badSignature: 401
            case .forbidden, .crossSite: 403
            case .noRoute: 404
            case .noMethod: 405
            case .tooSlow: 408
            case .tooLarge: 413
            case .gone: 499
            case .wrongHost: 421
            case .rateLimited: 429
            case .headTooLarge: 431
            case .notOffered: 501
            case .busy, .notReady, .paused, .diskFull: 503
            }
        }
    }

    public init(_ code: Code, _ message: String, retryAfter: Duration? = nil, allowed: [String] = []) {
        self.allowed = allowed
        status = code.status
        self.code = code.rawValue
        self.message = message
        self.retryAfter = retryAfter ?? (status == 503 ? .seconds(1) : nil)
        shouldRetry = status == 501 ? false : nil
    }

    /// To a request whose client has gone.
    static var gone: WireError { WireError(.gone, "the connection was closed before its request was begun") }

    public init(_ error: OperationError) {
        allowed = []
        status = error.code.status
        code = error.code.rawValue
        message = error.message
        // Every client of the API repeats 409 and what is 500 or more; only time mends the transient ones.
        shouldRetry = status == 503 ? nil : status == 409 || status >= 500 ? false : nil
        retryAfter = status == 503 ? .seconds(1) : nil
    }

    public var description: String { message }

    /// The answer, with what tells clients whether and when to come again.
    public var answer: WireAnswer {
        let body: Payload = ["code": .string(code), "message": .string(message)]
        var answer = WireAnswer(status, body: Array(body.json.utf8))
        if let shouldRetry { answer.headers.append(("x-should-retry", "\(shouldRetry)")) }
        if let retryAfter {
            let milliseconds = max(1, retryAfter / .milliseconds(1))
            answer.headers.append(("retry-after-ms", "\(Int(milliseconds.rounded(.up)))"))
            answer.headers.append(("retry-after", "\(Int((milliseconds / 1000).rounded(.up)))"))
        }
        if !allowed.isEmpty { answer.headers.append(("allow", allowed.joined(separator: ", "))) }
        if status == 401 { answer.headers.append(("www-authenticate", "Bearer")) }
        return answer
    }
}

extension OperationError.Code {
    /// The status that stands for the code.
    public var status: Int {
        switch self {
        case .customerNotFound, .featureNotFound, .productNotFound, .paymentMethodNotFound, .paymentNotFound,
            .planNotFound, .addonNotFound, .couponNotFound, .subscriptionNotFound, .creditGrantNotFound,
            .creditReservationNotFound, .customCurrencyNotFound, .promotionalEntitlementNotFound,
            .customerResourceNotFound, .priceNotFound, .promotionCodeNotFound, .futureUpdateNotFound, .notFound,
            .noSuchJob, .unknownOperation, .invoiceNotFound:
            404
        case .duplicatedEntity, .idempotencyConflict: 409
        case .noFeatureEntitlement: 403
        case .ruleError, .ruleAnswer, .ruleTimeout, .ruleMemory: 422
        case .operationNotAvailable, .notOnStigg: 501
        case .storeUnavailable, .billingPaused, .serviceUnavailable, .serviceMisconfigured, .outcomeUnknown,
            .outcomeForgotten:
            503
        case .storeFailed: 500
        case .badUserInput, .invalidArgument, .paymentNotAwaited, .draftAlreadyExists, .editAllowedOnDraftPackageOnly,
            .packageAlreadyPublished, .unPublishedPackage, .productNotPublished, .invalidEntitlementResetPeriod,
            .tooManyCustomCurrencies, .integrityViolation, .archivedCouponCantBeApplied,
            .customerAlreadyHaveCustomerCoupon, .customerAlreadyUsesCoupon, .promotionCodeNotActive,
            .promotionCodeNotForCustomer, .promotionCodeCustomerNotFirstPurchase, .promotionCodeMaxRedemptionsReached,
            .promotionCodeMinimumAmountNotReached, .invalidQuantity, .addonQuantityExceedsLimit,
            .incompatibleSubscriptionAddon, .addonDependencyMissing, .billingPeriodMissing, .invalidCancellationDate,
            .invalidSubscriptionStatus, .noActiveSubscriptionForCustomer, .subscriptionAlreadyCanceledOrExpired,
            .subscriptionAlreadyOnLatestPlan, .tooManySubscriptionsPerCustomer, .trialMustBeCancelledImmediately,
            .noFeatureEntitlementInSubscription, .creditGrantAlreadyVoided, .creditGrantCannotBeVoided,
            .expireAtMustBeLaterThanEffectiveAt, .entityIsArchived, .cannotReportUsageWithMeter, .meteringNotAvailable,
            .invoiceNotOpen, .usageOutOfRange, .cannotVoid, .cannotReprocess, .cannotFail, .notRetriable,
            .notResolvable,
            .notCancellable, .brokenScripts, .serviceRefused:
            400
        }
    }
}
