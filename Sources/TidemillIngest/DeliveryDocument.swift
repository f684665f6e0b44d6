import TidemillCore
public import TidemillOperations
public import TidemillStore

/// Deliveries as documents show them: one order, one set of names, for result files and every command.
extension DeliveryCounts {
    public var members: [(name: String, value: Payload)] {
        var members: [(name: String, value: Payload)] = [("records", .integer(records))]
        for counter in Self.counters {
            members.append((counter.name, .integer(self[keyPath: counter.value])))
            if counter.name == "filtered" {
                members.append(("filteredBy", .object(filteredBy.mapValues { .integer($0) })))
            }
        }
        return members
    }
}

extension Delivery {
    /// What its records came to: the counts, and the names behind them.
    public var result: [(name: String, value: Payload)] {
        var unknown: TextMap<Payload> = [:]
        for remark in remarks where remark.reason == .unknownField {
            unknown[remark.shownName] = .integer(remark.records)
        }
        return counts.members + [
            ("unknownFields", .object(unknown)), ("remarks", .array(remarks.map(\.payload))),
        ]
    }
}

extension DeliveryRemark {
    /// What is not named stands under a name that says so.
    public var shownName: String { name.isEmpty ? "(others)" : name }

    var payload: Payload {
        var members: TextMap<Payload> = [
            "reason": .string(reason.rawValue), "name": .string(shownName), "records": .integer(records),
            "record": .integer(record),
        ]
        if let example { members["example"] = .string(example) }
        return .object(members)
    }
}
