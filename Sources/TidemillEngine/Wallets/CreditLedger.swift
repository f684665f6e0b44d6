import Foundation
import TidemillCore
import TidemillOperations
import TidemillStore

/// What a movement of credits belongs to.
struct CreditOrigin: Sendable {
    var featureID: FeatureID?
    /// The key of the event or report, where it was a single one.
    var eventID: String?
    /// Events, reports or burns that the movement stands for.
    var events: Int64 = 1
    var reservationID: String?
    var idempotencyKey: String?
    var delivery: DeliveryID?
    /// Kept with the row and shown as its metadata.
    var details: TextMap<Payload>?
    /// The instant of effect; the scope's now when nil.
    var at: Timestamp?
    /// The events that burned, where it was events.
    var burned: BurnedEvents?
    /// The row of which this is what stays burned: the rest of it was given back.
    var stays: Int64?

    /// Details and events as they are stored: one object.
    fileprivate var stored: Payload? {
        guard burned != nil || stays != nil else { return details.map { .object($0) } }
        var members = details ?? [:]
        if let burned { members[BurnedEvents.key] = burned.payload }
        if let stays { members[Self.staysKey] = ["of": .integer(stays)] }
        return .object(members)
    }

    /// As `BurnedEvents.key`: no dimension of a report is such an object.
    fileprivate static let staysKey = "$stays"
}

/// A row of the ledger.
struct LedgerRow {
    var wallet: Wallet
    var sequence: Int64
    var type: LedgerType
    var at: Timestamp
    var recordedAt: Timestamp
    var amount: Amount
    var parts: LedgerParts
    var origin: CreditOrigin
    var reverses: Int64?
}

/// The append-only record of every movement. Nothing updates or deletes its rows.
struct CreditLedger {
    let connection: any SQLConnection

    /// Whether a row moved anything: one of events that came to nothing did not.
    static let isMoved = "(amount_units <> 0 OR amount_nanos <> 0)"

    static let columns = """
        customer_id, currency_id, resource_id, sequence, type, at, recorded_at, amount_units, amount_nanos, parts, events,
        feature_id, event_id, reservation_id, idempotency_key, delivery, reverses, details
        """

    func append(_ row: LedgerRow) throws {
        var writer = ByteWriter(capacity: 64)
        row.parts.write(to: &writer)
        try connection.execute(
            """
            INSERT INTO credit_ledger(parts, bucket, customer_id, currency_id, resource_id, sequence, type, at,
              recorded_at, amount_units, amount_nanos, events, feature_id, event_id, reservation_id, idempotency_key,
              delivery, reverses, details)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
            """, blob: writer.bytes,
            row.wallet.key + [
                .integer(row.sequence), .text(row.type.rawValue), .integer(row.at.microseconds),
                .integer(row.recordedAt.microseconds), .integer(row.amount.units), .integer(row.amount.fraction),
                .integer(row.origin.events), .text(row.origin.featureID?.text), .text(row.origin.eventID),
                .text(row.origin.reservationID), .text(row.origin.idempotencyKey), .text(row.origin.delivery?.text),
                .integer(row.reverses), .text(row.origin.stored?.json),
            ])
    }

    /// The consumption with this key; nil when it is new.
    func row(of wallet: Wallet, key: String) throws -> LedgerRow? {
        try connection.first(
            "SELECT \(Self.columns) FROM credit_ledger WHERE \(Wallet.isWallet) AND idempotency_key = $5",
            wallet.key + [.text(key)], Self.row)
    }

    static func row(_ row: any SQLRow) throws -> LedgerRow {
        guard let type = LedgerType(rawValue: row.text(4)) else {
            throw StoreError(.corrupt, "a row of the credit ledger is a \"\(row.text(4))\"; restore a backup")
        }
        var details: TextMap<Payload>?
        var burned: BurnedEvents?
        var stays: Int64?
        if let text = row.optionalText(17), case .object(var members) = try StoredBody.parse(text) {
            burned = members[BurnedEvents.key].flatMap { BurnedEvents($0) }
            if burned != nil { members[BurnedEvents.key] = nil }
            if case .integer(let of) = members[CreditOrigin.staysKey]?["of"] {
                stays = of
                members[CreditOrigin.staysKey] = nil
            }
            if burned == nil && stays == nil || !members.isEmpty { details = members }
        }
        return LedgerRow(
            wallet: Wallet(
                customerID: CustomerID(row.text(0)), currencyID: row.text(1), resourceID: row.text(2)),
            sequence: row.integer(3), type: type, at: Timestamp(microseconds: row.integer(5)),
            recordedAt: Timestamp(microseconds: row.integer(6)), amount: row.amount(7),
            parts: try LedgerParts(row, 9),
            origin: CreditOrigin(
                featureID: row.optionalText(11).map { FeatureID($0) }, eventID: row.optionalText(12),
                events: row.integer(10), reservationID: row.optionalText(13), idempotencyKey: row.optionalText(14),
                delivery: row.optionalText(15).map { DeliveryID($0) }, details: details, burned: burned,
                stays: stays),
            reverses: row.optionalInteger(16))
    }
}
