/// A plan or an add-on: both have drafts and versions, entitlements and charges, and the same operations.
public enum PackageKind: String, Sendable, Hashable, CaseIterable {
    case plan
    case addon

    /// In messages: "the plan", "the add-on".
    public var name: String {
        switch self {
        case .plan: "plan"
        case .addon: "add-on"
        }
    }

    /// The word in names of operations: `createPlan`, `createAddon`.
    public var word: String {
        switch self {
        case .plan: "Plan"
        case .addon: "Addon"
        }
    }

    var basePath: String { "/api/v1/\(rawValue)s" }

    /// The input field that names the package in operations on its entitlements.
    var idField: String { "\(rawValue)Id" }

    /// Ids that begin an example.
    var exampleID: String {
        switch self {
        case .plan: "plan-pro"
        case .addon: "addon-tokens"
        }
    }

    /// The API's code for an id that nothing has.
    public var notFound: OperationError.Code {
        switch self {
        case .plan: .planNotFound
        case .addon: .addonNotFound
        }
    }
}

/// What calls answer about a plan or an add-on.
public protocol Package: Shaped, Listed {
    static var kind: PackageKind { get }
    static var operations: PackageOperations { get }
    init(_ version: PackageVersion)
}

/// The names of the operations that plans and add-ons have in common.
public struct PackageOperations: Sendable {
    public let create: OperationID
    public let get: OperationID
    public let list: OperationID
    public let update: OperationID
    public let archive: OperationID
    public let unarchive: OperationID
    public let createDraft: OperationID
    public let removeDraft: OperationID
    public let publish: OperationID
    public let createEntitlements: OperationID
    public let listEntitlements: OperationID
    public let updateEntitlement: OperationID
    public let deleteEntitlement: OperationID
    public let listCharges: OperationID
    public let listOverageCharges: OperationID
}

public enum PackageStatus: String, WireEnum {
    case draft = "DRAFT"
    case published = "PUBLISHED"
    case archived = "ARCHIVED"
}

extension FieldKind where Value == String {
    static func packageID(_ kind: PackageKind) -> FieldKind {
        switch kind {
        case .plan: .planID
        case .addon: .addonID
        }
    }
}
