import TidemillCore
import TidemillOperations
import TidemillStore

/// The subscriptions of the store. Nothing is ever deleted: what a customer once had decides about later trials.
struct SubscriptionTable {
    let connection: any SQLConnection

    /// Those that give access now, in the order in which they were made. The stored state is that of the present: what
    /// was due is made up for before any operation.
    func live(of customer: CustomerID) throws -> [SubscriptionRecord] {
        try open(of: customer).filter(\.status.isLive)
    }

    /// Those that are not over for good: also such as did not begin yet.
    func open(of customer: CustomerID) throws -> [SubscriptionRecord] {
        try connection.rows(
            Self.columns, "WHERE bucket = $1 AND customer_id = $2 AND is_open = 1 ORDER BY created_at, id",
            customer.key)
    }

    /// All that the customer ever had of a product.
    func all(of customer: CustomerID, product: String) throws -> [SubscriptionRecord] {
        try connection.rows(
            Self.columns, "WHERE bucket = $1 AND customer_id = $2 AND product_id = $3 ORDER BY created_at, id",
            customer.key + [.text(product)])
    }

    /// All that the customer ever had.
    func all(of customer: CustomerID) throws -> [SubscriptionRecord] {
        try connection.rows(
            Self.columns, "WHERE bucket = $1 AND customer_id = $2 ORDER BY created_at, id", customer.key)
    }

    /// Whether the customer ever paid for a plan, of any product.
    func hasPaid(_ customer: CustomerID) throws -> Bool { try all(of: customer).contains { $0.paidSince != nil } }

    /// Whose subscription this is; nil when there is none.
    func owner(of id: String) throws -> CustomerID? {
        try connection.value("SELECT customer_id FROM subscription_directory WHERE id = $1", [.text(id)])
    }

    func find(_ id: String) throws -> SubscriptionRecord? {
        guard let owner = try owner(of: id) else { return nil }
        return try connection.find(Self.columns, key: owner.key + [.text(id)])
    }

    func insert(_ record: SubscriptionRecord) throws {
        try connection.execute(
            "INSERT INTO subscription_directory(id, customer_id) VALUES ($1, $2)",
            [.text(record.id), .text(record.customerID.text)])
        try connection.insert(record, into: Self.columns)
        try notePackages(of: record)
        try noteResource(of: record)
        try notePayer(of: record)
    }

    func update(_ record: SubscriptionRecord) throws {
        try connection.update(record, in: Self.columns)
        try notePackages(of: record)
        try notePayer(of: record)
    }

    private func notePayer(of record: SubscriptionRecord) throws {
        guard let payer = record.payingCustomerID else { return }
        try AccountTable(connection: connection).notePayer(payer, of: record.customerID)
    }

    /// Moves a subscription to another customer.
    func move(_ record: SubscriptionRecord, from old: CustomerID) throws {
        try connection.execute(
            "DELETE FROM subscriptions WHERE bucket = $1 AND customer_id = $2 AND id = $3",
            old.key + [.text(record.id)])
        try forgetPackages(of: record.id, customer: old)
        try connection.execute("DELETE FROM subscription_directory WHERE id = $1", [.text(record.id)])
        try insert(record)
    }

    /// A resource that something is sold for is one that the customer has.
    private func noteResource(of record: SubscriptionRecord) throws {
        guard let resource = record.resourceID, !record.status.isOver else { return }
        try CustomerResources.note(resource, of: record.customerID, at: record.updatedAt, on: connection)
    }

    /// With every check and every report.
    private static let read = ReadDocuments<SubscriptionRecord>()

    private static let columns = Columns<SubscriptionRecord>(
        "subscriptions",
        Column<SubscriptionRecord, SubscriptionRecord>.own("body", { .text($0.stored.json) }) {
            try $0.withBlob($1) { bytes in
                try read.value(bytes) { try SubscriptionRecord(stored: StoredBody.parse($0)) }
            }
        },
        derived: [
            .customer(\.customerID), .key("id", \.id), .init("product_id", \.productID), .init("plan_id", \.planID),
            .init("resource_id") { $0.resourceID ?? "" }, .init("status", \.status.rawValue),
            .init("pricing_type", \.pricingType.rawValue), .init("is_open") { !$0.status.isOver },
            .init("created_at", \.createdAt),
        ]
    ) { $0 }

    /// What the rows call a plan that another one inherits from. It is not sold, so its prices are not paid.
    static let parentKind = "parent"

    static func packageKind(_ text: String) -> PackageKind? {
        text == parentKind ? .plan : PackageKind(rawValue: text)
    }

    /// Keeps the rows that say who holds which version. Most changes, such as renewals, leave them as they are.
    private func notePackages(of record: SubscriptionRecord) throws {
        var held: TextMap<Int64> = [:]
        if !record.status.isOver {
            held["plan " + record.planID] = record.planVersion
            for (id, version) in record.parentVersions { held["\(Self.parentKind) \(id)"] = version }
            for addon in record.addons { held["addon " + addon.id] = addon.version }
        }
        var noted: TextMap<Int64> = [:]
        try connection.query(
            """
            SELECT kind, package_id, version FROM subscription_packages
             WHERE bucket = $1 AND customer_id = $2 AND subscription_id = $3
            """, record.customerID.key + [.text(record.id)]
        ) { noted["\($0.text(0)) \($0.text(1))"] = $0.integer(2) }
        guard noted != held else { return }
        try forgetPackages(of: record.id, customer: record.customerID)
        for (package, version) in held {
            let parts = package.split(separator: " ", maxSplits: 1).map(String.init)
            try connection.execute(
                """
                INSERT INTO subscription_packages(bucket, customer_id, subscription_id, kind, package_id, version)
                VALUES ($1, $2, $3, $4, $5, $6)
                """,
                record.customerID.key + [.text(record.id), .text(parts[0]), .text(parts[1]), .integer(version)])
        }
    }

    private func forgetPackages(of id: String, customer: CustomerID) throws {
        try connection.execute(
            "DELETE FROM subscription_packages WHERE bucket = $1 AND customer_id = $2 AND subscription_id = $3",
            customer.key + [.text(id)])
    }

    static func record(_ row: any SQLRow) throws -> SubscriptionRecord {
        try SubscriptionRecord(stored: try StoredBody.parse(row.text(0)))
    }
}

extension CallScope {
    var subscriptions: SubscriptionTable { SubscriptionTable(connection: connection) }
}
