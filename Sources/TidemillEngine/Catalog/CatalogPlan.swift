public import TidemillOperations

/// One difference between the scripts' catalog and the store.
public struct CatalogChange: Sendable, Hashable {
    public enum Action: String, Sendable {
        /// Declared now, not there before.
        case add
        /// Declared otherwise than it was last applied.
        case change
        /// Declared no longer.
        case remove
        /// Declared as before, but a call has changed it since: the call's values stay.
        case editedByCall
    }

    /// A field with its value before and after; nil where there is none.
    public struct Field: Sendable, Hashable {
        public let name: String
        public let old: Payload?
        public let new: Payload?
    }

    /// `product`, `currency`, `feature`, `addon`, `plan`, `coupon` or `promotionCode`.
    public let kind: String
    /// The same for people: `add-on`.
    let kindName: String
    public let id: String
    public let action: Action
    public let fields: [Field]
    /// Whether a person must agree, with `tidemill apply`.
    public let needsApply: Bool
    /// How many customers have usage that the change touches; counted in plans only.
    public private(set) var customers: Int64
    /// How many subscriptions that are not over have the plan or add-on that changes; counted in plans only.
    public private(set) var subscriptions: Int64

    /// One line for people: `feature "feature-tokens": meter changes`.
    public var summary: String {
        let names = fields.map(\.name).joined(separator: ", ")
        return switch action {
        case .add: "\(kindName) \"\(id)\" is new"
        case .change: "\(kindName) \"\(id)\": \(names) \(fields.count == 1 ? "changes" : "change")"
        case .remove: "\(kindName) \"\(id)\" is no longer declared"
        case .editedByCall:
            "\(kindName) \"\(id)\": \(names) \(fields.count == 1 ? "was" : "were") changed by a call, and stays so; write it into the catalog to agree"
        }
    }
}

/// What loading or applying a catalog comes to.
public struct CatalogPlan: Sendable, Hashable {
    /// What takes effect at once: what is only added, and harmless changes.
    public var immediate: [CatalogChange] = []
    /// What waits for `tidemill apply`.
    public var pending: [CatalogChange] = []
    /// What calls have changed; reported, not overwritten.
    public var edited: [CatalogChange] = []

    /// No difference at all.
    public init() {}

    /// Whether nothing would be written, whoever agrees.
    public var isEmpty: Bool { immediate.isEmpty && pending.isEmpty }

    /// Whether both would write the same. New usage in the meantime makes no difference.
    func agrees(with other: CatalogPlan) -> Bool { uncounted == other.uncounted }

    private var uncounted: CatalogPlan {
        var plan = self
        plan.pending = pending.map(\.uncounted)
        return plan
    }
}

extension CatalogChange {
    fileprivate var uncounted: CatalogChange {
        var change = self
        change.customers = 0
        change.subscriptions = 0
        return change
    }
}
