import Foundation
import TidemillCore
import TidemillOperations
import TidemillStore

/// What a ledger row did to one grant: the effect on the balance.
struct LedgerPart: Sendable, Equatable {
    /// The grant's number in its wallet.
    var grant: Int64
    var amount: Amount
}

/// The parts of one ledger row, in groups by type: a released reservation returns its hold and consumes in one row. All
/// other rows have one group, of their own type.
struct LedgerParts: Sendable, Equatable {
    struct Group: Sendable, Equatable {
        var type: LedgerType
        var parts: [LedgerPart]
    }

    var groups: [Group]

    init(_ type: LedgerType, _ parts: [LedgerPart]) {
        groups = [Group(type: type, parts: parts)]
    }

    init(_ groups: [Group]) {
        self.groups = groups
    }

    var total: Amount {
        groups.reduce(.zero) { $1.parts.reduce($0) { $0 + $1.amount } }
    }

    /// `type, count, (grant as the step from the one before, amount)…` a group.
    func write(to writer: inout ByteWriter) {
        for group in groups {
            writer.append(group.type.code)
            writer.append(varint: UInt64(group.parts.count))
            var previous: Int64 = 0
            for part in group.parts {
                writer.append(signed: part.grant &- previous)
                writer.append(nanos: part.amount.nanos)
                previous = part.grant
            }
        }
    }

    var data: Data {
        var writer = ByteWriter(capacity: 64)
        write(to: &writer)
        return Data(writer.bytes)
    }

    init(_ row: any SQLRow, _ column: Int) throws {
        groups = try row.withBlob(column) { bytes in
            var reader = ByteReader(bytes)
            var groups: [Group] = []
            do throws(ByteReader.Damaged) {
                while !reader.isAtEnd {
                    guard let type = LedgerType(code: try reader.byte()) else { throw ByteReader.Damaged() }
                    var parts: [LedgerPart] = []
                    var previous: Int64 = 0
                    for _ in 0..<(try reader.count()) {
                        previous &+= try reader.signed()
                        parts.append(LedgerPart(grant: previous, amount: Amount(nanos: try reader.nanos())))
                    }
                    groups.append(Group(type: type, parts: parts))
                }
            } catch {
                throw StoreError(.corrupt, "a row of the credit ledger is damaged; restore a backup")
            }
            return groups
        }
    }
}

extension LedgerType {
    /// The byte that stands for the type in packed parts: never changed, only added to.
    var code: UInt8 {
        switch self {
        case .granted: 1
        case .expired: 2
        case .consumed: 3
        case .voided: 4
        case .updated: 5
        case .transferSource: 6
        case .transferTarget: 7
        case .reserved: 8
        case .reservationReleased: 9
        case .reservationExpired: 10
        }
    }

    init?(code: UInt8) {
        guard let type = LedgerType.allCases.first(where: { $0.code == code }) else { return nil }
        self = type
    }
}
