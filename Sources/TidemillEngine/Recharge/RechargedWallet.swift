import TidemillCore
import TidemillStore

/// The credits of one currency that a customer holds without a resource: what auto-recharge settings speak of.
struct RechargedWallet: Sendable, Hashable {
    let customer: CustomerID
    let currency: String

    /// The first columns of every table of a wallet: bucket, customer_id, currency_id.
    var key: [SQLValue] { customer.key + [.text(currency)] }
}

extension RechargedWallet: ColumnValue {
    static func columns(_ name: String) -> [String] { ["bucket", "customer_id", "currency_id"] }
    init(_ row: any SQLRow, at column: Int) {
        self.init(customer: CustomerID(row.text(column + 1)), currency: row.text(column + 2))
    }
    func bind(to values: inout [SQLValue]) { values += key }
}

extension SQLValue {
    static func instant(_ instant: Timestamp?) -> SQLValue { .integer(instant?.microseconds) }
}

extension SQLRow {
    func instant(_ column: Int) -> Timestamp { Timestamp(microseconds: integer(column)) }
    func optionalInstant(_ column: Int) -> Timestamp? { isNull(column) ? nil : instant(column) }
}
