import TidemillCore
public import TidemillOperations
public import TidemillStore

/// A plan or add-on, apart from what its versions say.
struct StoredPackage: Sendable {
    let kind: PackageKind
    let id: String
    let productID: String
    let createdAt: Timestamp
    var archivedAt: Timestamp?
    var isArchivedWithProduct = false
    /// The newest that was published.
    var publishedVersion: Int64?
    var draftVersion: Int64?

    /// What reads show when they name no version: what is sold, or the draft before there is anything.
    var shownVersion: Int64 { publishedVersion ?? draftVersion ?? 1 }

    func status(of version: Int64) -> PackageStatus {
        if archivedAt != nil { return .archived }
        return version == draftVersion ? .draft : .published
    }
}

extension PackageKind: ColumnValue {}

extension PackageKind {
    /// There is none of that id.
    func missing(_ id: String, hint: String, for operation: OperationID) -> OperationError {
        .missing(notFound, name, id, hint: hint, maker: self == .plan ? .createPlan : .createAddon, for: operation)
    }
}

/// Plans and add-ons with their versions. The catalog's generation changes with every write.
struct PackageTable {
    let connection: any SQLConnection

    static let columns = Columns<StoredPackage>(
        "packages", .key("kind", \.kind), .key("id", \.id), Column("product_id", \.productID),
        .once("created_at", \.createdAt), Column("archived_at", \.archivedAt),
        Column("archived_with_product", \.isArchivedWithProduct), Column("published_version", \.publishedVersion),
        Column("draft_version", \.draftVersion), make: StoredPackage.init)

    func find(_ kind: PackageKind, _ id: String) throws -> StoredPackage? {
        try connection.find(Self.columns, key: [.text(kind.rawValue), .text(id)])
    }

    func require(_ kind: PackageKind, _ id: String, for operation: OperationID) throws -> StoredPackage {
        guard let package = try find(kind, id) else {
            let hint = try NearID.hint(
                for: id, "packages", where: "kind = $1", [.text(kind.rawValue)], on: connection)
            throw kind.missing(id, hint: hint, for: operation)
        }
        return package
    }

    func packages(ofProduct id: String) throws -> [StoredPackage] {
        try connection.rows(Self.columns, "WHERE product_id = $1 ORDER BY kind DESC, created_at, id", [.text(id)])
    }

    func insert(_ package: StoredPackage) throws {
        try connection.insert(package, into: Self.columns)
        try CatalogState.changed(on: connection)
    }

    func update(_ package: StoredPackage) throws {
        try connection.update(package, in: Self.columns)
        try CatalogState.changed(on: connection)
    }

    // MARK: - Versions

    func findBody(_ package: StoredPackage, _ version: Int64) throws -> PackageBody? {
        let body: String? = try connection.value(
            "SELECT body FROM package_versions WHERE kind = $1 AND id = $2 AND version = $3", key(package, version))
        return try body.map { try StoredBody.decode(PackageBody.self, $0) }
    }

    func body(_ package: StoredPackage, _ version: Int64) throws -> PackageBody {
        guard let body = try findBody(package, version) else {
            throw StoreError(.corrupt, "version \(version) of \"\(package.id)\" is missing; restore a backup")
        }
        return body
    }

    /// Writes a draft.
    func write(_ body: PackageBody, _ package: StoredPackage, _ version: Int64) throws {
        try connection.execute(
            """
            INSERT INTO package_versions(kind, id, version, body) VALUES ($1, $2, $3, $4)
            ON CONFLICT (kind, id, version) DO UPDATE SET body = excluded.body
            """, key(package, version) + [.text(StoredBody.encode(body))])
        try connection.execute(
            "DELETE FROM package_features WHERE kind = $1 AND id = $2 AND version = $3", key(package, version))
        for feature in body.features.sorted() {
            try connection.execute(
                "INSERT INTO package_features(kind, id, version, feature_id) VALUES ($1, $2, $3, $4)",
                key(package, version) + [.text(feature.text)])
        }
        try CatalogState.changed(on: connection)
    }

    func markPublished(_ package: StoredPackage, _ version: Int64, at instant: Timestamp) throws {
        try connection.execute(
            "UPDATE package_versions SET published_at = $4 WHERE kind = $1 AND id = $2 AND version = $3",
            key(package, version) + [.integer(instant.microseconds)])
        try CatalogState.changed(on: connection)
    }

    /// Deletes a draft; with it the package, when nothing was ever published.
    func deleteDraft(_ package: StoredPackage, _ version: Int64) throws {
        for table in ["package_versions", "package_features"] {
            try connection.execute(
                "DELETE FROM \(table) WHERE kind = $1 AND id = $2 AND version = $3", key(package, version))
        }
        if package.publishedVersion == nil {
            try connection.execute(
                "DELETE FROM packages WHERE kind = $1 AND id = $2", [.text(package.kind.rawValue), .text(package.id)])
        } else {
            var left = package
            left.draftVersion = nil
            try update(left)
        }
        try CatalogState.changed(on: connection)
    }

    func version(_ package: StoredPackage, _ number: Int64, _ body: PackageBody) -> PackageVersion {
        PackageVersion(
            package.kind, package.id, number, body, status: package.status(of: number),
            isLatest: number == package.publishedVersion)
    }

    /// Bodies that say something now, as sold or as a draft, of all packages of a product.
    func currentBodies(ofProduct id: String) throws -> [(package: StoredPackage, body: PackageBody)] {
        var result: [(package: StoredPackage, body: PackageBody)] = []
        for package in try packages(ofProduct: id) {
            for version in [package.publishedVersion, package.draftVersion].compactMap({ $0 }) {
                result.append((package, try body(package, version)))
            }
        }
        return result
    }

    private func key(_ package: StoredPackage, _ version: Int64) -> [SQLValue] {
        [.text(package.kind.rawValue), .text(package.id), .integer(version)]
    }
}

extension PackageBody {
    /// Every feature that the version gives or charges for.
    var features: Set<FeatureID> {
        var features = Set((charges + overageCharges).compactMap(\.featureID))
        for entitlement in entitlements {
            switch entitlement {
            case .feature(let feature): features.insert(feature.id)
            case .credit(let credit): if let feature = credit.dependencyFeatureID { features.insert(feature) }
            }
        }
        return features
    }
}

extension CallScope {
    var packages: PackageTable { PackageTable(connection: connection) }
}
