import GRDB
import TidemillCore

/// Notes in which customers' rows something is written that decides about access: by triggers of the writer's own
/// connection, which see every statement of this process, whoever it is by. Until somebody wants to know, there are none.
final class AccessWatch: @unchecked Sendable {  // Reached on the writer's queue only.
    private enum Phase { case unwanted, wanted, watching, impossible }

    /// Of more customers than these it is everybody.
    static let customersMax = 10_000

    /// With the column that names the customer.
    private static let tables = [
        ("customers", "id"), ("subscriptions", "customer_id"), ("promotional_entitlements", "customer_id"),
        ("customer_resources", "customer_id"), ("customer_zones", "customer_id"), ("due", "customer_id"),
        ("usage_alerts", "customer_id"),
    ]

    private var phase = Phase.unwanted
    private var written: Set<CustomerID> = []
    private var isEverybody = false
    private var asker: ObjectIdentifier?
    private var dataVersion: Int64 = -1

    /// Before a transaction begins: triggers that are made in one would go with it.
    func prepare(_ db: Database) {
        guard phase == .wanted else { return }
        do {
            try watch(db)
            phase = .watching
        } catch {
            // A store with other tables: whoever asks hears of everybody.
            phase = .impossible
        }
    }

    private func watch(_ db: Database) throws {
        let name = "tidemill_access"
        db.add(
            function: DatabaseFunction(name, argumentCount: 1) { [self] values in
                note(values.first.flatMap { String.fromDatabaseValue($0) })
                return nil
            })
        for (table, customer) in Self.tables {
            for (event, row) in [("INSERT", "NEW"), ("UPDATE", "OLD"), ("DELETE", "OLD")] {
                try db.execute(
                    sql: """
                        CREATE TEMP TRIGGER \(name)_\(table)_\(event) AFTER \(event) ON main.\(table)
                        BEGIN SELECT \(name)(\(row).\(customer)); END
                        """)
            }
        }
    }

    private func note(_ customer: String?) {
        guard let customer, written.count < Self.customersMax else { return isEverybody = true }
        written.insert(CustomerID(customer))
    }

    /// What was written since this asker looked last. `dataVersion` tells whether other processes have.
    func take(_ asker: AnyObject, dataVersion version: Int64) -> AccessChanges {
        if phase == .unwanted { phase = .wanted }
        guard phase == .watching else { return .everybody }
        let isKnown = self.asker == ObjectIdentifier(asker) && version == dataVersion && !isEverybody
        defer {
            self.asker = ObjectIdentifier(asker)
            dataVersion = version
            isEverybody = false
            written = []
        }
        return isKnown ? .customers(written) : .everybody
    }
}
