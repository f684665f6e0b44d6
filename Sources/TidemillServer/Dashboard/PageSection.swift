/// The pages of the left column.
enum PageSection: String, CaseIterable, Sendable {
    case overview = "Overview"
    case customers = "Customers"
    case deliveries = "Deliveries"
    case rejected = "Rejected"
    case jobs = "Jobs"
    case runs = "Runs"
    case recharges = "Recharges"
    case catalog = "Catalog"
    case scripts = "Scripts"
    case audit = "Audit"
    case system = "System"

    /// The first segment of its path, and of those of what it lists; the overview has none.
    var segment: String? { self == .overview ? nil : rawValue.lowercased() }
    var path: String { "/\(segment ?? "")" }
    var beginsGroup: Bool { [.jobs, .catalog, .audit].contains(self) }

    /// First segments of all pages, of those too that no column leads to.
    static let segments = Set(allCases.compactMap(\.segment)).union(["do", "events", "invoices", "live", "search"])
}
