public import TidemillCore
import TidemillOperations
public import TidemillStore

/// By a clock that is in doubt no renewal is written, and no invoice made (semantics.md, "A clock in doubt pauses billing
/// too").
enum BillingDoubt {
    /// Why a clock that says `now` is in doubt, as a worker noted it or by what is stored, whether a worker has looked or
    /// not; nil where it is believed. A clock that a test moves is.
    static func find(now: Timestamp, on connection: any SQLConnection) throws -> String? {
        if let pause = try Pauses.find(Pauses.clock, on: connection) {
            return "the clock is paused by \(pause.pausedBy): \(pause.reason)"
        }
        let trust = ClockTrust(connection)
        return try trust.isBehind(now)?.text ?? trust.noted()
    }

    /// A store that was left alone for longer than this is billed when a person says so.
    static let leftAloneSeconds: Int64 = 35 * 86_400
}

extension CallScope {
    /// Whether what is due of the customer may be written: where renewals are due, not by a clock in doubt. The engine and
    /// reports of usage leave them due; other calls are refused.
    func mayRenew(_ customer: CustomerID) throws -> Bool {
        guard !keepsNothing, try due.isDue(.subscription, of: customer, until: context.now),
            let doubt = try BillingDoubt.find(now: recordedAt, on: connection)
        else { return true }
        if case .engine = context.caller { return false }
        throw refused("a renewal of \"\(customer)\" is due and would have to be written", because: doubt)
    }

    /// Throws where an invoice would be made by a clock in doubt.
    func requireTrustedClock() throws {
        // What is made up for has the instant at which it was due; the clock says when it is written.
        guard !keepsNothing, let doubt = try BillingDoubt.find(now: recordedAt, on: connection) else { return }
        throw refused("an invoice would have to be made", because: doubt)
    }

    private func refused(_ what: String, because doubt: String) -> OperationError {
        OperationError(
            .billingPaused, "billing is paused, and \(what): \(doubt)"
        )
    }
}

/// Whether a store was left alone for so long that a person should look before anything is billed.
public enum NeglectedStore {
    /// Pauses `billing` where more than 35 days have passed since the last instant that is stored; to be asked when a
    /// process begins. Returns whether it did.
    @discardableResult
    public static func pauseBilling(_ store: any Store, now: Timestamp) throws -> Bool {
        func isNeglected(_ connection: any SQLConnection) throws -> Timestamp? {
            guard let last = try ClockTrust(connection).last(), last > Timestamp(microseconds: 0),
                now > last.advanced(bySeconds: BillingDoubt.leftAloneSeconds),
                try connection.hasRows("SELECT 1 FROM subscriptions WHERE is_open = 1 LIMIT 1"),
                try Pauses.find(Pauses.billing, on: connection) == nil
            else { return nil }
            return last
        }
        guard try store.read({ try isNeglected($0) }) != nil else { return false }
        return try store.write { connection in
            guard let last = try isNeglected(connection) else { return false }
            let reason =
                "nothing was done since \(last), more than 35 days ago; look at the drafts, and `tidemill resume billing`"
            try Pauses.pause(Pauses.billing, reason: reason, by: "engine", at: now, on: connection)
            try AuditTrail.record(
                "pause", ["name": .string(Pauses.billing)], by: .engine("billing"), reason: reason, at: now,
                on: connection)
            try ClockTrust(connection).saw(now)
            return true
        }
    }
}
