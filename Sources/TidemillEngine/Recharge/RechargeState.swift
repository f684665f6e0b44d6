import TidemillCore
import TidemillOperations
import TidemillPayments
import TidemillStore

/// All that is known of recharging one wallet: what the customer agreed to, what is remembered between purchases, and one
/// purchase. Where the wallet stands is told from these three, and kept nowhere else.
struct RechargeState: Sendable, Hashable {
    let wallet: RechargedWallet
    var consent: RechargeConsent?
    var memory: RechargeMemory
    /// The open one, or the one that a late word is about.
    var episode: RechargeEpisode?

    var open: RechargeEpisode? { episode.flatMap { $0.isOpen ? $0 : nil } }

    /// As the settings show it.
    var shown: AutoRechargeSettings.State {
        if let open { return open.walletState }
        guard consent?.isEnabled ?? false else { return .disabled }
        return memory.hold ?? .ready
    }

    /// Why it stands there.
    var reason: String? {
        if let open { return open.detail }
        guard let consent, consent.isEnabled else { return consent?.disabledReason }
        return memory.reason
    }

    /// What is remembered of a wallet of which nothing is decided: it waits for nothing.
    mutating func clear(_ reason: String? = nil) {
        memory.hold = nil
        memory.reason = reason
    }
}

/// What happens to a wallet. Everything that has to be read for it comes with it.
enum RechargeInput: Sendable {
    /// The customer saved settings. `spent`: this month.
    case saved(RechargeConsent, reason: String?, spent: Amount)
    /// Looked at, and the customer does not agree to be charged.
    case lapsed
    /// Looked at, and nothing is to be decided before `until`.
    case postponed(until: Timestamp?)
    /// Credits were asked for and denied.
    case wanted
    /// Another payment method is attached than the one that was declined.
    case methodChanged
    /// What its policy says about the wallet as it is.
    case answered(RechargeWish)
    /// What the guards say about that.
    case weighed(RechargeWish, RechargeGuards.Verdict, RechargeGuards.Facts, id: String)
    /// Its purchase is due.
    case due(RechargeDue)
    /// What is known of a charge, by an answer, a look-up or a webhook: of the attempt of this number.
    case told(PaymentAnswer, attempt: Int64, isAgreed: Bool)
    /// The customer has not paid after all; it counts for purchases in these states.
    case takenBack(String, attempt: Int64, from: Set<RechargeEpisode.State>)
    /// The credits of the purchase were granted. `spent`: in its month, by other purchases.
    case granted(String, spent: Amount)
    /// There is no room for what was paid for.
    case ungranted(String)
    /// It could not be looked at.
    case unreadable(String)
}

/// What is to be done about a wallet once its state is another.
enum RechargeAction: Sendable {
    /// What came of looking at it.
    case tell(RechargeOutcome)
    /// Ask the guards.
    case weigh(RechargeWish, credits: Amount)
    case decide(RechargeDecision)
    case audit(RechargeAudit)
    /// Notes where a key or a payment belongs.
    case note(String)
    /// Gives the credits of the purchase, and takes what is left of them back.
    case grant
    case void(String)
    /// Asks the gateway, with the purchase's key.
    case send(RechargeCharge)
    /// Stops all recharges until a person resumes them.
    case pauseAll(String)
    case announce(EngineEvent)
    /// With what is known of the customer.
    case announcePaymentFailure(Payload)
}

enum RechargeCharge: Sendable {
    case charge
    case lookUp
}

/// What came of looking at a wallet.
enum RechargeOutcome: Sendable, Hashable {
    case nothing
    /// The wallet changed since the policy was asked: it is asked again.
    case moved
    /// Credits were granted at once: nobody is charged for them.
    case granted
    /// A purchase waits for its charge.
    case opened
    case refused(RechargeGuards.Refusal.Code)
}

/// A decision as it is recorded, and its audit row where it has one.
struct RechargeDecision: Sendable {
    var result: RechargeDecisions.Result
    var reason: String
    var inputs: Payload
    /// The purchase that it belongs to.
    var episode: String?
    var source: PolicySource?
    var audit: RechargeAudit?
    /// Whether a repeat of the decision leaves a row, too.
    var auditsRepeats = true
}

struct RechargeAudit: Sendable {
    var action: String
    var details: Payload
    var reason: String?
}

/// What a policy answered, and what it was about.
struct RechargeWish: Sendable {
    let question: RechargeQuestion
    let answer: RechargeAnswer

    var view: RechargeView { question.view }
    var source: PolicySource? { answer.source }

    enum Meaning {
        /// So many credits.
        case buys(RechargeProposal, Amount)
        /// A target that is reached buys nothing.
        case rests(RechargeProposal?)
        case fails(RechargePolicyFailure)
    }

    var meaning: Meaning {
        switch answer.result {
        case .failure(let failure): return .fails(failure)
        case .success(let proposal):
            if let nonsense = proposal?.nonsense(at: view) { return .fails(nonsense.at(source)) }
            guard let proposal, let credits = proposal.credits(at: view.balance) else { return .rests(proposal) }
            return .buys(proposal, credits)
        }
    }

    /// What the decision saw, for its record.
    func inputs(_ facts: RechargeGuards.Facts? = nil, more: TextMap<Payload> = [:]) -> Payload {
        var inputs: TextMap<Payload> = [
            "balance": Payload(view.balance), "held": Payload(view.held),
            "thresholdType": .string(view.thresholdType.rawValue), "thresholdValue": Payload(view.threshold),
            "targetBalance": Payload(view.target), "maxSpendLimit": view.maxSpendLimit.map { Payload($0) } ?? .null,
            "spentThisMonth": Payload(view.spentThisMonth),
            "price": view.price.map { Money.shape.encode($0) } ?? .null,
        ]
        if source != nil {
            inputs["failures"] = .integer(view.failures)
            inputs["lastRecharge"] = view.lastRecharge?.payload ?? .null
            inputs["consumed"] = answer.history
            inputs["now"] = Payload(view.now)
            if answer.mark.balance != view.balance { inputs["askedBalance"] = Payload(answer.mark.balance) }
        }
        if let facts {
            inputs["credits"] = Payload(facts.credits)
            inputs["today"] = .integer(facts.today)
            inputs["withinHour"] = .integer(facts.withinHour)
            inputs["hasPaymentMethod"] = .boolean(facts.hasPaymentMethod)
        }
        return .object(inputs.merging(more) { _, new in new })
    }
}

/// What there is to know when a purchase is due.
struct RechargeDue: Sendable {
    let asked: RechargeAsked
    /// The wallet as it is, before a first charge; nil where the customer does not agree to be charged.
    let question: RechargeQuestion?
    let isAgreed: Bool
    let paymentMethod: String?
    /// Whoever takes it, and until when it is theirs.
    let owner: String
    let leaseUntil: Timestamp
    /// Keys that were used before may be forgotten by the gateway.
    let keysKnownFrom: Timestamp
}
